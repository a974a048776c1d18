"""The words and rules of CAP 1.2 that a warning must keep, and what one message does to another."""

import re
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, NamedTuple

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MOST_POINTS = 500
"""Points of the polygons that go out: what is finer is drawn coarser."""


class Category(StrEnum):
    """What a warning is about."""

    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class Urgency(StrEnum):
    """How soon something is to be done."""

    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    """How bad it is."""

    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    """How sure it is."""

    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


class CapStatus(StrEnum):
    """Whether it is meant: whoever gets a test, a draft or talk between systems does nothing."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    """What a message does."""

    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    """For whom a message is."""

    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class State(StrEnum):
    """How a warning stands: `updated` when a later one took its place."""

    DRAFT = "draft"
    ISSUED = "issued"
    UPDATED = "updated"
    CANCELLED = "cancelled"


TAKEN = frozenset({MsgType.ALERT, MsgType.UPDATE, MsgType.CANCEL})
"""What may come in; an Ack or Error is for a sender, and we send to nobody in particular."""
MEANT = frozenset({CapStatus.ACTUAL, CapStatus.EXERCISE})
"""What centres are told of."""
AFTER = {MsgType.UPDATE: State.UPDATED, MsgType.CANCEL: State.CANCELLED}
"""What becomes of the messages that a message refers to."""
NAME = re.compile(r"[^\s,<&]{1,200}")
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
"""A CAP instant: with its zone in digits, never Z."""


class Reference(NamedTuple):
    """A message by its three names."""

    sender: str
    identifier: str
    sent: datetime


def written(at: datetime) -> str:
    """An instant as CAP writes it; UTC is -00:00."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def instant(said: str) -> datetime:
    """An instant out of a message.

    Raises:
        ValueError: it is not written as CAP has it.
    """
    if not INSTANT.fullmatch(said):
        raise ValueError("is not a CAP instant")
    try:
        found = datetime.fromisoformat(said).astimezone(UTC)
    except OverflowError:
        found = datetime.min.replace(tzinfo=UTC)
    if not 1900 < found.year < 9000:  # noqa: PLR2004  # beyond, columns end
        raise ValueError("is not a CAP instant")
    return found


def references(said: str) -> list[Reference]:
    """The messages that a message refers to.

    Raises:
        ValueError: they are not written as CAP has it.
    """
    found = []
    for part in said.split():
        sender, identifier, sent = [*part.split(","), "", "", ""][:3]
        if part.count(",") != 2 or not NAME.fullmatch(sender) or not NAME.fullmatch(identifier):  # noqa: PLR2004  # three names
            raise ValueError("is not sender,identifier,sent")
        found.append(Reference(sender, identifier, instant(sent)))
    return found


def polygon(said: str, most: int) -> list[tuple[float, float]]:
    """A polygon, latitude first as CAP has it, as positions with longitude first.

    Raises:
        ValueError: it is not closed, not of at least four points, or not of degrees.
    """
    pairs = said.split()
    if not 4 <= len(pairs) <= most:  # noqa: PLR2004  # a triangle and its first point again
        message = f"has not 4 to {most} points"
        raise ValueError(message)
    points = [_position(pair) for pair in pairs]
    if points[0] != points[-1]:
        raise ValueError("is not closed")
    return points


def circle(said: str) -> tuple[float, float, float]:
    """A circle `lat,lon radius-in-km` as longitude, latitude and metres.

    Raises:
        ValueError: it is none.
    """
    centre, _, radius = said.partition(" ")
    lon, lat = _position(centre)
    km = float(radius)
    if not 0 <= km <= 2000:  # noqa: PLR2004  # no province is larger
        raise ValueError("has no radius of 0 to 2000 km")
    return lon, lat, km * 1000


def _position(pair: str) -> tuple[float, float]:
    lat, _, lon = pair.partition(",")
    found = float(lon), float(lat)
    if not (abs(found[0]) <= 180 and abs(found[1]) <= 90):  # noqa: PLR2004  # degrees
        raise ValueError("is not in degrees")
    return found


class Message(NamedTuple):
    """A CAP message that was read. `rings` and `circles` are its ground, `codes` what else says where it is."""

    identifier: str
    sender: str
    sent: datetime
    status: CapStatus
    msg_type: MsgType
    scope: Scope
    refs: list[Reference]
    infos: list[dict[str, Any]]
    rings: list[list[tuple[float, float]]]
    circles: list[tuple[float, float, float]]
    codes: list[str]
    expires_at: datetime | None
