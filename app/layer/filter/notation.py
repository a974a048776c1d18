"""How the text of a filter becomes one JSON value: within limits that are checked before a parser sees it.

The parser of the text is a library that recurses without bound and tries brackets twice a level, so that sixty
characters can occupy it for ever and sixteen thousand end the process. It is therefore handed the skeleton only: every
literal, name and geometry is held back under a number, and so is what stands between brackets, read on its own before.
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import cql2

from app.layer.filter.tree import SPATIAL, TEMPORAL, TEXT, InvalidFilter, sendable, shown

LONGEST = 65_536
BRACKETS = 48
MARKS = 800
"""Words, literals and operators in one text."""

CONTEXT = 40
"""Characters that an error repeats of what stands before it."""

KEYWORDS = {"and", "or", "not", "in", "like", "between", "is", "null", "true", "false", "div"}
FUNCTIONS = SPATIAL | TEMPORAL | TEXT | {"date", "timestamp", "interval", "bbox"}

_TOKEN = re.compile(
    r"""(?P<string>'(?:[^']|'')*+')
    | (?P<name>"(?:[^"]|"")*+")
    | (?P<shape>(?:(?:MULTI)?(?:POINT|LINESTRING|POLYGON)|GEOMETRYCOLLECTION)\s*+(?:ZM|Z|M)?+\s*+\()
    | (?P<number>(?:[0-9]++\.?[0-9]*+|\.[0-9]++)(?:E[+-]?[0-9]++)?)
    | (?P<word>[^\W0-9][\w.:]*+)(?P<called>(?=\s*+\())?
    | (?P<space>\s++)
    | (?P<mark>.)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_BRACKET = re.compile(r"[()]")
_JSON_BRACKET = re.compile(r"""("(?:[^"\\]|\\.)*+"?)|[\[{]|[\]}]""", re.DOTALL)
_HELD = re.compile(r'\s*"(\d+)"\s*')
_PLACE = re.compile(r"--> 1:(\d+)")
_EXACT_DIGITS = 19


@dataclass(frozen=True, slots=True)
class Wkt:
    """A geometry as it was written."""

    text: str


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a property."""

    text: str

    def __str__(self) -> str:
        return self.text


@dataclass(slots=True)
class Written:
    """A filter as JSON, in which a property that is named in `held` stands for what is held back there."""

    value: Any = None
    held: dict[str, Any] = field(default_factory=dict)


def of_json(text: str) -> Written:
    """Read cql2-json."""
    _readable(text)
    depth = 0
    for found in _JSON_BRACKET.finditer(text):
        if found[1] is None:
            depth = _deeper(depth) if found[0] in "[{" else depth - 1
    try:
        return Written(json.loads(text, parse_constant=_no_number))
    except ValueError as error:
        raise InvalidFilter(f"The filter is not JSON: {error}.") from error


def of_text(text: str) -> Written:
    """Read cql2-text."""
    _readable(text)
    return _Scan(text).written()


def _readable(text: str) -> None:
    if len(text) > LONGEST:
        raise InvalidFilter(f"The filter has {len(text)} characters; {LONGEST} are allowed.")
    sendable(text)


def _deeper(depth: int) -> int:
    if depth >= BRACKETS:
        raise InvalidFilter(f"The filter is nested too deeply: {BRACKETS} open brackets are allowed.")
    return depth + 1


def _no_number(name: str) -> NoReturn:
    raise InvalidFilter(f"{name} is not a number to filter by.")


@dataclass(slots=True)
class _Frame:
    """What stands in one pair of brackets, so far."""

    call: bool
    parts: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)

    def last(self) -> str:
        """What stands last in it, spaces aside."""
        return next((part.strip() for part in reversed(self.parts) if part != " "), "")


class _Scan:
    """One pass over a text, which holds back what the parser need not see."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.marks = 0
        self.result = Written()
        self.sources: dict[str, str] = {}
        self.stack = [_Frame(call=True)]

    def written(self) -> Written:
        """The whole text."""
        while found := _TOKEN.match(self.text, self.at):
            self.at = found.end()
            self.marks += found["space"] is None and found[0] not in "(),"
            if self.marks > MARKS:
                raise InvalidFilter(f"The filter is too long: {MARKS} words, values and operators are allowed.")
            self.take(found)
        if len(self.stack) > 1:
            raise InvalidFilter("A bracket is opened and not closed.")
        self.result.value = self.parsed("".join(self.stack[0].parts))
        return self.result

    def take(self, found: re.Match[str]) -> None:
        """Put one token into the skeleton."""
        token = found[0]
        match found.lastgroup:
            case "string":
                self.add(token[1:-1].replace("''", "'"), token)
            case "name":
                self.add(Name(token[1:-1].replace('""', '"')), token)
            case "number":
                self.add(_number(token), token)
            case "shape":
                self.shape(token)
            case "word" | "called":
                self.word(token, called=found["called"] is not None)
            case "space":
                self.stack[-1].parts.append(" ")
            case _:
                self.mark(token)

    def add(self, value: Any, source: str) -> None:
        """Hold a value back."""
        self.stack[-1].parts.append(self.hold(value, source))

    def hold(self, value: Any, source: str) -> str:
        """The name under which a value is held back."""
        number = str(len(self.sources))
        self.result.held[number], self.sources[number] = value, source
        return f' "{number}" '

    def word(self, word: str, *, called: bool) -> None:
        """Operators and functions stay; all else is a property."""
        name = word.lower()
        if name in KEYWORDS or (called and name in FUNCTIONS):
            self.stack[-1].parts.append(f" {name} ")
        elif called:
            raise InvalidFilter(f"There is no function {shown(word)}.")
        else:
            self.add(Name(word), word)

    def mark(self, mark: str) -> None:
        """Brackets are followed, a plus sign before a value is dropped; the rest is for the parser to judge."""
        frame = self.stack[-1]
        if mark == "(":
            _deeper(len(self.stack))
            self.stack.append(_Frame(call=frame.last() in FUNCTIONS))
        elif mark == ")":
            self.close()
        elif mark == "," and not frame.call:
            self.item(frame)
        elif mark in "'\"":
            raise InvalidFilter(f"The quotation mark before {shown(self.text[self.at :])} is not closed.")
        elif mark != "+" or frame.last()[-1:] in {'"', ")"}:
            frame.parts.append(mark)

    def close(self) -> None:
        """Put what stood in brackets into what stands around them."""
        if len(self.stack) == 1:
            raise InvalidFilter("A bracket is closed that was not opened.")
        frame = self.stack.pop()
        if not frame.call:
            self.item(frame)
        inner = "".join(frame.parts) if frame.call else ",".join(frame.items)
        self.stack[-1].parts.append(f"({inner})")

    def item(self, frame: _Frame) -> None:
        """Read what stands between brackets and commas on its own."""
        text = "".join(frame.parts)
        frame.items.append(text if _HELD.fullmatch(text) else self.hold(self.parsed(text), f"({self.restored(text)})"))
        frame.parts.clear()

    def shape(self, opening: str) -> None:
        """Hold a geometry back, up to the bracket that closes it."""
        start, depth = self.at - len(opening), 1
        for bracket in _BRACKET.finditer(self.text, self.at):
            depth = _deeper(depth) if bracket[0] == "(" else depth - 1
            if depth == 0:
                self.at = bracket.end()
                written = self.text[start : self.at]
                return self.add(Wkt(written), written)
        raise InvalidFilter(f"A bracket is not closed in {shown(self.text[start:])}.")

    def parsed(self, skeleton: str) -> Any:
        """What the parser says."""
        if not skeleton.strip():
            raise InvalidFilter("There is nothing in the filter, or in brackets or between commas of it.")
        try:
            return cql2.parse_text(skeleton).to_json()
        except cql2.ParseError as error:
            place = _PLACE.search(str(error))
            at = int(place[1]) - 1 if place else 0
            if after := self.restored(skeleton[at:]):
                raise InvalidFilter(f"The filter is not understood at {shown(after)}.") from error
            before = self.restored(skeleton)[-CONTEXT:]
            raise InvalidFilter(f"Something is missing in the filter after {shown(before)}.") from error

    def restored(self, skeleton: str) -> str:
        """A piece of the skeleton as it was written."""
        return _HELD.sub(lambda held: f" {self.sources[held[1]]} ", skeleton).strip()


def _number(token: str) -> int | float:
    return int(token) if token.isdigit() and len(token) <= _EXACT_DIGITS else float(token)
