"""What enters and leaves about feeds: what a channel's fields mean, and what became of its tickets."""

from typing import Annotated, Any, Literal
from uuid import UUID
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.agency.schemas import Given, Kept, Text
from app.core.geo import Datum
from app.core.time import Instant
from app.identity.schemas import Code

ZONES = available_timezones()


def _zone(name: str) -> str:
    if name not in ZONES:
        message = f"There is no time zone {name}."
        raise ValueError(message)
    return name


Way = Annotated[str, Field(pattern=r"^[^.\x00]{1,64}(\.[^.\x00]{1,64}){0,7}$", examples=["ticket.no"])]
FeedCode = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$", examples=["hotline12345"])]
Theirs = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
MAPPING: dict[str, Any] = {
    "number": "orderNo",
    "title": "title",
    "description": ["content", "demand"],
    "category": "type.code",
    "categories": {"0203": "E0406"},
    "lon": "lng",
    "lat": "lat",
    "datum": "gcj02",
    "occurred_at": "createTime",
    "reporter_name": "caller.name",
    "reporter_phone": "caller.phone",
}


class FieldMapping(Given):
    """What a channel's fields mean: for each of ours the way to theirs, with dots; and their words for ours."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": MAPPING})

    number: Way
    title: Way | None = None
    description: Annotated[list[Way], Field(min_length=1, max_length=10)]
    category: Way | None = None
    categories: dict[Theirs, Code] = Field(default_factory=dict, max_length=2000, description="Theirs to our codes.")
    lon: Way
    lat: Way
    datum: Datum = Datum.WGS84
    occurred_at: Way | None = None
    time_zone: Annotated[str, AfterValidator(_zone), Field(description="Of times that say none.")] = "Asia/Shanghai"
    priority: Way | None = None
    priorities: dict[Theirs, Annotated[int, Field(ge=1, le=4)]] = Field(default_factory=dict, max_length=50)
    reporter_name: Way | None = None
    reporter_phone: Way | None = None


class FeedIn(Given):
    """A new feed: its account reports as that channel."""

    id: UUID | None = None
    code: FeedCode
    name: Annotated[Text, Field(examples=["12345 热线"])]
    centre: Annotated[Code, Field(description="The centre that keeps it.")]
    account: Annotated[str, Field(min_length=1, max_length=100, description="Username of the channel.")]
    mapping: FieldMapping


class FeedPatch(Given):
    """What a feed's fields mean from now on."""

    mapping: FieldMapping


class FeedOut(Kept):
    """A feed, and how many of its tickets wait in quarantine."""

    code: FeedCode
    name: Annotated[str, Field(examples=["12345 热线"])]
    centre: Annotated[str, Field(examples=["320111"])]
    account: Annotated[str, Field(examples=["hotline"])]
    mapping: FieldMapping
    quarantined: Annotated[int, Field(examples=[0])]


class TicketsIn(Given):
    """Tickets as the channel has them; what their fields mean says the feed's mapping."""

    tickets: Annotated[
        list[dict[str, Any]],
        Field(
            min_length=1, max_length=500, examples=[[{"orderNo": "T-1", "content": "占道", "lng": 118.6, "lat": 32}]]
        ),
    ]


class Taken(BaseModel):
    """What became of one ticket. `known`: it came again; `updated`: it said something new, which is noted."""

    number: Annotated[str, Field(examples=["T-1"])]
    result: Literal["filed", "known", "updated", "quarantined", "refused"]
    incident_id: UUID | None
    incident_number: Annotated[str | None, Field(examples=["320111001-2026-000123"])]
    reason: Annotated[str | None, Field(examples=[None])] = None
    unmapped: Annotated[str | None, Field(examples=[None], description="Their category that we have none for.")] = None


class TakenOut(BaseModel):
    """What became of the tickets, in their order."""

    results: list[Taken]


class TicketOut(BaseModel):
    """How far a ticket is: as much as the channel may tell the person who called."""

    number: Annotated[str, Field(examples=["T-1"])]
    state: Literal["quarantined", "open", "closed"]
    incident_id: UUID | None
    incident_number: Annotated[str | None, Field(examples=["320111001-2026-000123"])]
    received_at: Instant
    closed_at: Instant | None
    told: Annotated[str | None, Field(description="What the centre says to the public.", examples=["已清理。"])]


class QuarantinedOut(BaseModel):
    """A ticket that could not be read: why, not what it says."""

    number: Annotated[str, Field(examples=["T-1"])]
    reason: Annotated[str, Field(examples=["lng: is not a coordinate in degrees."])]
    tries: Annotated[int, Field(examples=[1])]
    next_try_at: Annotated[
        Instant | None,
        Field(description="When it is read again of itself; null: by a person, or when the mapping changes."),
    ]
    at: Instant


class UnmappedOut(BaseModel):
    """A category of theirs that the mapping has none of ours for; such tickets are filed without one."""

    category: Annotated[str, Field(examples=["0999"])]
    tickets: Annotated[int, Field(examples=[3])]
