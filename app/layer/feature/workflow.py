"""What a request asks of a collection: read from its query string, or refused with the reason."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from app.core.geo import Datum
from app.core.pages import InvalidCursor, decode, encode
from app.layer.crs.workflow import CRS84, Box, box, crs
from app.layer.filter.workflow import Kind, Language
from app.layer.workflow import DEFAULT_LIMIT, MAX_LIMIT, BadQuery, Collection, When

Word = TypeVar("Word", bound=StrEnum)
MAX_OFFSET = 100_000
FIRST, LAST = datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)
PERIODS = {"coverage": timedelta(days=1), "hot_cells": timedelta(days=30)}
LONGEST = timedelta(days=92)
HOUR = timedelta(hours=1)
BIGGEST = 2**31 - 1
LISTS = frozenset({"properties", "sortby"})
"""Some clients give these several times instead of with commas."""
READ = frozenset({"f", "key"})
"""Read elsewhere: the form of the answer, and the caller's key."""


class Interval(NamedTuple):
    """Two instants; far away where an end is open."""

    begin: datetime
    until: datetime


class Order(NamedTuple):
    """A property to sort by."""

    name: str
    descending: bool


class Asked(NamedTuple):
    """What a request asks for. `after` is where the page before ended: its properties of `order`, and its id. `equal` are properties that must have a value, `filter` is as it was written. `labels` is of a tile."""

    limit: int = DEFAULT_LIMIT
    after: tuple[Any, ...] | None = None
    offset: int = 0
    box: Box | None = None
    interval: Interval | None = None
    srid: int = 0
    datum: Datum = Datum.WGS84
    properties: tuple[str, ...] | None = None
    order: tuple[Order, ...] = ()
    equal: tuple[tuple[str, Any], ...] = ()
    filter: str | None = None
    filter_lang: Language = Language.TEXT
    filter_srid: int = 0
    labels: bool = False

    @property
    def is_first(self) -> bool:
        """Whether it is a list's first page."""
        return self.after is None and self.offset == 0


def asked(collection: Collection, query: Sequence[tuple[str, str]]) -> Asked:
    """What the query string asks of a collection.

    Raises:
        BadQuery: a parameter is unknown, given twice, or not what it should be.
    """
    given = once(query)
    order = tuple(_orders(collection, given.pop("sortby", "") or collection.sorted_by))
    return Asked(
        limit=_limit(given.pop("limit", None)),
        after=_after(collection, order, given.pop("cursor", None)),
        offset=_whole("offset", given.pop("offset", "0"), 0, MAX_OFFSET),
        box=box(given.pop("bbox", None), crs("bbox-crs", given.pop("bbox-crs", CRS84))),
        interval=interval(given.pop("datetime", None)),
        srid=crs("crs", given.pop("crs", CRS84)),
        datum=_one_of(Datum, "datum", given.pop("datum", Datum.WGS84)),
        properties=_listed(collection, given.pop("properties", None)),
        order=order,
        **filtering(given),
        equal=tuple(equal(collection, given)),
    )


def asked_of_one(query: Sequence[tuple[str, str]]) -> Asked:
    """What the query string asks of a single feature: its coordinates."""
    given = once(query)
    found = Asked(
        srid=crs("crs", given.pop("crs", CRS84)), datum=_one_of(Datum, "datum", given.pop("datum", Datum.WGS84))
    )
    nothing_else(given)
    return found


def nothing_else(given: Mapping[str, str]) -> None:
    """Refuse parameters that nobody reads."""
    if given:
        names = ", ".join(sorted(given))
        raise BadQuery(f"Unknown: {names[:200]}.")


def once(query: Sequence[tuple[str, str]]) -> dict[str, str]:
    given: dict[str, str] = {}
    for name, value in query:
        if name in given and name not in LISTS:
            raise BadQuery(f"{name[:80]} is given twice.")
        if "\x00" in value or "\x00" in name:
            raise BadQuery(f"{name[:80]} holds a character that no text has.")
        if name not in READ:
            given[name] = f"{given[name]},{value}" if name in given else value
    return given


def filtering(given: dict[str, str]) -> dict[str, Any]:
    """The filter that is given, taken from there, as parts of `Asked`."""
    return {
        "filter": given.pop("filter", None),
        "filter_lang": _one_of(Language, "filter-lang", given.pop("filter-lang", Language.TEXT)),
        "filter_srid": crs("filter-crs", given.pop("filter-crs", CRS84)),
    }


def _limit(value: str | None) -> int:
    """More than the most is no error by the standard, but means the most."""
    return DEFAULT_LIMIT if value is None else min(_whole("limit", value, 1, None), MAX_LIMIT)


def _whole(name: str, value: str, least: int, most: int | None) -> int:
    digits = value.isascii() and value.isdecimal()
    found = int(value[:18]) if digits else -1
    if found < least or (most is not None and found > most):
        raise BadQuery(f"{name} must be a whole number from {least}{'' if most is None else f' to {most}'}.")
    return found


def _after(collection: Collection, order: tuple[Order, ...], value: str | None) -> tuple[Any, ...] | None:
    """Where the page before ended: made by `cursor` for the same collection and order."""
    kinds = [found.kind for one in order if (found := collection.named(one.name))]

    def kept(kind: Kind) -> Callable[[Any], Any]:
        return lambda part: None if part is None else value_of("cursor", kind, str(part))

    try:
        place = decode(_list_of(collection, order), value, *map(kept, kinds), UUID)
    except InvalidCursor:
        raise BadQuery("cursor is not one that this list gave out.") from None
    return tuple(place) if place else None


def cursor(collection: Collection, order: tuple[Order, ...], last: Sequence[Any]) -> str:
    """The place after a feature, told by its properties of `order` and its id."""
    return encode(_list_of(collection, order), *map(_written, last))


def _written(part: Any) -> Any:
    if isinstance(part, bool):
        return str(part).lower()
    return part.isoformat() if isinstance(part, datetime) else part


def _list_of(collection: Collection, order: tuple[Order, ...]) -> str:
    return ":".join([collection.id, *(f"{'-' if one.descending else ''}{one.name}" for one in order)])


def _one_of(words: type[Word], name: str, value: str) -> Word:
    try:
        return words(value)
    except ValueError:
        raise BadQuery(f"{name} must be one of {', '.join(words)}.") from None


def interval(value: str | None) -> Interval | None:
    """What `datetime` asks for: an instant, or an interval that may be open; a date is its whole day in UTC.

    Raises:
        BadQuery: it is neither.
    """
    if value is None:
        return None
    first, apart, last = value.partition("/")
    begin = _begin(first) if first not in ("", "..") else FIRST
    if not apart:
        last = first
    until = _instant(last)[1] if last not in ("", "..") else LAST
    if begin > until or not value:
        raise BadQuery("datetime must begin before it ends.")
    return Interval(begin, until)


def period(collection: Collection, wanted: Interval | None, now: datetime) -> Interval:
    """The instants that a collection's source looks at: those asked for, else now or what it usually looks back on.

    Of a period these are whole hours, none of them ahead, and no more than the longest.
    """
    if collection.when is not When.PERIOD:
        return wanted or Interval(now, now)
    asked_until = min(wanted.until, now) if wanted else now
    until = _hour(asked_until + HOUR - timedelta(microseconds=1))
    usual = PERIODS[collection.id]
    begin = _hour(wanted.begin) if wanted and wanted.begin > FIRST else until - usual
    return Interval(max(begin, until - LONGEST), until)


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def _begin(text: str) -> datetime:
    return _instant(text)[0]


def _instant(text: str) -> tuple[datetime, datetime]:
    try:
        if "T" not in text.upper():
            day = datetime.combine(date.fromisoformat(text), time(), UTC)
            found = day, day + timedelta(days=1) - timedelta(microseconds=1)
        else:
            at = datetime.fromisoformat(text.upper())
            found = at, at
        if found[0].tzinfo is None:
            raise BadQuery("datetime must be RFC 3339, with its offset.")
        begin, end = (max(FIRST, min(LAST, at.astimezone(UTC))) for at in found)
    except (ValueError, OverflowError):
        raise BadQuery("datetime must be RFC 3339: an instant, a date, or two with a / between them.") from None
    return begin, end


def _listed(collection: Collection, value: str | None) -> tuple[str, ...] | None:
    if value is None:
        return None
    names = tuple(dict.fromkeys(name for name in value.split(",") if name))
    for name in names:
        if collection.named(name) is None:
            raise BadQuery(f"properties: {collection.id} has no {name[:80]}.")
    return names


def _orders(collection: Collection, value: str) -> Iterator[Order]:
    for part in value.split(","):
        if not part:
            continue
        name = part.lstrip("+- ")
        if collection.named(name) is None or len(part) - len(name) > 1:
            raise BadQuery(f"sortby: {collection.id} has no {part[:80]}.")
        yield Order(name, part.startswith("-"))


def equal(collection: Collection, given: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    unknown = {name: value for name, value in given.items() if collection.named(name) is None}
    nothing_else(unknown)
    for name, value in given.items():
        known = collection.named(name)
        assert known is not None, "what is unknown is refused"  # noqa: S101  # a programming error
        yield name, value_of(name, known.kind, value)


def value_of(name: str, kind: Kind, text: str) -> Any:
    """A property's value as it is written in a query.

    Raises:
        BadQuery: it is not of the property's kind.
    """
    try:
        return _VALUES[kind](text)
    except (ValueError, KeyError, OverflowError):
        raise BadQuery(f"{name} is of kind {kind}.") from None


def _small(text: str) -> int:
    found = int(text)
    if abs(found) > BIGGEST:
        raise ValueError
    return found


def _finite(text: str) -> float:
    found = float(text)
    if not math.isfinite(found):
        raise ValueError
    return found


_VALUES: Mapping[Kind, Any] = {
    Kind.STRING: str,
    Kind.INTEGER: _small,
    Kind.NUMBER: _finite,
    Kind.BOOLEAN: {"true": True, "false": False}.__getitem__,
    Kind.INSTANT: _begin,
    Kind.UUID: UUID,
}
