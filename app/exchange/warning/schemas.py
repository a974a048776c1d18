"""What enters and leaves about warnings, beside CAP itself."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field

from app.agency.schemas import PLAIN, Given, Kept, Text
from app.core.time import Instant
from app.exchange.warning.workflow import CapStatus, Category, Certainty, MsgType, Severity, State, Urgency
from app.identity.schemas import Code

Words = Annotated[str, Field(min_length=1, max_length=2000, pattern=PLAIN)]
EXAMPLE: dict[str, Any] = {
    "centre": "320111",
    "areas": ["320111001"],
    "category": ["Met"],
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
    "event": "暴雨",
    "event_en": "Rainstorm",
    "headline": "今晚有暴雨，请勿涉水",
    "headline_en": "Heavy rain tonight: do not wade",
    "description": "三小时降水量将达 50 毫米以上。",
    "description_en": "More than 50 mm within three hours.",
    "expires_at": "2026-11-24T02:00:00.000Z",
}


class WarningIn(Given):
    """What a centre warns of, in Chinese and English, and where: areas of its own ground, with everything below."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    id: UUID | None = None
    centre: Code
    areas: Annotated[list[Code], Field(min_length=1, max_length=50)]
    exercise: Annotated[bool, Field(description="演练: it says so, and nobody is in danger.")] = False
    category: Annotated[list[Category], Field(min_length=1, max_length=12)]
    urgency: Urgency
    severity: Severity
    certainty: Certainty
    event: Text
    event_en: Text
    headline: Annotated[str, Field(min_length=1, max_length=160, pattern=PLAIN)]
    headline_en: Annotated[str, Field(min_length=1, max_length=160, pattern=PLAIN)]
    description: Words
    description_en: Words
    instruction: Words | None = None
    instruction_en: Words | None = None
    expires_at: Instant


class WarningPatch(Given):
    """Why a warning is called off, in both languages."""

    reason: Annotated[Words, Field(examples=["险情已解除。"])]
    reason_en: Annotated[Words, Field(examples=["The danger is over."])]


INFO: dict[str, Any] = {
    "language": "zh-CN",
    "category": ["Met"],
    "event": "暴雨",
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
    "headline": "今晚有暴雨，请勿涉水",
    "areas": ["江浦街道"],
}


class WarningOut(Kept):
    """A warning: our own (`out`) or one of others (`in`)."""

    direction: Literal["out", "in"]
    state: State
    status: CapStatus
    msg_type: MsgType
    centre: Annotated[str | None, Field(description="Code of the centre whose own it is.", examples=["320111"])]
    sender: Annotated[str | None, Field(examples=["320111@lianqin"])]
    identifier: Annotated[str | None, Field(examples=["lianqin-019ab2f0-0000-7000-8000-000000000001"])]
    sent: Instant | None
    expires_at: Instant | None
    centres: Annotated[list[str], Field(description="Codes of the centres that it concerns.", examples=[["320111"]])]
    infos: Annotated[list[dict[str, Any]], Field(description="The info blocks, as CAP names them.", examples=[[INFO]])]
