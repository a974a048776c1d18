"""Whether a filter makes sense for a layer: what kind of value each part of it has, and which may meet."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from shapely.geometry.base import BaseGeometry

from app.layer.filter import literals
from app.layer.filter.tree import (
    ARITHMETIC,
    COMPARISON,
    INSIDE,
    LOGIC,
    ORDER,
    POINTWISE,
    SPANS,
    SPATIAL,
    TEMPORAL,
    TEXT,
    Call,
    Day,
    Interval,
    InvalidFilter,
    Kind,
    Literal,
    Property,
    Tree,
    one_of,
    shown,
)

NUMERIC = {Kind.INTEGER, Kind.NUMBER}
ORDERED = NUMERIC | {Kind.STRING, Kind.INSTANT}
EXPONENT = 16
DIGITS = 2_000
"""How long a number may become by arithmetic before the database says that it overflows, or takes its time."""
WIDEST = {Kind.INTEGER: 19, Kind.NUMBER: 325}

Kinds = Mapping[str, Kind]


def kind(tree: Tree, kinds: Kinds) -> Kind:
    """The kind of value this yields; raises where something in it does not fit."""
    match tree:
        case Property(name):
            if name not in kinds:
                raise InvalidFilter(f"There is no property {shown(name)} to filter by; there are {one_of(kinds)}.")
            return kinds[name]
        case Literal(found):
            return found
        case Day():
            return Kind.INSTANT
        case Interval():
            raise InvalidFilter("An interval stands only in functions of time, such as T_DURING.")
        case Call(op):
            return _call(op, tree.args, kinds)


def common(args: Sequence[Tree], kinds: Kinds) -> Kind:
    """The kind in which these are compared; raises if there is none."""
    found = {kind(arg, kinds) for arg in args}
    if Kind.UUID in found and found <= {Kind.UUID, Kind.STRING}:
        for arg in args:
            if kind(arg, kinds) is Kind.STRING:
                uuid(arg)
        return Kind.UUID
    if found <= NUMERIC:
        return Kind.NUMBER
    if len(found) > 1:
        raise InvalidFilter(f"Values of the kinds {one_of(found)} cannot be compared.")
    return found.pop()


def uuid(tree: Tree) -> UUID:
    """The id that a text in the filter names."""
    match tree:
        case Literal(_, str(text)):
            try:
                return UUID(text)
            except ValueError:
                raise InvalidFilter(f"{shown(text)} is not a UUID.") from None
    raise InvalidFilter("A UUID is compared with UUIDs and texts that the filter names, not with what is reckoned.")


def reckoned(tree: Tree) -> bool:
    """Whether this number is the result of arithmetic."""
    return isinstance(tree, Call) and tree.op in ARITHMETIC


def digits(tree: Tree, kinds: Kinds) -> int:
    """How many digits this number may have, before and after its point."""
    match tree:
        case Call(op, (left, right)):
            return _digits_of_call(op, left, right, kinds)
        case Literal(_, int() | float() as value):
            _, found, exponent = Decimal(repr(value)).as_tuple()
            return len(found) + abs(int(exponent))
    return WIDEST[kind(tree, kinds)]


def _call(op: str, args: tuple[Tree, ...], kinds: Kinds) -> Kind:
    if op in ARITHMETIC:
        _expect(op, args, NUMERIC, kinds)
        _arithmetic(op, args, kinds)
        return Kind.NUMBER
    if op in TEXT:
        _expect(op, args, {Kind.STRING}, kinds)
        return Kind.STRING
    if op in LOGIC:
        _expect(op, args, {Kind.BOOLEAN}, kinds)
    elif op in COMPARISON:
        _comparison(op, args, kinds)
    elif op == "like":
        _expect(op, args, {Kind.STRING}, kinds)
        _pattern(args[1])
    elif op in SPATIAL:
        _expect(op, args, {Kind.GEOMETRY}, kinds)
        _spatial(op, args)
    elif op in TEMPORAL:
        _temporal(op, args, kinds)
    else:
        kind(args[0], kinds)
    return Kind.BOOLEAN


def _expect(op: str, args: Sequence[Tree], wanted: set[Kind], kinds: Kinds) -> None:
    for place, arg in enumerate(args, start=1):
        if (found := kind(arg, kinds)) not in wanted:
            raise InvalidFilter(f"{op.upper()} takes {' or '.join(sorted(wanted))}; its argument {place} is {found}.")


def _comparison(op: str, args: Sequence[Tree], kinds: Kinds) -> None:
    found = common(args, kinds)
    if found is Kind.GEOMETRY:
        raise InvalidFilter("Geometries are compared by functions of space, such as S_EQUALS.")
    if op in ORDER and found not in ORDERED:
        raise InvalidFilter(f"Values of the kind {found} have no order; {op.upper()} compares {one_of(ORDERED)}.")


def _pattern(tree: Tree) -> None:
    while isinstance(tree, Call):
        tree = tree.args[0]
    if not isinstance(tree, Literal):
        raise InvalidFilter("LIKE takes a pattern that the filter names, not a property.")
    text = str(tree.value)
    if (len(text) - len(text.rstrip("\\"))) % 2:
        raise InvalidFilter(f"The pattern {shown(text)} ends with a backslash that escapes nothing.")


def _spatial(op: str, args: Sequence[Tree]) -> None:
    for arg in args:
        match arg:
            case Literal(_, BaseGeometry() as shape) if op not in POINTWISE and literals.mixed(shape):
                raise InvalidFilter(f"{op.upper()} takes no collection of geometries that differ in dimension.")


def _temporal(op: str, args: Sequence[Tree], kinds: Kinds) -> None:
    for place, arg in enumerate(args, start=1):
        for end in (arg.start, arg.end) if isinstance(arg, Interval) else (arg,):
            if end is not None and (found := kind(end, kinds)) is not Kind.INSTANT:
                raise InvalidFilter(f"{op.upper()} takes times; its argument {place} has a {found}.")
    spans = [isinstance(arg, Interval) for arg in args]
    outer = {"t_during": [False, True], "t_contains": [True, False]}.get(op)
    if op in SPANS and not all(spans) and not (op in INSIDE and spans == outer):
        raise InvalidFilter(f"{op.upper()} takes intervals.")


def _arithmetic(op: str, args: Sequence[Tree], kinds: Kinds) -> None:
    if op == "^":
        match args[1]:
            case Literal(Kind.INTEGER, int(power)) if abs(power) <= EXPONENT:
                pass
            case _:
                raise InvalidFilter(f"An exponent is a whole number from {-EXPONENT} to {EXPONENT}.")
    if digits(Call(op, tuple(args)), kinds) > DIGITS:
        raise InvalidFilter(f"The result of {op.upper()} may have more than {DIGITS} digits.")


def _digits_of_call(op: str, left: Tree, right: Tree, kinds: Kinds) -> int:
    first, second = digits(left, kinds), digits(right, kinds)
    match op, right:
        case "^", Literal(_, int(power)):
            return first * max(abs(power), 1)
        case "+" | "-", _:
            return max(first, second) + 1
    return first + second
