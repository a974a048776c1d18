"""What is asked and answered about patrols on duty."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field

from app.core.time import Instant
from app.dispatch.workflow import AssignmentState
from app.identity.schemas import Code
from app.patrol.schemas import Position
from app.roster.schemas import BEAT, DepartmentCrew, Named
from app.roster.workflow import Vehicle

BOX = r"^-?\d{1,3}(\.\d{1,15})?(,-?\d{1,3}(\.\d{1,15})?){3}$"


class Availability(StrEnum):
    """Derived, never stored: off duty, on duty and free, or on duty with an active assignment."""

    OFF_DUTY = "off_duty"
    AVAILABLE = "available"
    BUSY = "busy"


@dataclass(frozen=True, slots=True)
class PatrolFilter:
    """Which patrols are asked for; a field left out asks for all."""

    on_duty: Annotated[bool | None, Query(description="Only patrols on duty, or only the others.")] = None
    availability: Annotated[Availability | None, Query(description="Only patrols that are this.")] = None
    centre: Annotated[Code | None, Query(description="A centre's code: its patrols and those of centres below it.")] = (
        None
    )
    cell: Annotated[Code | None, Query(description="A cell's code: patrols on duty whose beat covers it.")] = None
    beat: Annotated[Code | None, Query(description="A beat's code: patrols on duty on it.")] = None
    bbox: Annotated[
        str | None,
        Query(
            pattern=BOX, examples=["118.5,32.0,118.7,32.1"], description="West, south, east, north: last seen inside."
        ),
    ] = None


class Duty(BaseModel):
    """The shift a patrol is on duty with."""

    id: UUID
    version: int
    starts_at: Instant
    ends_at: Instant
    signed_on_at: Instant
    is_late: bool
    beat: Annotated[Named | None, Field(examples=[BEAT])]
    crew: list[DepartmentCrew]
    mix: dict[str, int]


class Task(BaseModel):
    """An assignment of a patrol that is not over; of an incident the caller may not see only that there is one."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    incident_id: UUID | None
    incident: Annotated[str | None, Field(description="Its number.", examples=["PK04-2026-000007"])]
    state: AssignmentState
    offered_at: Instant


class PatrolOut(BaseModel):
    """A joint patrol: on which shift, where it was last seen, and its assignments, the stacked ones in their order."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    code: Annotated[str, Field(examples=["P-001"])]
    name: Annotated[str, Field(examples=["联勤01组"])]
    name_en: Annotated[str, Field(examples=["Joint crew 01"])]
    centre: Named
    vehicle: Vehicle
    availability: Annotated[Availability, Field(examples=["busy"])]
    shift: Duty | None
    position: Position | None
    active: Task | None
    stacked: Annotated[list[Task], Field(examples=[[]])]
