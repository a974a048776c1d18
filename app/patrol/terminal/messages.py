"""What the messages of JT/T 808 say, as far as a joint patrol needs it: positions, alarms, who is there.

Of a registration only the number is used; plates, makers and SIM numbers are not read. Sources: JT/T 808-2013 and
JT/T 808-2019, section 8.
"""

import struct
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from enum import IntEnum

from app.patrol.device.workflow import Quarantine
from app.patrol.ingest.reading import MPS_PER_KMH, Reading, Upload, heading, speed

BEIJING = timezone(timedelta(hours=8))
POSITION = struct.Struct(">IIIIHHH6s")
"""Alarms, state, latitude, longitude (millionths of a degree), altitude (m), speed (0.1 km/h), direction, time."""
HAS_FIX, IS_SOUTH, IS_WEST = 1 << 1, 1 << 2, 1 << 3
ALARMS = {0: "sos", 1: "speeding", 2: "fatigue", 3: "danger", 29: "collision", 30: "rollover"}
"""Bits of the alarm word that tell of people in danger; the others are about the terminal and the vehicle."""


class Message(IntEnum):
    """The messages that are understood, and those we send."""

    TERMINAL_ANSWER = 0x0001
    HEARTBEAT = 0x0002
    LOGOUT = 0x0003
    REGISTER = 0x0100
    AUTHENTICATE = 0x0102
    POSITION = 0x0200
    POSITIONS = 0x0704
    ANSWER = 0x8001
    REGISTERED = 0x8100


class Result(IntEnum):
    """What we answer to a message."""

    DONE = 0
    FAILED = 1
    WRONG = 2
    UNSUPPORTED = 3


class Registration(IntEnum):
    """What we answer to a registration."""

    DONE = 0
    TERMINAL_TAKEN = 3
    UNKNOWN_TERMINAL = 4


def positions(message: int, body: bytes) -> Upload:
    """The fixes of a position or a batch of them; what cannot be read is counted."""
    upload = Upload()
    for one in [body] if message == Message.POSITION else _batched(body):
        _add(upload, one)
    return upload


def _batched(body: bytes) -> Iterator[bytes]:
    """Each position of a batch, after the count and the kind; one that is cut off comes as it is."""
    count, rest = int.from_bytes(body[:2]), body[3:]
    for _ in range(count):
        length = int.from_bytes(rest[:2])
        yield rest[2 : 2 + length]
        rest = rest[2 + length :]
        if not rest:
            break


def _add(upload: Upload, body: bytes) -> None:
    if len(body) < POSITION.size:
        upload.lose(Quarantine.UNREADABLE)
        return
    alarms, state, lat, lon, _, tenths_kmh, direction, bcd = POSITION.unpack_from(body)
    upload.alarms.update(name for bit, name in ALARMS.items() if alarms >> bit & 1)
    observed_at = _instant(bcd)
    if not state & HAS_FIX or observed_at is None:
        upload.lose(Quarantine.UNREADABLE if observed_at is None else Quarantine.NO_FIX)
        return
    upload.readings.append(
        Reading(
            observed_at=observed_at,
            lon=-lon / 1e6 if state & IS_WEST else lon / 1e6,
            lat=-lat / 1e6 if state & IS_SOUTH else lat / 1e6,
            speed_mps=speed(tenths_kmh, MPS_PER_KMH / 10),
            heading_deg=heading(direction),
        )
    )


def _instant(bcd: bytes) -> datetime | None:
    """Six bytes of BCD, year to second, in Beijing's time."""
    try:
        return datetime.strptime(bcd.hex(), "%y%m%d%H%M%S").replace(tzinfo=BEIJING)
    except ValueError:
        return None


def code(body: bytes, *, is_2019: bool) -> str:
    """The code in an authentication: all of it in 2013, in 2019 so many bytes as the first one says."""
    given = body[1 : 1 + body[0]] if is_2019 and body else body
    return given.decode("ascii", "replace").strip("\x00 ")


def answer(serial: int, message: int, result: Result) -> bytes:
    """The body of our general answer."""
    return struct.pack(">HHB", serial, message, result)


def registered(serial: int, result: Registration, secret: str = "") -> bytes:
    """The body of our answer to a registration, with the code to authenticate with."""
    return struct.pack(">HB", serial, result) + secret.encode()
