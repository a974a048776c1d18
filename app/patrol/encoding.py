"""Fixes that are stored, as the database takes them: the bytes of COPY, or the arrays of a statement.

COPY's binary rows are the number of columns and, for each, its length and its bytes. Rows of one shape differ only in
their numbers, so they are copies of one row into which columns of numbers are put.
"""

import math
from datetime import UTC, datetime
from functools import lru_cache
from itertools import pairwise
from struct import pack
from typing import Any
from uuid import UUID

import numpy as np
from numpy.typing import NDArray

from app.core.geo import Datum, ewkb
from app.core.time import micros, of_micros
from app.patrol.columns import Columns
from app.patrol.judging import Judged
from app.patrol.workflow import QUALITIES, Numbers, Places

HEAD, TAIL = b"PGCOPY\n\xff\r\n\0" + bytes(8), pack(">h", -1)
NO_VALUE = pack(">i", -1)
FIRST_INSTANT = micros(datetime(2000, 1, 1, tzinfo=UTC))
"""What the database counts instants from."""
MARKS = {"accuracy_m": ">f4", "speed_mps": ">f4", "heading_deg": ">f4", "battery": ">i2"}
"""What a device may leave out."""
WRITTEN = ("patrol_id", "observed_at", "shift_id", "location", *MARKS, "device_id", "datum", "quality")
"""The columns of a row in the order of its bytes."""


def payload(judged: Judged) -> bytes:
    """The fixes that are stored as `COPY … (WRITTEN) FROM STDIN (FORMAT binary)` takes them."""
    shape = judged.shape[judged.stored]
    bounds = [0, *(np.flatnonzero(shape[1:] != shape[:-1]) + 1).tolist(), len(shape)]
    ids = _ids([duty.patrol_id for duty in judged.duties]), _ids([duty.shift_id for duty in judged.duties])
    return b"".join([HEAD, *(_rows(judged, judged.stored[slice(*run)], *ids) for run in pairwise(bounds)), TAIL])


def _marks(columns: Columns) -> list[Numbers]:
    return [getattr(columns, name) for name in MARKS]


def _ids(ids: list[UUID]) -> NDArray[np.void]:
    return np.frombuffer(b"".join(one.bytes for one in ids), "V16")


def _rows(judged: Judged, fixes: Places, patrols: NDArray[np.void], shifts: NDArray[np.void]) -> bytearray:
    """Rows of one shape."""
    columns, one, duty = judged.columns, fixes[0], judged.duty[fixes]
    told = tuple(not math.isnan(column[one]) for column in _marks(columns))
    words = columns.devices[columns.device[one]], _datum(columns.is_shifted[one]), QUALITIES[judged.quality[one]].value
    row, numbers = _row(told, words)
    written = bytearray(row) * len(fixes)
    rows = np.frombuffer(written, numbers)
    rows["patrol_id"], rows["shift_id"] = patrols[duty], shifts[duty]
    rows["observed_at"] = judged.observed_at[fixes] - FIRST_INSTANT
    rows["lon"], rows["lat"] = columns.lon[fixes], columns.lat[fixes]
    for name, column, is_told in zip(MARKS, _marks(columns), told, strict=True):
        if is_told:
            rows[name] = column[fixes]
    return written


@lru_cache(maxsize=1000)
def _row(told: tuple[bool, ...], words: tuple[str, ...]) -> tuple[bytes, np.dtype[np.void]]:
    """One row of a shape, with zeros for its numbers, and where in it they are."""
    point = ewkb(0, 0)
    parts = [(_length(kind), name, kind) for name, kind in zip(WRITTEN, ("V16", ">i8", "V16"), strict=False)]
    parts += [(pack(">i", len(point)) + point[:-16], "lon", "<f8"), (b"", "lat", "<f8")]
    marks = zip(MARKS.items(), told, strict=True)
    parts += [(_length(kind) if is_told else NO_VALUE, name, kind) for (name, kind), is_told in marks]
    row, places = pack(">h", len(WRITTEN)), {}
    for head, name, kind in parts:
        row += head
        if head != NO_VALUE:
            places[name] = np.dtype(kind), len(row)
            row += bytes(np.dtype(kind).itemsize)
    row += b"".join(pack(">i", len(word.encode())) + word.encode() for word in words)
    formats, offsets = zip(*places.values(), strict=True)
    return row, np.dtype({"names": [*places], "formats": formats, "offsets": offsets, "itemsize": len(row)})


def _length(kind: str) -> bytes:
    return pack(">i", np.dtype(kind).itemsize)


def _datum(is_shifted: bool) -> str:  # noqa: FBT001  # a value of a column
    return (Datum.GCJ02 if is_shifted else Datum.WGS84).value


def arrays(judged: Judged, fixes: Places) -> dict[str, list[Any]]:
    """Columns of some of these fixes as arrays of a statement, nothing where a device did not say."""
    columns, duties = judged.columns, [judged.duties[duty] for duty in judged.duty[fixes].tolist()]
    newest = set(judged.newest.tolist())
    marks = {
        name: [None if math.isnan(one) else one for one in column[fixes].tolist()]
        for name, column in zip(MARKS, _marks(columns), strict=True)
    }
    return marks | {
        "battery": [None if one is None else int(one) for one in marks["battery"]],
        "patrol_id": [duty.patrol_id for duty in duties],
        "observed_at": list(map(of_micros, judged.observed_at[fixes].tolist())),
        "shift_id": [duty.shift_id for duty in duties],
        "location": list(map(ewkb, columns.lon[fixes].tolist(), columns.lat[fixes].tolist())),
        "device_id": [columns.devices[device] for device in columns.device[fixes].tolist()],
        "datum": list(map(_datum, columns.is_shifted[fixes].tolist())),
        "quality": [QUALITIES[flag].value for flag in judged.quality[fixes].tolist()],
        "is_newest": [fix in newest for fix in fixes.tolist()],
    }
