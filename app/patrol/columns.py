"""The fixes of a group of requests, column by column."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from app.core.geo import Datum
from app.core.geo_arrays import all_gcj02_to_wgs84
from app.patrol.batch import Batch
from app.patrol.workflow import Instants, Marks, Numbers, Places, is_on_earth

PER_SECOND = 1e6
SHIFTED = Datum.GCJ02
Caller = tuple[int, str]
"""A request, and the patrol that it names; nothing for the sender's own."""


class Columns(NamedTuple):
    """The fixes of a group of requests in WGS 84 degrees, in the order they came; NaN where a device did not say.

    `request` says which request a fix is of, `place` its place in it, `caller` and `device` its places in `callers` and
    `devices`.
    """

    request: Places
    place: Places
    caller: Places
    device: Places
    observed_at: Instants
    lon: Numbers
    lat: Numbers
    accuracy_m: Numbers
    speed_mps: Numbers
    heading_deg: Numbers
    battery: Numbers
    is_shifted: Marks
    is_mock: Marks
    is_on_earth: Marks
    callers: Sequence[Caller]
    devices: Sequence[str]

    @classmethod
    def of(cls, batches: Sequence[Batch]) -> Self:
        """The fixes of these batches; there is at least one."""
        fixes = [fix for batch in batches for fix in batch.fixes]
        request = np.repeat(np.arange(len(batches)), [len(batch.fixes) for batch in batches])
        devices, device = _words([batch.device_ids for batch in batches], (fix.device_id for fix in fixes), request)
        callers, caller = _callers([batch.patrols for batch in batches], (fix.patrol for fix in fixes), request)
        instants = np.concatenate([_column(batch.instants) for batch in batches])
        lon, lat = _column([fix.location.lon for fix in fixes]), _column([fix.location.lat for fix in fixes])
        is_shifted, known = _column([fix.datum is SHIFTED for fix in fixes], np.bool_), is_on_earth(lon, lat)
        if (moved := is_shifted & known).any():
            lon[moved], lat[moved] = all_gcj02_to_wgs84(np.column_stack([lon[moved], lat[moved]])).T
        return cls(
            request=request,
            place=np.concatenate([_column(batch.places, np.intp) for batch in batches]),
            caller=caller,
            device=device,
            observed_at=np.rint(instants * PER_SECOND).astype(np.int64),
            lon=lon,
            lat=lat,
            accuracy_m=_column([fix.accuracy_m for fix in fixes]),
            speed_mps=_column([fix.speed_mps for fix in fixes]),
            heading_deg=_column([fix.heading_deg for fix in fixes]),
            battery=np.rint(_column([fix.battery for fix in fixes])),
            is_shifted=is_shifted,
            is_mock=_column([fix.is_mock for fix in fixes], np.bool_),
            is_on_earth=known,
            callers=callers,
            devices=devices,
        )

    def shape(self) -> Places:
        """A number for each fix, the same for those that have the same words and leave out the same."""
        shape = self.device * 2 + self.is_shifted
        for column in (self.accuracy_m, self.speed_mps, self.heading_deg, self.battery):
            shape = shape * 2 + np.isnan(column)
        return shape


def _column(values: Sequence[Any], kind: Any = np.float64) -> Any:
    return np.array(values, kind)  # which makes NaN of None


def _words(names: Sequence[frozenset[str | None]], column: Iterable[str | None], request: Places) -> Any:
    """The words of a column in their order, and the place of each fix's word among them; no word is an empty one."""
    words = sorted({name or "" for named in names for name in named})
    places: dict[str | None, int] = {word: place for place, word in enumerate(words)}
    places[None] = 0
    if all(len(named) == 1 for named in names):
        return words, np.array([places[name] for named in names for name in named], np.intp)[request]
    return words, _column([places[word] for word in column], np.intp)


def _callers(names: Sequence[frozenset[str | None]], column: Iterable[str | None], request: Places) -> Any:
    codes, code = _words(names, column, request)
    if len(codes) == 1:
        return [(sender, codes[0]) for sender in range(len(names))], request
    pairs, caller = np.unique(request * len(codes) + code, return_inverse=True)
    return [(pair // len(codes), codes[pair % len(codes)]) for pair in pairs.tolist()], caller
