"""What enters and leaves about positions.

A batch may hold thousands of fixes, so those of the usual shape are read in one plain pass; the others are looked at
closely one by one, and what is wrong with each is said.
"""

import math
from collections.abc import Callable, Iterable
from datetime import MAXYEAR, MINYEAR, UTC, datetime
from functools import lru_cache
from typing import Annotated, Any, NamedTuple, Self

import numpy as np
import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from app.core.geo import Datum, Point
from app.core.geo_arrays import all_gcj02_to_wgs84
from app.core.problems import InvalidRequest, TooLarge
from app.core.time import Instant
from app.identity.schemas import Code
from app.patrol.workflow import NotKept, is_on_earth

MAX_FIXES = 5000
MAX_BODY_BYTES = 4 * 1024 * 1024
MAX_ACCURACY_M, MAX_SPEED_MPS, FULL_CIRCLE_DEG, FULL_PERCENT, MAX_NAME = 1_000_000, 1000, 360, 100, 100
GCJ02 = Datum.GCJ02.value
DeviceId = Annotated[str, Field(min_length=1, max_length=MAX_NAME, pattern=r"^[^\x00]*$")]


def point(given: object) -> object:
    """A position given as `[lon, lat]` as the GeoJSON point it stands for."""
    return {"type": "Point", "coordinates": given} if isinstance(given, list) else given


class Fix(BaseModel):
    """Where a device was. `location` is longitude and latitude in degrees; a third number is not used.

    `battery` is in percent; `is_mock` is a phone's word that it makes its places up. `patrol` is for who gives
    positions for others; a crew's own fixes go without it.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"observed_at": "2026-11-23T02:00:00Z", "location": [118.63, 32.06], "accuracy_m": 8}
        },
    )

    device_id: DeviceId | None = None
    patrol: Code | None = None
    observed_at: Instant
    location: Annotated[list[float], Field(min_length=2, max_length=3)]
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=MAX_ACCURACY_M)] | None = None
    speed_mps: Annotated[float, Field(ge=0, le=MAX_SPEED_MPS)] | None = None
    heading_deg: Annotated[float, Field(ge=0, le=FULL_CIRCLE_DEG)] | None = None
    battery: Annotated[float, Field(ge=0, le=FULL_PERCENT)] | None = None
    is_mock: bool = False


class PositionsIn(BaseModel):
    """Fixes of one or several devices, in any order. A fix that is no good does not keep the others back."""

    model_config = ConfigDict(extra="forbid")

    positions: Annotated[list[Fix], Field(min_length=1, max_length=MAX_FIXES)]


class FixNotKept(BaseModel):
    """A fix that was not stored, by its place in the request, and why."""

    index: int
    reason: NotKept
    detail: Annotated[str | None, Field(description="What is wrong with the shape of a malformed fix.")] = None


class PositionsOut(BaseModel):
    """How many fixes were stored, how many were there already, and each that was not stored."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"stored": 48, "repeated": 1, "not_stored": [{"index": 7, "reason": "not_on_duty"}]}
        }
    )

    stored: int
    repeated: int
    not_stored: list[FixNotKept]


class Seen(NamedTuple):
    """A fix in WGS 84 degrees; `place` is its place in the request, from 0."""

    place: int
    patrol: str | None
    observed_at: datetime
    lon: float
    lat: float
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery: int | None
    device_id: str
    datum: str
    is_mock: bool = False

    @classmethod
    def of(cls, place: int, fix: Fix) -> Self:
        """A fix that has been looked at closely, its place still in the datum it was given in."""
        lon, lat = fix.location[:2]
        battery = None if fix.battery is None else round(fix.battery)
        name, datum = fix.device_id or "", fix.datum.value
        marks = (fix.accuracy_m, fix.speed_mps, fix.heading_deg, battery)
        return cls(place, fix.patrol, fix.observed_at, lon, lat, *marks, name, datum, fix.is_mock)


class Batch(NamedTuple):
    """The fixes of a request that can be thought about, and those that cannot."""

    fixes: list[Seen]
    refused: list[FixNotKept]

    @classmethod
    def of(cls, fixes: Iterable[Fix]) -> Self:
        """Fixes that are well formed."""
        return cls._of(Seen.of(place, fix) for place, fix in enumerate(fixes))

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The fixes of a request.

        Raises:
            InvalidRequest: the body is not a list of 1 to 5,000 fixes.
            TooLarge: it is longer than any such list.
        """
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(max_bytes=MAX_BODY_BYTES)
        given = enumerate(_listed(body))
        return cls._of(_plain(place, fix) or _closely(place, fix) for place, fix in given)

    @classmethod
    def _of(cls, read: Iterable[Seen | FixNotKept]) -> Self:
        batch = cls([], [])
        for fix in read:
            if not isinstance(fix, Seen):
                batch.refused.append(fix)
            elif is_on_earth(fix.lon, fix.lat):
                batch.fixes.append(fix)
            else:
                batch.refused.append(FixNotKept(index=fix.place, reason=NotKept.BAD_COORDINATE))
        batch._put_back()
        return batch

    def _put_back(self) -> None:
        """Undo the shift of consumer maps, for all fixes that have it at once."""
        shifted = [at for at, fix in enumerate(self.fixes) if fix.datum == GCJ02]
        if shifted:
            there = all_gcj02_to_wgs84(np.array([(self.fixes[at].lon, self.fixes[at].lat) for at in shifted]))
            for at, (lon, lat) in zip(shifted, there.tolist(), strict=True):
                self.fixes[at] = self.fixes[at]._replace(lon=lon, lat=lat)


def _listed(body: bytes) -> list[Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not JSON: {error}.") from None
    fixes = given.get("positions") if isinstance(given, dict) and len(given) == 1 else None
    if not isinstance(fixes, list) or not 1 <= len(fixes) <= MAX_FIXES:
        raise InvalidRequest(f'The body is {{"positions": […]}} with 1 to {MAX_FIXES:,} fixes and nothing else.')
    return fixes


FIELDS = frozenset(Fix.model_fields)
DATUMS = frozenset(datum.value for datum in Datum)
_instant: Callable[[str], datetime] = datetime.fromisoformat
_names = TypeAdapter(tuple[DeviceId | None, Code | None])


@lru_cache(maxsize=10_000)
def _are_names(device_id: str | None, patrol: str | None) -> bool:
    """Whether a device and a patrol may be called so; a batch asks for the same few again and again."""
    try:
        _names.validate_python((device_id, patrol))
    except ValidationError:
        return False
    return True


def _plain(place: int, given: Any) -> Seen | None:
    """A fix of the usual shape; nothing if it must be looked at closely. What it lets through, the closer look does."""
    try:
        get = given.get
        at, (lon, lat), datum = _instant(given["observed_at"]), given["location"], get("datum", "wgs84")
        name, patrol, battery = get("device_id"), get("patrol"), get("battery")
        mock = get("is_mock", False)
        accuracy, speed, heading = get("accuracy_m"), get("speed_mps"), get("heading_deg")
        usual = (
            at.tzinfo is UTC
            and MINYEAR < at.year < MAXYEAR
            and given.keys() <= FIELDS
            and datum in DATUMS
            and isinstance(mock, bool)
            and _are_names(name, patrol)
            and (accuracy is None or 0 <= accuracy <= MAX_ACCURACY_M)
            and (speed is None or 0 <= speed <= MAX_SPEED_MPS)
            and (heading is None or 0 <= heading <= FULL_CIRCLE_DEG)
            and (battery is None or 0 <= battery <= FULL_PERCENT)
            and -math.inf <= lon + lat <= math.inf
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None
    if not usual:
        return None
    charge = None if battery is None else round(battery)
    return Seen(place, patrol, at, lon, lat, accuracy, speed, heading, charge, name or "", datum, mock)


def _closely(place: int, given: Any) -> Seen | FixNotKept:
    try:
        return Seen.of(place, Fix.model_validate(given))
    except ValidationError as error:
        wrong = error.errors()[0]
        where = "/".join(str(part) for part in wrong["loc"])
        return FixNotKept(index=place, reason=NotKept.MALFORMED, detail=f"{where}: {wrong['msg']}".lstrip(": "))


class SignOnIn(BaseModel):
    """Where the crew signs on, if it says so: a GeoJSON point or `[lon, lat]`; `reason` is for outside the beat."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"location": {"type": "Point", "coordinates": [118.63, 32.06]}, "accuracy_m": 8}},
    )

    location: Annotated[Point, BeforeValidator(point)] | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    observed_at: Instant | None = None
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=r"^[^\x00]*$")] | None = None


class Position(BaseModel):
    """Where a patrol on duty was last seen, and how many seconds ago."""

    location: Point
    observed_at: Instant
    age_s: int
    accuracy_m: float | None
    speed_mps: float | None
    heading_deg: float | None
    battery: int | None
    quality: str
