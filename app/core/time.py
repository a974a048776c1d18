"""How instants are written: RFC 3339 in UTC, milliseconds at most."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, PlainSerializer


def rfc3339(instant: datetime) -> str:
    """An instant as the API writes it, e.g. `2026-11-23T02:00:00.000Z`."""
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _utc(instant: datetime) -> datetime:
    try:
        return instant.astimezone(UTC)
    except OverflowError:
        message = "is outside the years 1 to 9999 in UTC"
        raise ValueError(message) from None


Instant = Annotated[AwareDatetime, AfterValidator(_utc), PlainSerializer(rfc3339)]
"""An aware instant in a request or answer; a time without a zone is refused."""
