"""The condition in SQL that a filter means: over columns that a layer names, literals bound, nothing in it can fail."""

import operator
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    LargeBinary,
    Numeric,
    Text,
    Uuid,
    and_,
    cast,
    collate,
    func,
    literal,
    literal_column,
    not_,
    or_,
)
from sqlalchemy.sql.elements import Grouping

from app.core.geo import SRID
from app.layer.filter import kinds, literals, times
from app.layer.filter.tree import SPATIAL, TEMPORAL, Call, Day, Interval, InvalidFilter, Kind, Literal, Property, Tree

Element = ColumnElement[Any]
Condition = ColumnElement[bool]

CASELESS = "und-x-icu"
"""The collation that knows the capital letters of all scripts, whatever the database's own knows."""
MARKS_ON_LETTERS = "[\u0300-\u036f]"

_TYPES: dict[Kind, Any] = {
    Kind.STRING: Text(),
    Kind.BOOLEAN: Boolean(),
    Kind.INTEGER: BigInteger(),
    Kind.NUMBER: Double(),
    Kind.INSTANT: times.INSTANT,
}
_NFC: Element = literal_column("NFC")
_NFD: Element = literal_column("NFD")
_COMPARED: dict[str, Callable[[Element, Element], Condition]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SPATIAL: dict[str, Callable[[Element, Element], Condition]] = {
    "s_contains": func.ST_Contains,
    "s_crosses": func.ST_Crosses,
    "s_disjoint": lambda one, other: not_(func.ST_Intersects(one, other)),
    "s_equals": func.ST_Equals,
    "s_intersects": func.ST_Intersects,
    "s_overlaps": func.ST_Overlaps,
    "s_touches": func.ST_Touches,
    "s_within": func.ST_Within,
}


class Queryable(NamedTuple):
    """A property of a layer by which it can be filtered.

    The column has the type of its kind: text, any integer or number, boolean, timestamptz, uuid, geometry in WGS 84.
    """

    kind: Kind
    column: Element


def condition(tree: Tree, queryables: Mapping[str, Queryable], to_wgs84: literals.Placing | None = None) -> Condition:
    """What a row must meet.

    `to_wgs84` takes the filter's geometries, where they are given in another system, to WGS 84.
    """
    known = {name: queryable.kind for name, queryable in queryables.items()}
    if (found := kinds.kind(tree, known)) is not Kind.BOOLEAN:
        raise InvalidFilter(f"A filter is a condition; this one yields {found}.")
    return _Translation(queryables, known, to_wgs84).condition(tree)


class _Translation:
    """Translates one filter that is known to make sense."""

    def __init__(
        self, queryables: Mapping[str, Queryable], known: kinds.Kinds, to_wgs84: literals.Placing | None
    ) -> None:
        self.queryables = queryables
        self.known = known
        self.to_wgs84 = to_wgs84

    def condition(self, tree: Tree) -> Condition:
        """Anything that is true or false."""
        match tree:
            case Call("and" | "or" as op, args):
                found = (and_ if op == "and" else or_)(*map(self.condition, args))
            case Call("not", (arg,)):
                found = not_(self.condition(arg))
            case Call("isnull", (arg,)):
                found = self.value(arg).is_(None)
            case Call("like", (value, pattern)):
                found = self.value(value).like(self.value(pattern))
            case Call(op, (one, other)) if op in SPATIAL:
                found = _SPATIAL[op](self.value(one), self.value(other))
            case Call(op, (one, other)) if op in TEMPORAL:
                found = self.temporal(op, one, other)
            case Call(op, args):
                found = self.comparison(op, args)
            case _:
                found = self.value(tree)
        return found

    def comparison(self, op: str, args: tuple[Tree, ...]) -> Condition:
        """Values of one kind beside each other; a date covers its day."""
        if any(isinstance(arg, Day) for arg in args):
            return times.compared(op, [self.span(arg) for arg in args])
        kind = kinds.common(args, self.known)
        exact = any(map(kinds.reckoned, args))
        first, *others = (self.element(arg, kind, exact=exact) for arg in args)
        match op:
            case "between":
                return first.between(others[0], others[1])
            case "in":
                return first.in_(others)
        return _COMPARED[op](first, others[0])

    def element(self, tree: Tree, kind: Kind, *, exact: bool) -> Element:
        """A value as one of the kind in which it is compared."""
        if kind is Kind.NUMBER:
            return self.number(tree, exact=exact)
        if kind is Kind.UUID and kinds.kind(tree, self.known) is Kind.STRING:
            return literal(kinds.uuid(tree), Uuid())
        return self.value(tree)

    def value(self, tree: Tree) -> Element:
        """A value as it is."""
        match tree:
            case Property(name):
                found = self.queryables[name].column
            case Literal(Kind.GEOMETRY, shape):
                found = self.shape(shape)
            case Literal(kind, value):
                found = literal(value, _TYPES[kind])
            case Day():
                found = self.span(tree).start
            case Call("casei", (text,)):
                found = func.upper(collate(self.value(text), CASELESS), type_=Text())
            case Call("accenti", (text,)):
                found = _unmarked(self.value(text))
            case _ if kinds.reckoned(tree):
                found = self.number(tree, exact=True)
            case _:
                found = Grouping(self.condition(tree))  # NOT binds less than IS NULL and the like
        return found

    def number(self, tree: Tree, *, exact: bool) -> Element:
        """A number; exact ones are decimals, whose arithmetic neither rounds binary fractions nor overflows."""
        match tree:
            case Call("^", (base, Literal(_, int() as power))):
                raised = self.number(base, exact=True)
                return _power(_not_zero(raised) if power < 0 else raised, power)
            case Call(op, (left, right)):
                return _ARITHMETIC[op](self.number(left, exact=True), self.number(right, exact=True))
            case Literal(_, int() | float() as found) if exact:
                return literal(Decimal(repr(found)), Numeric())
            case Property(name) if exact:
                kind, column = self.queryables[name]
                return cast(column if kind is Kind.INTEGER else cast(column, Text()), Numeric())
        return self.value(tree)

    def shape(self, shape: BaseGeometry) -> Element:
        """A geometry that the filter names."""
        placed = shape if self.to_wgs84 is None else literals.placed(shape, self.to_wgs84)
        return func.ST_GeomFromWKB(literal(shapely.to_wkb(placed), LargeBinary()), SRID)

    def temporal(self, op: str, one: Tree, other: Tree) -> Condition:
        """Two times, of which each may be an instant, a day or an interval."""
        spans = self.span(one), self.span(other)
        if op == "t_equals" and not isinstance(one, Interval) and not isinstance(other, Interval):
            return times.compared("=", spans)
        return times.RELATIONS[op](*spans)

    def span(self, tree: Tree) -> times.Span:
        """A time with its first and last instant."""
        match tree:
            case Interval(start, end):
                first = self.span(start).start if start else times.BEGINNING
                last = self.span(end).end if end else times.END
                return times.Span(first, last)
            case Day() | Literal():
                known = literals.span(tree)
                assert known is not None  # noqa: S101 -- of the kinds that reach this
                return times.Span(*map(times.bound, known))
        return times.Span(self.value(tree), self.value(tree))


def _unmarked(text: Element) -> Element:
    """A text without the marks on its letters, composed again, so that `_` in a pattern is one character as before."""
    apart = func.regexp_replace(func.normalize(text, _NFD), MARKS_ON_LETTERS, "", "g")
    return func.normalize(apart, _NFC, type_=Text())


def _not_zero(number: Element) -> Element:
    return func.nullif(number, literal(Decimal(0), Numeric()), type_=Numeric())


def _power(base: Element, exponent: int) -> Element:
    return func.power(base, literal(Decimal(exponent), Numeric()), type_=Numeric())


_ARITHMETIC: dict[str, Callable[[Element, Element], Element]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": lambda one, other: one / _not_zero(other),
    "%": lambda one, other: func.mod(one, _not_zero(other), type_=Numeric()),
    "div": lambda one, other: func.div(one, _not_zero(other), type_=Numeric()),
}
