"""What is asked of the board, and what stands on it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.core.pages import MAX_LIMIT
from app.identity.schemas import Code
from app.overview.board.workflow import Kind

KIND_NAMES = "|".join(kind.name.lower() for kind in Kind)
KIND_LIST = rf"^({KIND_NAMES})(,({KIND_NAMES})){{0,5}}$"
KindName = Literal["incident", "patrol", "position", "sos", "welfare", "void"]
Kinds = Annotated[
    str | None, Query(pattern=KIND_LIST, description="Only these kinds of items.", examples=["incident,sos"])
]
Area = Annotated[
    Code | None,
    Query(description="An area's code: incidents that lie in it, and all else of centres whose ground lies in it."),
]
EXAMPLE = """retry: 3000

id: 7411-0
event: board
data: {"changes":[{"kind":"incident","id":"019ab2f0-…","item":{…}}],"kept":{"incident":["019ab2f0-…"],"patrol":[…]}}

id: 7412-981
event: board
data: {"changes":[{"kind":"incident","id":"019ab2f0-…","item":null},{"kind":"patrol","id":"019ab1c4-…","item":{…}}]}

event: board
data: {"changes":[{"kind":"position","id":"019ab1c4-…","item":{…}}]}

: heartbeat
id: 7415-0
"""


def kinds_of(named: str | None) -> frozenset[Kind]:
    """The kinds that are asked for; all where none is."""
    return frozenset(Kind[name.upper()] for name in named.split(",")) if named else frozenset(Kind)


class Wanted(BaseModel):
    """Which part of the board."""

    model_config = ConfigDict(extra="forbid")

    kinds: Annotated[
        str | None, Field(pattern=KIND_LIST, description="Only these kinds of items.", examples=["incident,sos"])
    ] = None
    area: Annotated[
        Code | None,
        Field(description="An area's code: incidents that lie in it, and all else of centres whose ground does."),
    ] = None
    limit: Annotated[int, Field(ge=1, le=MAX_LIMIT, description="Items on a page.")] = 500
    cursor: Annotated[str | None, Field(max_length=512, description="`next` of the page before.")] = None


class BoardItem(BaseModel):
    """One item: its kind, its id (of a position: the patrol's), and all that is shown of it (docs/stream.md)."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "kind": "position",
                "id": "019ab2f0-0000-7000-8000-000000000001",
                "item": {
                    "patrol": "P-001",
                    "location": {"type": "Point", "coordinates": [118.6051, 32.0051]},
                    "observed_at": "2026-11-23T02:00:00+00:00",
                },
            }
        }
    )

    kind: KindName
    id: UUID
    item: dict[str, Any]


class BoardChange(BoardItem):
    """An item as it is now; null: it is no longer on the reader's board."""

    item: dict[str, Any] | None  # type: ignore[assignment]  # an item may be gone


class BoardPage(BaseModel):
    """Items of a board, and the place of the log from which its stream goes on: of several pages, the first one's."""

    place: Annotated[str, Field(examples=["7411-0"])]
    items: list[BoardItem]
    next: Annotated[str | None, Field(examples=[None])]


class BoardEvent(BaseModel):
    """The `data` of one event. With `kept`, an item that is not in it is no longer on the reader's board."""

    changes: list[BoardChange]
    kept: Annotated[dict[KindName, list[UUID]] | None, Field(description="The ids of all items, by kind.")] = None
