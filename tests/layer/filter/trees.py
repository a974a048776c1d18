"""Random filters that make sense for some properties, and how they are written in the two languages."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

import shapely
from hypothesis import strategies as st
from shapely.geometry.base import BaseGeometry

from app.layer.filter import literals
from app.layer.filter.tree import SPANS, SPATIAL, TIMES, Call, Day, Interval, Kind, Literal, Property, Tree

Trees = st.SearchStrategy[Tree]
ORDER = ["=", "<>", "<", "<=", ">", ">="]
MICROS = [timedelta(microseconds=by) for by in (-1, 0, 1)]


class Pools(NamedTuple):
    """What filters are made of: the properties by their kind, and literals near to what these are."""

    names: Mapping[Kind, Sequence[str]]
    words: Sequence[str]
    patterns: Sequence[str]
    numbers: Sequence[float]
    instants: Sequence[datetime]
    days: Sequence[date]
    shapes: Sequence[str]
    ids: Sequence[UUID] = ()

    def of(self, *kinds: Kind) -> Trees:
        """A property of one of these kinds."""
        return _some([name for kind in kinds for name in self.names.get(kind, ())]).map(Property)


class Grammar(NamedTuple):
    """Random filters: predicates by their sort, and conditions that combine them."""

    comparison: Trees
    temporal: Trees
    spatial: Trees
    condition: Trees


def grammar(pools: Pools) -> Grammar:
    """The filters that make sense for these."""
    number, word, moment = _number(pools), _word(pools), _moment(pools)
    reckoned = _reckoned(number)
    shape = pools.of(Kind.GEOMETRY) | _some(pools.shapes).map(literals.of_wkt)
    comparison = st.one_of(
        *_ordered(number, reckoned, word, moment),
        *_texts(pools, word),
        *_keys(pools),
        _call("isnull", st.one_of(number, word, moment, shape, reckoned)),
    )
    spatial = _any_call(sorted(SPATIAL), shape, shape)
    temporal = _temporal(moment)
    truth = pools.of(Kind.BOOLEAN) | st.booleans().map(literals.scalar)
    predicate = st.one_of(comparison, temporal, spatial, truth)
    return Grammar(comparison, temporal, spatial, st.recursive(predicate, _combined, max_leaves=6))


def _some(pool: Sequence[Any]) -> st.SearchStrategy[Any]:
    """One of the pool; by its place, since a strategy that names a large pool takes long to be written out."""
    return st.integers(0, len(pool) - 1).map(lambda place: pool[place]) if pool else st.nothing()


def _call(op: str, *args: Trees) -> Trees:
    return st.tuples(*args).map(lambda read: Call(op, read))


def _any_call(ops: list[str], *args: Trees) -> Trees:
    return st.one_of(*(_call(op, *args) for op in ops))


def _number(pools: Pools) -> Trees:
    return pools.of(Kind.INTEGER, Kind.NUMBER) | _some(pools.numbers).map(literals.number)


def _reckoned(number: Trees) -> Trees:
    divisor = st.sampled_from([2, 4, -8, 0.5, 0]).map(literals.number)
    return st.recursive(
        number,
        lambda inner: st.one_of(
            _any_call(["+", "-", "*"], inner, inner),
            _any_call(["/", "%", "div"], number, divisor),
            _call("^", number, st.integers(0, 3).map(literals.number)),
        ),
        max_leaves=4,
    )


def _word(pools: Pools) -> Trees:
    return pools.of(Kind.STRING) | _some(pools.words).map(literals.scalar)


def _moment(pools: Pools) -> Trees:
    near = [at + by for at in pools.instants for by in MICROS]
    instant = _some(near).map(lambda at: Literal(Kind.INSTANT, at))
    return st.one_of(pools.of(Kind.INSTANT), instant, _some(pools.days).map(Day))


def _ordered(number: Trees, reckoned: Trees, word: Trees, moment: Trees) -> list[Trees]:
    values = (number, reckoned, word, moment)
    return [
        *(_any_call(ORDER, value, value) for value in values),
        *(_call("between", value, value, value) for value in values),
        *(_call("in", value, value, value, value) for value in values),
    ]


def _texts(pools: Pools, word: Trees) -> list[Trees]:
    folded = st.one_of(word, _any_call(["casei", "accenti"], word), _call("casei", _call("accenti", word)))
    pattern = _some(pools.patterns).map(literals.scalar)
    return [
        _any_call(["=", "<>"], folded, folded),
        _call("in", folded, folded, folded, folded),
        _call("like", folded, pattern),
        _call("like", _call("casei", word), _call("casei", pattern)),
    ]


def _keys(pools: Pools) -> list[Trees]:
    own = pools.of(Kind.UUID)
    key = own | _some(pools.ids).map(lambda id: literals.scalar(str(id)))
    return [_any_call(["=", "<>"], own, key), _call("in", own, key, key)]


def _temporal(moment: Trees) -> Trees:
    interval = st.builds(_interval, st.none() | moment, st.none() | moment)
    return st.one_of(
        _any_call(sorted(TIMES), moment | interval, moment | interval),
        _any_call(sorted(SPANS), interval, interval),
        _call("t_during", moment, interval),
        _call("t_contains", interval, moment),
    )


def _interval(start: Any, end: Any) -> Interval:
    first, last = literals.span(start), literals.span(end)
    return Interval(end, start) if first and last and first[0] > last[1] else Interval(start, end)


def _combined(inner: Trees) -> Trees:
    return st.one_of(
        _any_call(["and", "or"], inner, inner),
        _call("and", inner, inner, inner),
        _call("not", inner),
        _call("isnull", inner),
        _any_call(["=", "<>"], inner, inner),
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
