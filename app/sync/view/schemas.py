"""What a phone is given, and what it is told of what has changed."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from app.sync.view.workflow import Change, Kind

ID = "019ab2f0-0000-7000-8000-000000000041"
TOKEN = "AQGasvAAAHAAgAAAAAAAAEAAAAAAAAAc8wAAAAAAAAAA"  # noqa: S105  # an example
FEED = "7411-0"
Documents = dict[Kind, dict[UUID, dict[str, Any]]]
Token = Annotated[str, Field(description="Ask with it for what has changed since.", examples=[TOKEN])]
Feed = Annotated[
    str, Field(description="The place in the log: the `Last-Event-ID` of a stream from here.", examples=[FEED])
]


class BundleOut(BaseModel):
    """Everything a phone needs for a shift without a network: documents by kind and id."""

    token: Token
    feed: Feed
    documents: Annotated[
        Documents,
        Field(examples=[{"me": {ID: {"username": "patrol1.leader"}}, "incident": {ID: {"status": "handling"}}}]),
    ]


class ChangeOut(BaseModel):
    """A document to take in place of the one that is held, or (`deleted`, `lost`) one to give up."""

    kind: Kind
    id: UUID
    change: Change
    document: Annotated[dict[str, Any] | None, Field(examples=[{"status": "handling"}])] = None


class ChangesOut(BaseModel):
    """A page of changes. While there is `more`, ask at once with the new token."""

    token: Token
    feed: Feed
    more: bool
    changes: list[ChangeOut]
