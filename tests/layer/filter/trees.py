"""Random filters that make sense for the table, and how they are written in the two languages."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from app.layer.filter import literals
from app.layer.filter.tree import SPANS, SPATIAL, TIMES, Call, Day, Interval, Kind, Literal, Property, Tree
from tests.layer.filter.table import IDS, NEW_YEAR, ROWS

Trees = st.SearchStrategy[Tree]
WORDS = [*sorted({text for row in ROWS for text in (row.name, row.note) if text}), "", "STRASSE", "Café", "οδος", "zz"]
PATTERNS = ["%", "_%", "%a%", "r__d", "R%", "50\\%%", "%\\_off\\\\", "路_", "caf_%", "CAFE%", "", "%\n%"]
SHAPES = [
    "POINT(1 1)",
    "POINT(4 4)",
    "LINESTRING(0 0,4 4)",
    "LINESTRING(-1 2,9 2)",
    "POLYGON((0 0,4 0,4 4,0 4,0 0))",
    "POLYGON((1 1,3 1,3 3,1 3,1 1))",
    "POLYGON((4 4,8 4,8 8,4 8,4 4),(5 5,6 5,6 6,5 6,5 5))",
    "MULTIPOINT((1 1),(5 5))",
    "MULTIPOLYGON(((0 0,1 0,1 1,0 1,0 0)),((4 0,8 0,8 4,4 0)))",
    "GEOMETRYCOLLECTION(POINT(2 2),POINT(1 1))",
]


def _call(op: str, *args: Trees) -> Trees:
    return st.tuples(*args).map(lambda read: Call(op, read))


def _any_call(ops: list[str], *args: Trees) -> Trees:
    return st.sampled_from(ops).flatmap(lambda op: _call(op, *args))


def _names(*names: str) -> Trees:
    return st.sampled_from(names).map(Property)


ORDER = ["=", "<>", "<", "<=", ">", ">="]
whole = st.integers(-5, 1001).map(literals.number)
fraction = st.integers(-64, 900).map(lambda eighths: literals.number(eighths / 8))
divisor = st.sampled_from([2, 4, -8, 0.5, 0]).map(literals.number)
number = st.one_of(_names("count", "size", "price"), whole, fraction)
reckoned = st.recursive(
    number,
    lambda inner: st.one_of(
        _any_call(["+", "-", "*"], inner, inner),
        _any_call(["/", "%", "div"], number, divisor),
        _call("^", number, st.integers(0, 3).map(literals.number)),
    ),
    max_leaves=4,
)
word = st.one_of(_names("name", "note"), st.sampled_from(WORDS).map(literals.scalar))
folded = st.one_of(word, _any_call(["casei", "accenti"], word), _call("casei", _call("accenti", word)))
pattern = st.sampled_from(PATTERNS).map(literals.scalar)
instant = st.builds(
    lambda hours, micros: Literal(Kind.INSTANT, NEW_YEAR.astimezone(UTC) + timedelta(hours=hours, microseconds=micros)),
    st.integers(-30, 60),
    st.integers(-1, 1),
)
day = st.integers(-1, 3).map(lambda days: Day((NEW_YEAR + timedelta(days=days)).date()))
moment = st.one_of(_names("seen", "gone"), instant, day)


def _interval(start: Any, end: Any) -> Interval:
    first, last = literals.span(start), literals.span(end)
    return Interval(end, start) if first and last and first[0] > last[1] else Interval(start, end)


interval = st.builds(_interval, st.none() | moment, st.none() | moment)
shape = _names("place") | st.sampled_from(SHAPES).map(literals.of_wkt)
key = _names("key") | st.sampled_from(IDS).map(lambda id: literals.scalar(str(id)))

comparison = st.one_of(
    _any_call(ORDER, number, number),
    _any_call(ORDER, reckoned, reckoned),
    _any_call(ORDER, word, word),
    _any_call(["=", "<>"], folded, folded),
    _any_call(["=", "<>"], _names("key"), key),
    _any_call(ORDER, moment, moment),
    *(_call("between", value, value, value) for value in (number, reckoned, word, moment)),
    *(_call("in", value, value, value, value) for value in (number, reckoned, folded, moment)),
    _call("in", _names("key"), key, key),
    _call("like", folded, pattern),
    _call("like", _call("casei", word), _call("casei", pattern)),
    _call("isnull", st.one_of(number, word, moment, shape, reckoned)),
)
temporal = st.one_of(
    _any_call(sorted(TIMES), moment | interval, moment | interval),
    _any_call(sorted(SPANS), interval, interval),
    _call("t_during", moment, interval),
    _call("t_contains", interval, moment),
)
spatial = _any_call(sorted(SPATIAL), shape, shape)
predicate = st.one_of(comparison, temporal, spatial, _names("open"), st.booleans().map(literals.scalar))
condition = st.recursive(
    predicate,
    lambda inner: st.one_of(
        _any_call(["and", "or"], inner, inner),
        _call("and", inner, inner, inner),
        _call("not", inner),
        _call("isnull", inner),
        _any_call(["=", "<>"], inner, inner),
    ),
    max_leaves=6,
)


def as_json(tree: Tree) -> Any:
    """A tree as cql2-json."""
    written: Any
    match tree:
        case Property(name):
            written = {"property": name}
        case Literal(_, value):
            written = _literal(value)
        case Day(value):
            written = {"date": value.isoformat()}
        case Interval(start, end):
            written = {"interval": [".." if part is None else _end(part) for part in (start, end)]}
        case Call("in", (first, *others)):
            written = {"op": "in", "args": [as_json(first), [as_json(other) for other in others]]}
        case Call(op, args):
            written = {"op": op, "args": [as_json(arg) for arg in args]}
    return written


def _literal(value: Any) -> Any:
    match value:
        case datetime():
            return {"timestamp": value.isoformat()}
        case BaseGeometry():
            return json.loads(shapely.to_geojson(value))
    return value


def _end(part: Tree) -> Any:
    written = as_json(part)
    return written if isinstance(part, Property) else next(iter(written.values()))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def as_text(tree: Tree) -> str:
    """A tree as cql2-text."""
    match tree:
        case Property(name):
            written = f'"{name}"'
        case Literal(Kind.STRING, value):
            written = _quoted(str(value))
        case Literal(Kind.INSTANT) | Day():
            ((name, value),) = as_json(tree).items()
            written = f"{name.upper()}({_quoted(value)})"
        case Literal(_, value):
            written = str(value)
        case Interval(start, end):
            written = f"INTERVAL({_text_end(start)},{_text_end(end)})"
        case Call(op, args):
            write = WRITTEN.get(op, _infix if len(op) <= len("div") else _function)
            written = write(op, [_operand(arg) for arg in args])
    return written


def _text_end(part: Tree | None) -> str:
    match part:
        case None:
            return "'..'"
        case Property():
            return as_text(part)
    return _quoted(_end(part))


def _operand(tree: Tree) -> str:
    infix = isinstance(tree, Call) and (tree.op in WRITTEN or len(tree.op) <= len("div"))
    return f"({as_text(tree)})" if infix else as_text(tree)


def _infix(op: str, args: list[str]) -> str:
    return f" {op} ".join(args)


def _function(op: str, args: list[str]) -> str:
    return f"{op.upper()}({', '.join(args)})"


WRITTEN: dict[str, Callable[[str, list[str]], str]] = {
    "not": lambda _, args: f"NOT {args[0]}",
    "isnull": lambda _, args: f"{args[0]} IS NULL",
    "between": lambda _, args: f"{args[0]} BETWEEN {args[1]} AND {args[2]}",
    "in": lambda _, args: f"{args[0]} IN ({', '.join(args[1:])})",
    "like": _infix,
}
