"""What blowing a whistle says, and what comes back."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from app.agency.workflow import Part
from app.command.intake.schemas import Short, Text
from app.command.record.schemas import IncidentInShort
from app.core.geo import Datum, Point
from app.core.schemas import Strict
from app.core.time import Instant
from app.linkage.schemas import DepartmentShown, SummonsShown, WhistleShown
from app.linkage.workflow import WhistleAction, WhistleKind

MOST = 30
CALL: dict[str, Any] = {"department": "fire_rescue", "role": "assist", "required": True}


def called(given: object) -> object:
    """A department given by its code alone as the call it stands for."""
    return {"department": given} if isinstance(given, str) else given


class CalledIn(BaseModel):
    """A department to call, or only its code: it assists, and the incident is not finished without it."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": CALL})

    department: Short
    role: Part = Part.ASSIST
    required: bool = True


One = Annotated[CalledIn, BeforeValidator(called, json_schema_input_type=Short | CalledIn)]
Departments = Annotated[list[One], Field(max_length=MOST)]


class _Calls(BaseModel):
    """Departments, each once, at most one of them to lead."""

    model_config = ConfigDict(extra="forbid")

    departments: Departments = []

    @model_validator(mode="after")
    def _each_once_and_one_leads(self) -> "_Calls":
        codes = [one.department for one in self.departments]
        if len(set(codes)) < len(codes):
            raise ValueError("A department is called once.")
        if sum(one.role is Part.LEAD for one in self.departments) > 1:
            raise ValueError("One department leads.")
        return self


class WhistleIn(_Calls):
    """A whistle. Without `departments` those that are competent are called; without `place` to where the incident is.

    `arrive_by` is when they are to be there; for an emergency 30 minutes from now if it is not given.
    """

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"kind": "emergency", "departments": ["fire_rescue", CALL]}}
    )

    id: UUID | None = None
    kind: WhistleKind
    place: Point | None = None
    datum: Datum = Datum.WGS84
    arrive_by: Instant | None = None
    note: Text | None = None


class WhistleTransitionIn(_Calls):
    """`call` calls further departments; `close` ends the whistle once every department was released."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"action": "call", "departments": ["transport"]}}
    )

    action: Annotated[WhistleAction, Field(examples=["call", "close"])]
    note: Text | None = None

    @model_validator(mode="after")
    def _names_whom_to_call(self) -> "WhistleTransitionIn":
        if self.action is WhistleAction.BLOW:
            raise ValueError("A whistle is blown by POST /v1/incidents/{id}/whistles.")
        if (self.action is WhistleAction.CALL) != bool(self.departments):
            raise ValueError("`call` names departments, `close` does not.")
        return self


class WhistleOut(WhistleShown):
    """A whistle with the summons it called, and where its incident stands."""

    summons: list[SummonsShown]
    incident: IncidentInShort


class WhistlesOut(Strict):
    """The whistles of an incident, the oldest first, each with its summons; with those who were called without one."""

    items: list[WhistleShown]
    summons: list[SummonsShown]


class ProposedOut(Strict):
    """A department to call, in which part, and why: by a routing `rule`, or by its competence in an area.

    `line`: `territorial` (块) for a department of the commanding centre's own ground, `functional` (条) for one above;
    `instead_of` names the one above whose local branch this is.
    """

    department: DepartmentShown
    role: Part
    line: Annotated[str, Field(examples=["functional"])]
    instead_of: Annotated[str | None, Field(examples=[None])]
    rule: Annotated[str | None, Field(examples=[None])]
    category_prefix: Annotated[str | None, Field(examples=["E04"])]
    area: Annotated[str | None, Field(examples=["320111"])]
    is_called: bool


class ProposalOut(Strict):
    """Whom a whistle would call: the lead first. Empty where no rule covers the category here: 属地兜底."""

    items: list[ProposedOut]
