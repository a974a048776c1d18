"""A reader of vector tiles, written from the specification (version 2.1) and not from what makes them."""

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

POINT, LINE, POLYGON = 1, 2, 3
MOVE, DRAW, CLOSE = 1, 2, 7


class Feature(NamedTuple):
    """A feature: `parts` are points, or rings that are closed."""

    id: int | None
    kind: int
    parts: list[list[tuple[int, int]]]
    properties: dict[str, Any]


class Layer(NamedTuple):
    """A layer of a tile."""

    name: str
    version: int
    extent: int
    features: list[Feature]


def layers(tile: bytes) -> dict[str, Layer]:
    """The layers of a tile by their names."""
    found = [_layer(body) for number, body in _fields(tile) if number == 3]
    assert len({one.name for one in found}) == len(found), "a layer's name is used once"
    return {one.name: one for one in found}


def area(ring: list[tuple[int, int]]) -> float:
    """What a ring encloses: more than nothing for an outer ring, in the tile's own coordinates."""
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, [*ring[1:], ring[0]], strict=True)) / 2


def _layer(body: bytes) -> Layer:
    name, version, extent = "", 1, 4096
    keys: list[str] = []
    values: list[Any] = []
    features: list[bytes] = []
    for number, value in _fields(body):
        match number:
            case 1:
                name = value.decode()
            case 2:
                features.append(value)
            case 3:
                keys.append(value.decode())
            case 4:
                values.append(_value(value))
            case 5:
                extent = value
            case 15:
                version = value
    return Layer(name, version, extent, [_feature(one, keys, values) for one in features])


def _feature(body: bytes, keys: list[str], values: list[Any]) -> Feature:
    found = dict(_fields(body))
    tags = list(_varints(found.get(2, b"")))
    told = {keys[key]: values[value] for key, value in zip(tags[::2], tags[1::2], strict=True)}
    return Feature(found.get(1), found[3], list(_parts(found[4], found[3])), told)


def _parts(body: bytes, kind: int) -> Iterator[list[tuple[int, int]]]:
    numbers, x, y = _varints(body), 0, 0
    part: list[tuple[int, int]] = []
    for command in numbers:
        for _ in range(command >> 3):
            if command & 7 == CLOSE:
                continue
            if command & 7 == MOVE and part and kind != POINT:
                yield part
                part = []
            x, y = x + _signed(next(numbers)), y + _signed(next(numbers))
            part.append((x, y))
    yield part


def _value(body: bytes) -> Any:
    ((number, value),) = _fields(body)
    match number:
        case 1:
            return value.decode()
        case 2:
            return struct.unpack("<f", value)[0]
        case 3:
            return struct.unpack("<d", value)[0]
        case 6:
            return _signed(value)
        case 7:
            return bool(value)
    return value


def _signed(number: int) -> int:
    return (number >> 1) ^ -(number & 1)


def _varints(body: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in body:
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            yield value
            value = shift = 0


def _fields(body: bytes) -> Iterator[tuple[int, Any]]:
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte = body[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(body):
        key = varint()
        match key & 7:
            case 0:
                yield key >> 3, varint()
            case kind:
                size = {1: 8, 5: 4}[kind] if kind in {1, 5} else varint()
                yield key >> 3, body[at : at + size]
                at += size
