"""What enters and leaves about editions of any kind: what a centre publishes, and how far it is."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from app.agency.schemas import Given, Kept, Text
from app.core.time import Instant
from app.identity.schemas import Code
from app.policy.workflow import EditionAction, EditionState

Name = Annotated[Text, Field(examples=["浦口区联勤规则 2026"])]
NameEn = Annotated[Text, Field(examples=["Pukou joint patrol rules of 2026"])]


class EditionIn(Given):
    """A draft of a centre's next edition."""

    id: UUID | None = None
    centre: Annotated[Code, Field(description="The centre it is for, and all below that have none of their own.")]
    name: Name
    name_en: NameEn


class EditionPatch(Given):
    """What of a draft may change; what is left out stays."""

    name: Name | None = None
    name_en: NameEn | None = None


class EditionOut(Kept):
    """An edition. It holds from `published_at` until `ended_at`, and stays on record for ever."""

    centre: str
    centre_id: UUID
    edition: Annotated[int, Field(description="From 1, by centre.", examples=[3])]
    name: Name
    name_en: NameEn
    state: EditionState
    published_at: Instant | None
    published_by: Annotated[str | None, Field(description="Username.", examples=["district.leader"])]
    ended_at: Instant | None
    ended_by: Annotated[str | None, Field(description="Username.", examples=[None])]
    allowed_actions: Annotated[list[EditionAction], Field(description="What this caller may do now.")]
