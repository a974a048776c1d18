"""JT/T 808 on the wire: frames between 0x7e, escapes, checksum, header; nothing of what a message means.

A header is: message id, attributes (10 bits of length, 3 of encryption, one for parts, one for the 2019 edition), in
2019 the protocol's version, the terminal's number as 6 or 10 bytes of BCD, a serial number, and for a part its total
and index. Sources: JT/T 808-2013 and JT/T 808-2019, section 4.
"""

from dataclasses import dataclass
from functools import reduce
from operator import xor

FLAG = 0x7E
ESCAPE = 0x7D
LENGTH_MASK, ENCRYPTED_MASK, PARTS_BIT, VERSION_BIT = 0x03FF, 0x1C00, 0x2000, 0x4000
MOST_BODY = LENGTH_MASK
MOST_FRAME = 2 * (17 + 4 + MOST_BODY + 1) + 2
"""Every byte of the longest message escaped, between two flags."""
NUMBER_2013, NUMBER_2019 = 6, 10
VERSION_2019 = 1


class BadFrameError(ValueError):
    """Bytes that are not a frame."""


@dataclass(frozen=True, slots=True)
class Part:
    """Which part of a long message a frame is, from 1."""

    total: int
    index: int


@dataclass(frozen=True, slots=True)
class Frame:
    """One message, or a part of one. `number` is the terminal's, without the zeros that fill it up."""

    message: int
    number: str
    serial: int
    body: bytes = b""
    is_2019: bool = False
    is_encrypted: bool = False
    part: Part | None = None


def encode(frame: Frame) -> bytes:
    """The bytes of a frame, flags included; `is_encrypted` is not written: we encrypt nothing.

    Raises:
        BadFrameError: the body is longer than a frame holds, or the number longer than the edition has digits.
    """
    width = NUMBER_2019 if frame.is_2019 else NUMBER_2013
    if len(frame.body) > MOST_BODY or len(frame.number) > 2 * width:
        raise BadFrameError
    attributes = len(frame.body)
    attributes |= VERSION_BIT if frame.is_2019 else 0
    attributes |= PARTS_BIT if frame.part else 0
    head = _u16(frame.message) + _u16(attributes) + (bytes([VERSION_2019]) if frame.is_2019 else b"")
    head += bytes.fromhex(frame.number.zfill(2 * width)) + _u16(frame.serial)
    if frame.part:
        head += _u16(frame.part.total) + _u16(frame.part.index)
    plain = head + frame.body
    return bytes([FLAG]) + escape(plain + bytes([checksum(plain)])) + bytes([FLAG])


def decode(between: bytes) -> Frame:
    """The frame in what stands between two flags.

    Raises:
        BadFrameError: an escape, the checksum or the length is wrong, or the number is not BCD.
    """
    plain = unescape(between)
    if len(plain) < 1 or checksum(plain) != 0:
        raise BadFrameError
    reader = _Reader(plain[:-1])
    message, attributes = reader.u16(), reader.u16()
    is_2019 = bool(attributes & VERSION_BIT)
    if is_2019:
        reader.take(1)
    number = reader.take(NUMBER_2019 if is_2019 else NUMBER_2013).hex().lstrip("0")
    serial = reader.u16()
    part = Part(reader.u16(), reader.u16()) if attributes & PARTS_BIT else None
    body = reader.rest()
    if len(body) != attributes & LENGTH_MASK or not (number or "0").isdecimal():
        raise BadFrameError
    return Frame(message, number, serial, body, is_2019, bool(attributes & ENCRYPTED_MASK), part)


def checksum(plain: bytes) -> int:
    """All bytes joined by exclusive or; with a right checksum at the end that is 0."""
    return reduce(xor, plain, 0)


def escape(plain: bytes) -> bytes:
    """Bytes in which no flag occurs."""
    return plain.replace(b"\x7d", b"\x7d\x01").replace(b"\x7e", b"\x7d\x02")


def unescape(escaped: bytes) -> bytes:
    """The bytes that were escaped.

    Raises:
        BadFrameError: an escape is followed by something else than 1 or 2.
    """
    first, *others = escaped.split(b"\x7d")
    plain = bytearray(first)
    for piece in others:
        if piece[:1] not in (b"\x01", b"\x02"):
            raise BadFrameError
        plain.append(ESCAPE if piece[0] == 1 else FLAG)
        plain += piece[1:]
    return bytes(plain)


class _Reader:
    """Takes bytes from the front; what is missing is a bad frame."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def take(self, count: int) -> bytes:
        """The next bytes."""
        taken, self.data = self.data[:count], self.data[count:]
        if len(taken) < count:
            raise BadFrameError
        return taken

    def u16(self) -> int:
        """The next two bytes as a number."""
        return int.from_bytes(self.take(2))

    def rest(self) -> bytes:
        """What is left."""
        return self.data


def _u16(value: int) -> bytes:
    return (value & 0xFFFF).to_bytes(2)
