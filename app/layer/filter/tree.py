"""What a filter is once it is read: properties, literals and calls of the operators there are."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, NamedTuple
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from app.core.problems import Problem

SHOWN = 60
_UNSENDABLE = re.compile("[\\0\ud800-\udfff]")


class InvalidFilter(Problem):
    """The filter is not CQL2, is too large, or asks for what this layer does not have."""

    status = 400
    members: ClassVar[dict[str, str]] = {"detail": "There is no property 'levle' to filter by."}


class Kind(StrEnum):
    """The kinds of values that properties and expressions have."""

    STRING = "string"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    UUID = "uuid"
    GEOMETRY = "geometry"


@dataclass(frozen=True, slots=True)
class Property:
    """What a feature has under this name."""

    name: str


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that the filter itself names."""

    kind: Kind
    value: str | int | float | bool | datetime | UUID | BaseGeometry


@dataclass(frozen=True, slots=True)
class Day:
    """A date: all of that day in UTC."""

    value: date


Moment = Property | Literal | Day


@dataclass(frozen=True, slots=True)
class Interval:
    """The time between two moments, both included; None where it has no bound."""

    start: Moment | None
    end: Moment | None


@dataclass(frozen=True, slots=True)
class Call:
    """An operator or function, by its name in small letters, with what it is applied to."""

    op: str
    args: tuple["Tree", ...]


Tree = Property | Literal | Day | Interval | Call


class Arity(NamedTuple):
    """How many arguments an operator takes."""

    least: int
    most: int


LOGIC = {"and", "or", "not"}
ORDER = {"<", "<=", ">", ">=", "between"}
COMPARISON = {"=", "<>", "in"} | ORDER
TEXT = {"casei", "accenti"}
ARITHMETIC = {"+", "-", "*", "/", "%", "div", "^"}
SPATIAL = {
    f"s_{name}" for name in ("contains", "crosses", "disjoint", "equals", "intersects", "overlaps", "touches", "within")
}
POINTWISE = {"s_intersects", "s_disjoint"}
"""Spatial functions that take collections of mixed geometries, too."""
TIMES = {f"t_{name}" for name in ("after", "before", "disjoint", "equals", "intersects")}
INSIDE = {"t_during", "t_contains"}
"""Functions of intervals that also say whether an instant is inside one."""
SPANS = INSIDE | {
    f"t_{name}"
    for name in ("finishedby", "finishes", "meets", "metby", "overlappedby", "overlaps", "startedby", "starts")
}
TEMPORAL = TIMES | SPANS
MANY = 1_000
ARITY = (
    dict.fromkeys(COMPARISON | ARITHMETIC | SPATIAL | TEMPORAL | {"like"}, Arity(2, 2))
    | dict.fromkeys(TEXT | {"not", "isnull"}, Arity(1, 1))
    | dict.fromkeys(("and", "or"), Arity(2, MANY))
    | {"between": Arity(3, 3), "in": Arity(2, MANY)}
)
"""Every operator there is."""


def shown(text: object) -> str:
    """A stranger's words as a message may repeat them."""
    found = str(text)
    return repr(found if len(found) <= SHOWN else found[:SHOWN] + "…")


def one_of(names: Iterable[str]) -> str:
    """The names there are, for a message."""
    return ", ".join(sorted(names))


def sendable(text: str) -> str:
    """A text that can be sent and stored: without NUL, without half of a character."""
    if _UNSENDABLE.search(text):
        raise InvalidFilter(f"The text {shown(text)} has characters that no text here can have.")
    return text
