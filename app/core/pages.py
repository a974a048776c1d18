"""How lists are cut: keyset pages with an opaque cursor that belongs to one list."""

import base64
import binascii
from collections.abc import Callable
from typing import Annotated, Any, Generic, TypeVar

import orjson
from fastapi import Query
from pydantic import BaseModel

from app.core.problems import Problem

T = TypeVar("T")
MAX_LIMIT = 1000
DEFAULT_LIMIT = 100


class InvalidCursor(Problem):
    """The cursor is not one this list gave out."""

    status = 422


class Page(BaseModel, Generic[T]):
    """Some items of a list, and the cursor of the next ones: null at the end. There is no count."""

    items: list[T]
    next: str | None = None


Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="Items on a page.")]
Cursor = Annotated[str | None, Query(max_length=512, description="`next` of the page before.")]


def encode(name: str, *key: Any) -> str:
    """The cursor after the row with this sort key, for the list of that name."""
    return base64.urlsafe_b64encode(orjson.dumps([name, *key], default=str)).decode().rstrip("=")


def decode(name: str, cursor: str | None, *kinds: Callable[[Any], Any]) -> list[Any] | None:
    """The sort key in a cursor of this list, each part made by its kind (`UUID`, …); `None` for the first page.

    Raises:
        InvalidCursor: it is damaged, or of another list.
    """
    if cursor is None:
        return None
    try:
        found_name, *key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        parts = [kind(part) for kind, part in zip(kinds, key, strict=True)]
    except (binascii.Error, ValueError, TypeError, AttributeError):
        raise InvalidCursor from None
    if found_name != name:
        raise InvalidCursor
    return parts


def page_of(name: str, rows: list[T], limit: int, *keys: str) -> Page[T]:
    """The page of rows read with `limit + 1`: the extra row only says that there is more."""
    if len(rows) <= limit:
        return Page(items=rows, next=None)
    last = rows[limit - 1]
    return Page(items=rows[:limit], next=encode(name, *(getattr(last, key) for key in keys)))
