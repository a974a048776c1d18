"""How a ticket is read: the paths of a mapping followed in what came, what has changed since, and when it is read again."""

import hashlib
from collections.abc import Mapping as Dict
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import orjson

LONGEST_NUMBER = 100
DEEPEST, LARGEST = 32, 2**63
LONGEST = 4000
FIRST_PAUSE, LONGEST_PAUSE, LONGER_BY = timedelta(minutes=1), timedelta(days=1), 4
"""Between two tries by the clock: 1, 4, 16, 64 minutes, … a day."""
MOST_TRIES = 16
"""After these, some eleven days, a ticket waits for a person or a better mapping."""
LABELS = {"title": "标题", "description": "内容", "category": "类别", "place": "位置", "occurred_at": "发生时间"}


class TicketState(StrEnum):
    """An incident was filed for it, or it could not be read and waits."""

    FILED = "filed"
    QUARANTINED = "quarantined"


class Unread(ValueError):
    """A ticket cannot be read; the message says which field and why, and nothing of what the field holds."""


class NotYet(Unread):
    """A ticket was read, but what it needs is not there yet: that can pass."""


def clean(said: Any, depth: int = 0) -> Any:
    """What came, as a column and a hash can take it: no NUL, no half characters, no endless numbers or depths."""
    if depth > DEEPEST:
        return None
    if isinstance(said, str):
        return said.replace("\x00", "\ufffd").encode(errors="replace").decode()
    if isinstance(said, dict):
        return {clean(str(name)): clean(part, depth + 1) for name, part in said.items()}
    if isinstance(said, list):
        return [clean(part, depth + 1) for part in said]
    if isinstance(said, int | float) and not isinstance(said, bool) and not -LARGEST < said < LARGEST:
        return None
    return said


def at(item: Any, path: str) -> Any:
    """What stands at a path (`person.phones.0`); nothing where the way ends."""
    for part in path.split("."):
        if isinstance(item, dict):
            item = item.get(part)
        elif isinstance(item, list) and part.isdecimal() and len(part) < 4 and int(part) < len(item):  # noqa: PLR2004  # a list of thousands is no ticket
            item = item[int(part)]
        else:
            return None
    return item


def text_at(item: Any, path: str | None, longest: int = LONGEST) -> str | None:
    """The words at a path; a number is read as its digits."""
    found = None if path is None else at(item, path)
    if found is None or isinstance(found, bool) or not isinstance(found, str | int | float):
        return None
    return str(found).strip()[:longest] or None


def number_of(item: Any, path: str) -> str:
    """The channel's number of a ticket; one that has none is called by what it says, so that it is not lost."""
    found = text_at(item, path, LONGEST_NUMBER + 1)
    if found is None or len(found) > LONGEST_NUMBER:
        return f"?{sha256(item).hex()[:32]}"
    return found


def words_at(item: Any, paths: Sequence[str]) -> str:
    """The words at some paths, one below the other.

    Raises:
        Unread: there are none.
    """
    found = [said for path in paths if (said := text_at(item, path))]
    if not found:
        message = f"{paths[0]}: there is no description."
        raise Unread(message)
    return "\n".join(found)[:LONGEST]


def degrees_at(item: Any, path: str, most: float) -> float:
    """A longitude or latitude.

    Raises:
        Unread: it is none.
    """
    try:
        found = float(text_at(item, path) or "")
    except ValueError:
        found = most + 1
    if not -most <= found <= most:
        message = f"{path}: is not a coordinate in degrees."
        raise Unread(message)
    return found


def instant_at(item: Any, path: str | None, zone: str) -> datetime | None:
    """An instant, in the channel's time zone where it says none itself.

    Raises:
        Unread: it is none.
    """
    said = text_at(item, path)
    if said is None:
        return None
    try:
        found = datetime.fromisoformat(said)
        zoned = found if found.tzinfo else found.replace(tzinfo=ZoneInfo(zone))
        if 1900 < zoned.year < 9000:  # noqa: PLR2004  # beyond, columns and zones end
            return zoned
    except (ValueError, OverflowError):
        pass
    message = f"{path}: is not a date and time."
    raise Unread(message)


def sha256(item: Any) -> bytes:
    """What tells a ticket that has changed from one that came again."""
    return hashlib.sha256(orjson.dumps(item, option=orjson.OPT_SORT_KEYS)).digest()


def changes(before: Dict[str, Any], after: Dict[str, Any]) -> str:
    """What a ticket says otherwise than before, for those who handle it."""
    lines = [f"{LABELS[name]}：{after[name]}" for name in LABELS if after.get(name) not in (None, before.get(name))]
    return "\n".join(lines)
