"""How instants are written: RFC 3339 in UTC, milliseconds at most."""

from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, PlainSerializer, WithJsonSchema

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def micros(instant: datetime) -> int:
    """An instant in microseconds since 1970, as columns of instants hold it."""
    return (instant - EPOCH) // MICROSECOND


def of_micros(count: int) -> datetime:
    """The instant so many microseconds after 1970."""
    return EPOCH + timedelta(microseconds=count)


def instant_of(written: Any) -> Any:
    """An instant out of a row whose JSON may have been parsed without making instants; null stays null."""
    return datetime.fromisoformat(written) if isinstance(written, str) else written


def rfc3339(instant: datetime) -> str:
    """An instant as the API writes it, e.g. `2026-11-23T02:00:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utc(instant: datetime) -> datetime:
    try:
        found = instant.astimezone(UTC)
    except OverflowError:
        found = None
    if (
        found is None or not MINYEAR < found.year < MAXYEAR
    ):  # their ends mean infinity to the driver, and nothing can be added to them
        raise ValueError(f"is outside the years {MINYEAR + 1} to {MAXYEAR - 1} in UTC")
    return found


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_utc),
    PlainSerializer(rfc3339),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""An aware instant in a request or answer; a time without a zone is refused."""
