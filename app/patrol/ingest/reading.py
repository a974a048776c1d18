"""What is read of a fix, whatever app gave it: our units, and nothing that tells of other people or networks."""

import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from app.core.geo import Datum
from app.patrol.device.workflow import Quarantine

MPS_PER_KNOT = 1852 / 3600
MPS_PER_KMH = 1 / 3.6
MOST_SECONDS = 2**31 - 1
"""A larger number is an instant in milliseconds."""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_ACCURACY_M, MOST_SPEED_MPS = 1_000_000, 1_000


class UnreadableError(ValueError):
    """A fix whose place or time is not one."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One fix: degrees, metres, metres a second, percent.

    `observed_at` is nothing where the app leaves it to us, `datum` where it is what the device always gives.
    """

    observed_at: datetime | None
    lon: float
    lat: float
    accuracy_m: float | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    battery: float | None = None
    is_mock: bool = False
    datum: Datum | None = None


@dataclass(slots=True)
class Upload:
    """What one request holds: fixes, the names the device goes by, alarms it raises, and what could not be read."""

    readings: list[Reading] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    alarms: set[str] = field(default_factory=set)
    lost: Counter[str] = field(default_factory=Counter)

    @property
    def size(self) -> int:
        """How many fixes were sent, readable or not."""
        return len(self.readings) + self.lost.total()

    def lose(self, reason: Quarantine) -> None:
        """Count a fix that cannot be kept."""
        self.lost[reason.value] += 1


def document(body: bytes) -> Any:
    """The JSON in a body.

    Raises:
        UnreadableError: there is none.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        raise UnreadableError from None


def number(given: Any, least: float = 0, most: float = math.inf) -> float | None:
    """A number from JSON or text; nothing where there is none or it is out of range: apps say -1 for unknown."""
    try:
        found = math.nan if isinstance(given, bool) else float(given)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if math.isfinite(found) and least <= found <= most else None


def times(found: float | None, factor: float) -> float | None:
    """A number in another unit."""
    return None if found is None else found * factor


def speed(given: Any, factor: float = 1.0) -> float | None:
    """A speed in metres a second, from a unit that is `factor` metres a second."""
    return number(times(number(given), factor), 0, MOST_SPEED_MPS)


def accuracy(given: Any) -> float | None:
    """An accuracy in metres."""
    return number(given, 0, MOST_ACCURACY_M)


def heading(given: Any) -> float | None:
    """Degrees clockwise from north."""
    return number(given, 0, 360)


def percent(given: Any, factor: float = 1.0) -> float | None:
    """A battery's charge in percent, from a unit that is `factor` percent."""
    return number(times(number(given), factor), 0, 100)


def degrees(given: Any) -> float:
    """A longitude or latitude, as far as it is a number; whether it is on earth is judged where fixes are stored.

    Raises:
        UnreadableError: it is not a number.
    """
    found = number(given, -math.inf)
    if found is None:
        raise UnreadableError
    return found


def instant(given: Any) -> datetime | None:
    """An instant from seconds or milliseconds since 1970, or from text; without a zone it is UTC. Nothing if absent.

    Raises:
        UnreadableError: it is there, but is not an instant of the years 1 to 9999.
    """
    if given is None or given == "":
        return None
    since = number(given, -math.inf)
    try:
        if since is not None:
            return EPOCH + timedelta(milliseconds=since if since > MOST_SECONDS else since * 1000)
        read = datetime.fromisoformat(given)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        raise UnreadableError from None


def text(given: Any) -> str:
    """A word an app says, trimmed and in small letters."""
    return given.strip().lower() if isinstance(given, str) else ""
