"""What enters and leaves about joint patrols, their shifts and crews."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, computed_field, model_validator

from app.core.time import Instant
from app.identity.schemas import Code
from app.roster.workflow import Presence, Vehicle, Wanted, is_late, period_holds

MAX_SHIFTS = 500
MAX_CREW = 30
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Reference = Annotated[UUID | Code, Field(union_mode="left_to_right", description="An id, or a code.")]
Note = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


_ID = "019ab2f0-0000-7000-8000-000000000002"
PATROL = {"id": _ID, "code": "P-001", "name": "联勤01组", "name_en": "Joint crew 01"}
BEAT = {"id": _ID, "code": "320111004-B01", "name": "江浦街道责任网格1", "name_en": "Jiangpu Subdistrict Beat 1"}
DEPARTMENT = {"id": _ID, "code": "public_security", "name": "公安分局", "name_en": "Public Security"}


class Named(BaseModel):
    """What somebody calls a centre, a department, a beat or a patrol."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str
    name_en: str


class PatrolIn(BaseModel):
    """A new joint patrol of a centre, by the centre's code."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"code": "P01", "name": "一队", "name_en": "Patrol 1", "centre": "S1", "vehicle": "car"}
        },
    )

    id: UUID | None = None
    code: Code
    name: Name
    name_en: Name
    centre: Code
    vehicle: Vehicle


class PatrolPatch(BaseModel):
    """What of a patrol may change; leaving a field out leaves it as it is."""

    model_config = ConfigDict(extra="forbid")

    name: Name | None = None
    name_en: Name | None = None
    vehicle: Vehicle | None = None


class PatrolRow(BaseModel):
    """A joint patrol as it is set up, without what it is doing now."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    code: Annotated[str, Field(examples=["P-001"])]
    name: Annotated[str, Field(examples=["联勤01组"])]
    name_en: Annotated[str, Field(examples=["Joint crew 01"])]
    centre_id: UUID
    vehicle: Vehicle


class Seat(BaseModel):
    """An officer's place on a shift, by the officer's number."""

    model_config = ConfigDict(extra="forbid")

    officer: Code
    is_leader: bool = False


def _crew_is_whole(crew: list[Seat]) -> None:
    if len({seat.officer for seat in crew}) < len(crew):
        message = "an officer is named twice"
        raise ValueError(message)
    if sum(seat.is_leader for seat in crew) != 1:
        message = "a crew has exactly one leader"
        raise ValueError(message)


class ShiftIn(BaseModel):
    """A patrol's duty on a beat, at most 24 hours, with a crew from one or several departments and one leader."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "patrol": "P01",
                "beat": "B01",
                "starts_at": "2026-11-23T00:00:00Z",
                "ends_at": "2026-11-23T08:00:00Z",
                "crew": [{"officer": "U001", "is_leader": True}, {"officer": "M001"}],
            }
        },
    )

    id: UUID | None = None
    patrol: Code
    beat: Code | None = None
    starts_at: Instant
    ends_at: Instant
    crew: Annotated[list[Seat], Field(min_length=1, max_length=MAX_CREW)]

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not period_holds(self.starts_at, self.ends_at):
            message = "a shift ends after it starts and lasts at most 24 hours"
            raise ValueError(message)
        _crew_is_whole(self.crew)
        return self


class ShiftsIn(BaseModel):
    """Several shifts at once: all or none."""

    model_config = ConfigDict(extra="forbid")

    shifts: Annotated[list[ShiftIn], Field(min_length=1, max_length=MAX_SHIFTS)]


def _one_or_many(body: object) -> str:
    return "shifts" if isinstance(body, ShiftsIn) or (isinstance(body, dict) and "shifts" in body) else "shift"


OneOrMany = Annotated[
    Annotated[ShiftIn, Tag("shift")] | Annotated[ShiftsIn, Tag("shifts")], Discriminator(_one_or_many)
]


class ShiftPatch(BaseModel):
    """What of a shift may change before it starts; a crew given replaces the one it has, a null beat takes it away."""

    model_config = ConfigDict(extra="forbid")

    beat: Code | None = None
    starts_at: Instant | None = None
    ends_at: Instant | None = None
    crew: Annotated[list[Seat], Field(min_length=1, max_length=MAX_CREW)] | None = None

    @model_validator(mode="after")
    def _crew_holds_together(self) -> Self:
        if self.crew:
            _crew_is_whole(self.crew)
        return self


@dataclass(frozen=True, slots=True)
class ShiftFilter:
    """Which shifts are asked for; a field left out asks for all."""

    patrol: Annotated[Code | None, Query(description="A patrol's code.")] = None
    centre: Annotated[Code | None, Query(description="A centre's code: its shifts and those of centres below it.")] = (
        None
    )
    on: Annotated[date | None, Query(description="A date in the time zone of the centre's calendar.")] = None
    on_duty: Annotated[bool | None, Query(description="Only those signed on and not off, or only the others.")] = None
    roster: Annotated[UUID | None, Query(description="A roster's shifts; without it, drafts are left out.")] = None


class Whereabouts(NamedTuple):
    """A fix that says something: WGS 84 degrees, and how exact it is in metres."""

    lon: float
    lat: float
    accuracy_m: float


class SignOffIn(BaseModel):
    """What the crew leaves to the next one."""

    model_config = ConfigDict(extra="forbid")

    handover_note: Note | None = None


class Member(BaseModel):
    """An officer on a shift."""

    officer_id: UUID
    number: Annotated[str, Field(examples=["0001"])]
    display_name: Annotated[str, Field(examples=["队员 0001"])]
    is_leader: bool


class DepartmentCrew(BaseModel):
    """The members of a crew that one department sends."""

    department: Annotated[Named, Field(examples=[DEPARTMENT])]
    members: list[Member]

    @classmethod
    def grouped(cls, seats: Iterable[tuple[Named, Member]]) -> list[Self]:
        """Members with their departments, by department, in the order in which the departments come first."""
        groups: dict[UUID, Self] = {}
        for department, member in seats:
            groups.setdefault(department.id, cls(department=department, members=[])).members.append(member)
        return list(groups.values())


class ShiftOut(BaseModel):
    """A shift with its crew; one of a roster says which crew is wanted, and is a draft until that is published."""

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    patrol: Annotated[Named, Field(examples=[PATROL])]
    centre: Named
    beat: Annotated[Named | None, Field(examples=[BEAT])]
    starts_at: Instant
    ends_at: Instant
    signed_on_at: Instant | None
    signed_off_at: Instant | None
    handover_note: str | None
    signed_on_by: UUID | None
    signed_on_distance_m: Annotated[float | None, Field(description="How far outside the beat; 0 inside.")]
    signed_on_reason: str | None
    signed_off_by: UUID | None
    presence: Annotated[Presence, Field(description="When this was written; derived, never stored.")]
    is_overdue: Annotated[bool, Field(description="On duty after the planned end.")]
    crew: list[DepartmentCrew]
    roster_id: UUID | None
    template_id: UUID | None
    is_draft: bool
    wanted: Wanted | None

    @computed_field  # type: ignore[prop-decorator]  # mypy takes no decorator over a property
    @property
    def on_duty(self) -> bool:
        """Signed on and not off."""
        return self.signed_on_at is not None and self.signed_off_at is None

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def is_late(self) -> bool:
        """The crew signed on more than five minutes after the start."""
        return is_late(self.starts_at, self.signed_on_at)

    @computed_field  # type: ignore[prop-decorator]  # as above
    @property
    def mix(self) -> dict[str, int]:
        """How many people each department sends, by its code."""
        return {group.department.code: len(group.members) for group in self.crew}


class ShiftsOut(BaseModel):
    """Shifts made together."""

    items: list[ShiftOut]
