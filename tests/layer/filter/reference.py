"""What a filter means, said a second time in plain Python: three-valued, row by row."""

import decimal
import math
import operator
import re
import unicodedata
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import shapely

from app.layer.filter.tree import ARITHMETIC, Call, Day, Interval, Literal, Property, Tree

Span = tuple[float, float]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ORDER: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
ORDER_OF_SPANS: dict[str, Callable[[Span, Span], bool]] = {
    "=": lambda a, b: a[0] <= b[1] and b[0] <= a[1],
    "<>": lambda a, b: a[0] > b[1] or b[0] > a[1],
    "<": lambda a, b: a[1] < b[0],
    "<=": lambda a, b: not a[0] > b[1],
    ">": lambda a, b: a[0] > b[1],
    ">=": lambda a, b: not a[1] < b[0],
}
# The relations of Allen, as OWL-Time defines them: what start (0) and end (1) of one must be to those of the other.
TIMES = {
    "t_after": ["0 > 1"],
    "t_before": ["1 < 0"],
    "t_intersects": ["0 <= 1", "1 >= 0"],
    "t_equals": ["0 = 0", "1 = 1"],
    "t_during": ["0 > 0", "1 < 1"],
    "t_contains": ["0 < 0", "1 > 1"],
    "t_starts": ["0 = 0", "1 < 1"],
    "t_startedby": ["0 = 0", "1 > 1"],
    "t_finishes": ["0 > 0", "1 = 1"],
    "t_finishedby": ["0 < 0", "1 = 1"],
    "t_meets": ["1 = 0"],
    "t_metby": ["0 = 1"],
    "t_overlaps": ["0 < 0", "1 > 0", "1 < 1"],
    "t_overlappedby": ["0 > 0", "0 < 1", "1 > 1"],
}
ARITHMETIC_OF_DECIMALS: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "%": operator.mod,
    "div": operator.floordiv,  # of decimals: towards zero
}
EXACT = decimal.Context(prec=3_000)


def says(tree: Tree, row: Any) -> Any:
    """The value of a tree for a row, whose attributes are the properties; None for what is unknown."""
    match tree:
        case Property(name):
            found = getattr(row, name)
        case Literal(_, value):
            found = value
        case Call(op, args) if op.startswith("t_"):
            found = _times(op, args, row)
        case Call(op, args):
            found = _applied(op, args, [says(arg, row) for arg in args])
        case _:
            found = tree
    return found


def _applied(op: str, args: tuple[Tree, ...], values: list[Any]) -> Any:
    if op in {"and", "or", "not"}:
        found = _logic(op, values)
    elif op == "isnull":
        found = values[0] is None
    elif op == "in":
        found = _logic(
            "or", [_compared("=", (args[0], arg), [values[0], values[at]]) for at, arg in enumerate(args) if at]
        )
    elif op == "between":
        bounds = (">=", args[:2], values[:2]), ("<=", args[::2], values[::2])
        found = _logic("and", [_compared(*bound) for bound in bounds])
    elif op in ORDER:
        found = _compared(op, args, values)
    else:
        found = None if None in values else _of_known(op, values)
    return found


def _logic(op: str, values: list[bool | None]) -> bool | None:
    if op == "not":
        return None if values[0] is None else not values[0]
    decisive = op == "or"
    if decisive in values:
        return decisive
    return None if None in values else not decisive


def _compared(op: str, args: tuple[Tree, ...], values: list[Any]) -> bool | None:
    if any(value is None for value in values):
        return None
    if any(isinstance(value, Day) for value in values):
        return ORDER_OF_SPANS[op](*map(_span_of, values))
    if any(isinstance(arg, Call) and arg.op in ARITHMETIC for arg in args):
        values = list(map(exact, values))
    if any(isinstance(value, UUID) for value in values):
        values = list(map(str, values))
    return ORDER[op](*values)


def _of_known(op: str, values: list[Any]) -> Any:
    match op:
        case "casei":
            return values[0].upper()
        case "accenti":
            apart = unicodedata.normalize("NFD", values[0])
            return unicodedata.normalize("NFC", re.sub("[\u0300-\u036f]", "", apart))
        case "like":
            return bool(re.fullmatch(_pattern(values[1]), values[0], re.DOTALL))
    if op in ARITHMETIC:
        return arithmetic(op, exact(values[0]), exact(values[1]))
    return bool(getattr(shapely, op.removeprefix("s_"))(*values))


def _pattern(like: str) -> str:
    found = re.findall(r"\\.|.", like, re.DOTALL)
    return "".join({"%": ".*", "_": "."}.get(part) or re.escape(part[-1]) for part in found)


def exact(value: Any) -> Decimal:
    """A number as it is written."""
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def arithmetic(op: str, one: Decimal, other: Decimal) -> Decimal | None:
    """Arithmetic of decimals; nothing is divided by zero."""
    if op in {"/", "%", "div"} and not other:
        return None
    with decimal.localcontext(EXACT):
        if op == "^":
            return math.prod([one] * int(other), start=Decimal(1))
        return ARITHMETIC_OF_DECIMALS[op](one, other)


def _times(op: str, args: tuple[Tree, ...], row: Any) -> bool | None:
    one, other = (_span(arg, row) for arg in args)
    if op == "t_disjoint":
        return _logic("not", [_times("t_intersects", args, row)])
    if op == "t_equals" and not any(isinstance(arg, Interval) for arg in args):
        op = "t_intersects"
    met: list[bool | None] = []
    for mine, relation, theirs in map(str.split, TIMES[op]):
        ends = one[int(mine)], other[int(theirs)]
        met.append(None if None in ends else ORDER[relation](*ends))
    return _logic("and", met)


def _span(tree: Tree, row: Any) -> tuple[Any, Any]:
    if isinstance(tree, Interval):
        start = (-math.inf, 0) if tree.start is None else _span_of(says(tree.start, row))
        end = (0, math.inf) if tree.end is None else _span_of(says(tree.end, row))
        return start[0], end[1]
    return _span_of(says(tree, row))


def _span_of(value: Any) -> tuple[Any, Any]:
    match value:
        case None:
            return None, None
        case Day(date() as day):
            start = _micros(datetime.combine(day, time(), UTC))
            return start, start + 86_400_000_000 - 1
    return _micros(value), _micros(value)


def _micros(at: datetime) -> int:
    return (at - EPOCH) // timedelta(microseconds=1)
