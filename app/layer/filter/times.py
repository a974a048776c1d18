"""How times relate in SQL: instants, days and intervals alike, each by its first and last instant."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, DateTime, and_, literal, literal_column, or_

Condition = ColumnElement[bool]

INSTANT = DateTime(timezone=True)
BEGINNING, END = (literal_column(f"'{limit}'::timestamptz", INSTANT) for limit in ("-infinity", "infinity"))


class Span(NamedTuple):
    """A time by its first and last instant, as the database counts them."""

    start: ColumnElement[Any]
    end: ColumnElement[Any]


Related = Callable[[Span, Span], Condition]


def bound(at: datetime) -> ColumnElement[Any]:
    """An instant that the filter names."""
    return literal(at, INSTANT)


def compared(op: str, spans: Sequence[Span]) -> Condition:
    """Times beside each other, by an operator of comparison: one is equal to a day that it is in."""
    first, *others = spans
    match op:
        case "between":
            return and_(compared(">=", (first, others[0])), compared("<=", (first, others[1])))
        case "in":
            return or_(*(_meet(first, other) for other in others))
    return _ORDER[op](first, others[0])


def _meet(one: Span, other: Span) -> Condition:
    return and_(one.start <= other.end, one.end >= other.start)


def _apart(one: Span, other: Span) -> Condition:
    return or_(one.start > other.end, one.end < other.start)


def _inside(one: Span, other: Span) -> Condition:
    return and_(one.start > other.start, one.end < other.end)


def _starts(one: Span, other: Span) -> Condition:
    return and_(one.start == other.start, one.end < other.end)


def _finishes(one: Span, other: Span) -> Condition:
    return and_(one.start > other.start, one.end == other.end)


def _overlaps(one: Span, other: Span) -> Condition:
    return and_(one.start < other.start, one.end > other.start, one.end < other.end)


def _turned(relation: Related) -> Related:
    return lambda one, other: relation(other, one)


_ORDER: dict[str, Related] = {
    "=": _meet,
    "<>": _apart,
    "<": lambda one, other: one.end < other.start,
    "<=": lambda one, other: one.start <= other.end,
    ">": lambda one, other: one.start > other.end,
    ">=": lambda one, other: one.end >= other.start,
}

RELATIONS: dict[str, Related] = {
    "t_after": _ORDER[">"],
    "t_before": _ORDER["<"],
    "t_contains": _turned(_inside),
    "t_disjoint": _apart,
    "t_during": _inside,
    "t_equals": lambda one, other: and_(one.start == other.start, one.end == other.end),
    "t_finishedby": _turned(_finishes),
    "t_finishes": _finishes,
    "t_intersects": _meet,
    "t_meets": lambda one, other: one.end == other.start,
    "t_metby": lambda one, other: one.start == other.end,
    "t_overlappedby": _turned(_overlaps),
    "t_overlaps": _overlaps,
    "t_startedby": _turned(_starts),
    "t_starts": _starts,
}
"""The functions of time, by name; bounds of intervals belong to them."""
