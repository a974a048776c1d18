"""Which apps a device may run, and what is made of a key that is presented."""

from dataclasses import dataclass
from enum import StrEnum

LONGEST_TERMINAL = 20
"""Digits of a vehicle terminal's number in the 2019 edition of JT/T 808; the 2013 edition has 12."""


class App(StrEnum):
    """What runs on the device. It decides how the device is set up; any key may be used with any adapter."""

    OSMAND = "osmand"
    OWNTRACKS = "owntracks"
    TRACCAR = "traccar"
    OVERLAND = "overland"
    JT808 = "jt808"
    NATIVE = "native"


class Refusal(StrEnum):
    """Why an upload is answered with an error, which only somebody who is setting a device up gets to see."""

    UNKNOWN_KEY = "unknown_key"
    UNKNOWN_DEVICE = "unknown_device"


class Quarantine(StrEnum):
    """Why fixes are counted but not kept. The device is told that all is well: it would send them again for ever."""

    WRONG_KEY = "wrong_key"
    KEY_REVOKED = "key_revoked"
    INACTIVE = "inactive"
    OTHER_DEVICE = "other_device"
    TOO_MANY = "too_many"
    UNREADABLE = "unreadable"
    NO_FIX = "no_fix"


@dataclass(frozen=True, slots=True)
class Standing:
    """How a presented key and a claimed name stand to a device on record."""

    key_fits: bool
    name_fits: bool
    is_enrolled: bool
    is_revoked: bool
    is_active: bool


def against(standing: Standing | None) -> Refusal | Quarantine | None:
    """What stands against an upload; nothing if it is to be stored.

    Until a device has sent something with its key, a mistake is answered with an error, so that whoever sets it up
    sees it. After that an app gets success whatever happens, because an error would block its queue for ever.
    """
    if standing is None:
        return Refusal.UNKNOWN_KEY
    if not standing.key_fits:
        return Quarantine.WRONG_KEY if standing.is_enrolled else Refusal.UNKNOWN_KEY
    if standing.is_revoked or not standing.is_active:
        return Quarantine.KEY_REVOKED if standing.is_revoked else Quarantine.INACTIVE
    if standing.name_fits:
        return None
    return Quarantine.OTHER_DEVICE if standing.is_enrolled else Refusal.UNKNOWN_DEVICE


def terminal_number(code: str) -> str | None:
    """A vehicle terminal's number without the zeros that fill it up; nothing if it is not one."""
    number = code.lstrip("0")
    return number if number.isascii() and number.isdecimal() and len(number) <= LONGEST_TERMINAL else None
