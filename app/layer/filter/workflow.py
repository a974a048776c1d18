"""What a filter says: text in one of the languages becomes a tree of known operators and checked literals, within limits."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from app.layer.filter import literals, notation
from app.layer.filter.tree import (
    ARITY,
    Call,
    Day,
    InvalidFilter,
    Kind,
    Literal,
    Moment,
    Property,
    Tree,
    one_of,
    sendable,
    shown,
)

__all__ = ["CONFORMANCE", "InvalidFilter", "Kind", "Language", "Tree", "parsed"]

DEPTH = 16
NODES = 200
UNBOUNDED = ".."

CONFORMANCE = tuple(
    f"http://www.opengis.net/spec/cql2/1.0/conf/{name}"
    for name in (
        "cql2-text",
        "cql2-json",
        "basic-cql2",
        "advanced-comparison-operators",
        "case-insensitive-comparison",
        "accent-insensitive-comparison",
        "basic-spatial-functions",
        "basic-spatial-operators",  # the name of a draft, which clients look for
        "basic-spatial-functions-plus",
        "spatial-functions",
        "temporal-functions",
        "property-property",
        "arithmetic",
    )
)
"""The classes of CQL2 that filters meet; not here are functions on arrays and functions of one's own."""


class Language(StrEnum):
    """The languages of a filter."""

    TEXT = "cql2-text"
    JSON = "cql2-json"
    OLD_TEXT = "cql-text"
    """The name that older clients give to the text."""


def parsed(text: str, language: Language = Language.TEXT) -> Tree:
    """Read a filter, or say what is wrong with it."""
    written = notation.of_json(text) if language is Language.JSON else notation.of_text(text)
    return _Reader(written).tree(written.value, 1)


class _Reader:
    """Reads one filter, counting what it reads."""

    def __init__(self, written: notation.Written) -> None:
        self.held = written.held
        self.nodes = 0
        self.readers: dict[str, Callable[[Any, int], Tree]] = {
            "property": self.property,
            "date": lambda value, _: literals.day(self.plain(value)),
            "timestamp": lambda value, _: literals.instant(self.plain(value)),
            "interval": self.interval,
            "bbox": self.box,
        }

    def tree(self, value: Any, depth: int) -> Tree:
        """One value of the JSON and all that it holds."""
        self.nodes += 1
        if self.nodes > NODES or depth > DEPTH:
            raise InvalidFilter(f"The filter is too large: {NODES} parts, nested {DEPTH} deep, are allowed.")
        return self.read(value, depth)

    def read(self, value: Any, depth: int) -> Tree:
        """One value that is counted."""
        match value:
            case dict():
                return self.named(value, depth)
            case notation.Name(name):
                return Property(sendable(name))
            case notation.Wkt(written):
                return literals.of_wkt(written)
            case list():
                raise InvalidFilter("A list stands only after IN.")
        return literals.scalar(value)

    def named(self, value: dict[str, Any], depth: int) -> Tree:
        """An object of the JSON, by the names in it."""
        if "type" in value:
            return literals.of_geojson(value)
        match value:
            case {"op": str(op), "args": list(args), **more} if not more:
                return self.call(op.lower(), args, depth)
        name, inner = next(iter(value.items()), ("", None))
        if len(value) != 1 or name not in self.readers:
            raise InvalidFilter(f"{shown(value)} is no part of a filter.")
        return self.readers[name](inner, depth)

    def property(self, name: Any, depth: int) -> Tree:
        """A property, or what the text holds back under its name."""
        if not isinstance(name, str):
            raise InvalidFilter(f"{shown(name)} is not the name of a property.")
        return self.read(self.held.get(name, notation.Name(name)), depth)

    def interval(self, ends: Any, depth: int) -> Tree:
        """A time with two ends."""
        match ends:
            case [start, end]:
                return literals.interval(self.moment(start, depth), self.moment(end, depth))
        raise InvalidFilter("An interval has two ends.")

    def box(self, bounds: Any, depth: int) -> Tree:
        """A box; the text writes what is below zero as a product, so its numbers are read like any."""
        read = [self.tree(part, depth + 1) for part in bounds] if isinstance(bounds, list) else []
        return literals.box([literals.size(part) for part in read])

    def call(self, op: str, args: list[Any], depth: int) -> Tree:
        """An operator and what it is applied to."""
        if op not in ARITY:
            raise InvalidFilter(f"There is no operator or function {shown(op)}; there are {one_of(ARITY)}.")
        if op == "in":
            match args:
                case [value, [_, *_] as items]:
                    args = [value, *items]
                case _:
                    raise InvalidFilter("IN takes a value and a list that has something in it.")
        least, most = ARITY[op]
        if not least <= len(args) <= most:
            takes = f"{least}" if least == most else f"{least} or more"
            raise InvalidFilter(f"{op.upper()} takes {takes} arguments, not {len(args)}.")
        read = tuple(self.tree(arg, depth + 1) for arg in args)
        match op, read:
            case "*", (Literal(Kind.INTEGER, -1), Literal(Kind.INTEGER | Kind.NUMBER) as below):
                return literals.number(-literals.size(below))  # so the parser of the text writes what is below zero
        return Call(op, read)

    def plain(self, value: Any) -> Any:
        """What stands in a literal of a time, which the text holds back."""
        match value:
            case {"property": str(name)}:
                return self.held.get(name, value)
        return value

    def moment(self, value: Any, depth: int) -> Moment | None:
        """One end of an interval."""
        value = self.plain(value)
        if isinstance(value, str):
            return None if value == UNBOUNDED else literals.moment(value)
        match self.tree(value, depth + 1):
            case Property() | Day() | Literal(Kind.INSTANT) as found:
                return found
        raise InvalidFilter("An interval begins and ends with an instant, a date, a property or '..'.")
