"""What a recorded row says: the report it becomes, or the reason why it cannot be one. Nothing here reads or sends."""

import hashlib
import math
import re
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from string import Formatter
from typing import Any

from app.replay.mapping import Clock, Kinds, LonLat, Mapping, Place, Times

Values = dict[str, Any]
LONGEST_CODE = 64
DIGEST = 10
SAME_PLACE = 1e-7
"""Degrees: about a centimetre."""


class Reason(StrEnum):
    """Why a row is not sent."""

    MALFORMED = "malformed"
    SHIFTED_COLUMNS = "shifted-columns"
    MISSING_VEHICLE = "missing-vehicle"
    MISSING_REFERENCE = "missing-reference"
    MISSING_TIME = "missing-time"
    UNLOCATED = "unlocated"
    DEFAULT_COORDINATE = "default-coordinate"


class NotSent(Exception):
    """The row cannot become a report."""

    def __init__(self, reason: Reason) -> None:
        self.reason = reason
        super().__init__(reason.value)


class Note(StrEnum):
    """What is worth counting of a row that is sent."""

    NO_CATEGORY = "without a category"
    NO_TARGET = "without a target"
    TARGET_TOO_EARLY = "target before opening"
    CLOSED = "closed in the record"


@dataclass(frozen=True, slots=True)
class Report:
    """A row ready to be sent: the body of the report, the key that makes it safe to send twice, what is notable."""

    key: str
    body: dict[str, Any]
    opened_at: datetime
    notes: tuple[Note, ...]


class _Told(Formatter):
    """Templates filled with columns; a missing value is nothing."""

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:  # noqa: ARG002  # only columns, by name
        return text(kwargs, field_name) or "", field_name


_FILL = _Told()


def told(template: str, values: Values) -> str:
    """A template with a row's values."""
    return _FILL.vformat(template, (), values).strip()


def text(values: Values, column: str | None) -> str | None:
    """A value as text without the blanks around it; nothing where it is empty."""
    value = values.get(column) if column else None
    return None if value is None else str(value).strip() or None


def report_of(values: Values | None, mapping: Mapping) -> Report:
    """The report a row becomes.

    Raises:
        NotSent: it cannot be one, and why.
    """
    if values is None:
        raise NotSent(Reason.MALFORMED)
    reference = told(mapping.report.external_ref, values)
    if not reference:
        raise NotSent(Reason.MISSING_REFERENCE)
    opened_at = instant(values, mapping.time.opened_at, mapping.time)
    if opened_at is None:
        raise NotSent(Reason.MISSING_TIME)
    place = located(values, mapping.place)
    body = {
        "external_ref": reference,
        "source": mapping.source.of(values),
        "category_code": category_code(values, mapping.category),
        "title": told(mapping.report.title, values) or None if mapping.report.title else None,
        "description": told(mapping.report.description, values) or reference,
        "location": {"type": "Point", "coordinates": place},
        "occurred_at": opened_at.isoformat(),
        "auto": mapping.report.auto or None,
    }
    said = {name: value for name, value in body.items() if value is not None}
    return Report(f"{mapping.name}:{reference}", said, opened_at, tuple(_notes(said, values, opened_at, mapping.time)))


def _notes(body: Values, values: Values, opened_at: datetime, times: Times) -> list[Note]:
    found = []
    if "category_code" not in body:
        found.append(Note.NO_CATEGORY)
    if times.due_at:
        due_at = instant(values, times.due_at, times)
        if due_at is None:
            found.append(Note.NO_TARGET)
        elif due_at < opened_at:
            found.append(Note.TARGET_TOO_EARLY)
    if text(values, times.closed_at):
        found.append(Note.CLOSED)
    return found


def located(values: Values, place: Place) -> LonLat:
    """Where a row is.

    Raises:
        NotSent: nowhere, or at a coordinate that stands for nowhere.
    """
    lon, lat = (number(values.get(column)) for column in (place.lon, place.lat))
    if lon is None or lat is None:
        raise NotSent(Reason.UNLOCATED)
    if any(abs(lon - x) < SAME_PLACE and abs(lat - y) < SAME_PLACE for x, y in place.defaults):
        raise NotSent(Reason.DEFAULT_COORDINATE)
    return lon, lat


def number(value: Any) -> float | None:
    """A value as a number, also where it is written as text; nothing where it is none."""
    try:
        found = float(value)
    except (TypeError, ValueError):
        return None
    return found if math.isfinite(found) else None


def instant(values: Values, column: str, clock: Clock) -> datetime | None:
    """A column as an instant in UTC; nothing where it cannot be read. Of a wall time that comes twice, the first."""
    said = text(values, column)
    if said is None:
        return None
    try:
        at = datetime.strptime(said, clock.format) if clock.format else datetime.fromisoformat(said)  # noqa: DTZ007  # the mapping names the zone
        return (at if at.tzinfo else at.replace(tzinfo=clock.zone)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def category_code(values: Values, kinds: Kinds) -> str | None:
    """The code of a row's category."""
    value = text(values, kinds.column)
    return None if value is None else kinds.codes.get(value) or code_of(value)


def code_of(value: str) -> str:
    """A code made from a name: its letters and digits; what does not fit is told apart by a digest."""
    plain = unicodedata.normalize("NFKD", value).encode("ascii", "ignore").decode().lower()
    code = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    if code and len(code) <= LONGEST_CODE:
        return code
    digest = hashlib.sha256(value.encode()).hexdigest()[:DIGEST]
    return f"{code[: LONGEST_CODE - DIGEST - 1]}-{digest}" if code else f"x-{digest}"
