"""What enters and leaves about centres, departments and the tree they stand in."""

from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from app.agency.workflow import DepartmentKind, Limit, Step, Unit, check_number_format
from app.core.time import Instant
from app.identity.models import OrganisationKind
from app.identity.schemas import Code

PLAIN = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
"""Text without control characters: no database column takes a NUL."""

Text = Annotated[str, Field(min_length=1, max_length=200, pattern=PLAIN)]
Codes = Annotated[list[Code], Field(max_length=100)]

Amount = Annotated[float, Field(gt=0, le=5000, allow_inf_nan=False)]


class SetLimit(Limit):
    """A limit somebody sets, of a length that makes sense."""

    amount: Amount


PLAN_LIMITS = {
    Step.ACCEPT: SetLimit(amount=15, unit=Unit.MINUTE),
    Step.REGISTER: SetLimit(amount=15, unit=Unit.MINUTE),
    Step.DISPATCH: SetLimit(amount=15, unit=Unit.MINUTE),
    Step.ACKNOWLEDGE: SetLimit(amount=10, unit=Unit.MINUTE),
    Step.ARRIVE: SetLimit(amount=60, unit=Unit.MINUTE),
    Step.VERIFY: SetLimit(amount=30, unit=Unit.MINUTE),
    Step.CHECK: SetLimit(amount=30, unit=Unit.MINUTE),
    Step.DECIDE: SetLimit(amount=24, unit=Unit.WORK_HOUR),
}
"""The family of plans' service levels (workflow.md, section 4, rule 9), for the steps no standard sets a limit for."""


class Given(BaseModel):
    """Something a client sends: an unknown field is refused."""

    model_config = ConfigDict(extra="forbid")


class Kept(BaseModel):
    """A resource as it is stored."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant


class Weights(Given):
    """How much each part counts when patrols are ranked for an incident; only the proportions matter."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    distance: Annotated[float, Field(ge=0, le=100)] = 4
    beat: Annotated[float, Field(ge=0, le=100)] = 3
    neighbour: Annotated[float, Field(ge=0, le=100)] = 1
    mix: Annotated[float, Field(ge=0, le=100)] = 2
    load: Annotated[float, Field(ge=0, le=100)] = 2
    fix_age: Annotated[float, Field(ge=0, le=100)] = 1
    service: Annotated[float, Field(ge=0, le=100, description="Counts where the category asks for services.")] = 2
    rest: Annotated[float, Field(ge=0, le=100)] = 1
    skill: Annotated[float, Field(ge=0, le=100)] = 2


Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["08:00"])]


class DutyRules(Given):
    """What the centre's rosters keep to. In every band of a day, by the centre's clock, some shift covers each cell."""

    rest_hours: Annotated[float, Field(ge=0, le=48, description="At least, between two shifts of an officer.")] = 11
    weekly_hours: Annotated[float, Field(gt=0, le=168, description="At most, from Monday to Sunday.")] = 48
    night_spread: Annotated[int, Field(ge=0, le=31, description="Nights one may have more than a colleague.")] = 2
    coverage_bands: Annotated[list[tuple[Clock, Clock]], Field(max_length=24)] = [("08:00", "20:00")]
    coverage_is_hard: bool = True
    wishes_a_week: Annotated[int, Field(ge=0, le=14, description="For turns, and as many against, of an officer.")] = 3


class RequestRules(Given):
    """What may be asked for beside the way an incident goes, at what this centre commands; counted by round."""

    extensions: Annotated[int, Field(ge=0, le=20, description="At most so many are approved.")] = 2
    suspensions: Annotated[int, Field(ge=0, le=20, description="At most so many are approved.")] = 1
    suspension_days: Annotated[int, Field(ge=1, le=366, description="The longest suspension.")] = 366
    reopen_days: Annotated[int, Field(ge=0, le=3660, description="After closing; then nobody asks any more.")] = 30


class CentreSettings(Given):
    """How a centre works. `limits` are for the steps a standard leaves open; those not given are the plans'."""

    acceptors_may_register: bool = False
    scene_radius_m: Annotated[float, Field(gt=0, le=10_000)] = 200
    number_format: Annotated[str, Field(max_length=80, pattern=PLAIN), AfterValidator(check_number_format)] = (
        "{code}-{year}-{serial:06d}"
    )
    skip_levels: Annotated[
        Codes, Field(description="Categories, or their beginnings, that may be escalated past the direct parent.")
    ] = []
    limits: Annotated[dict[Step, SetLimit], AfterValidator(lambda own: PLAN_LIMITS | own)] = PLAN_LIMITS
    requests: RequestRules = RequestRules()
    failures_before_up: Annotated[
        int, Field(ge=1, le=20, description="How often nobody went who was sent for; then the level above commands.")
    ] = 2
    weights: Weights = Weights()
    duty: DutyRules = DutyRules()
    notice_action_min: Annotated[float, Field(gt=0, le=1440, description="To read a notice that asks for action.")] = 30
    notice_alarm_min: Annotated[float, Field(gt=0, le=1440, description="To read an alarm.")] = 5
    sos_limit_s: Annotated[int, Field(ge=10, le=3600, description="Until the next rung is told of an SOS.")] = 60
    welfare_every_s: Annotated[int, Field(ge=60, le=86_400, description="Between two welfare checks.")] = 1800
    welfare_grace_s: Annotated[int, Field(ge=30, le=3600, description="To answer a welfare check.")] = 300
    welfare_lone_crews: Annotated[bool, Field(description="A crew of one has a welfare check from signing on.")] = False
    link_read_days: Annotated[
        int, Field(ge=3, le=365, description="A department that was released still reads the incident so long.")
    ] = 7
    sign_on_tolerance_m: Annotated[float, Field(ge=0, le=10_000, description="How far outside the beat.")] = 200
    sign_off_grace_min: Annotated[int, Field(ge=5, le=720, description="After a shift's end; then it is ended.")] = 60


class CentreIn(Given):
    """A new centre under another; `parent` null makes the first of a jurisdiction."""

    id: UUID | None = None
    code: Code
    name: Text
    name_en: Text
    level: Annotated[int, Field(ge=1, le=9, description="1 commands first; its parent's is higher.")]
    parent: Code | None
    area: Code
    further_areas: Codes = []
    calendar: Code | None = None
    settings: CentreSettings = CentreSettings()


class CentrePatch(Given):
    """What of a centre may change; settings given replace those it has."""

    name: Text | None = None
    name_en: Text | None = None
    further_areas: Codes | None = None
    calendar: Code | None = None
    settings: CentreSettings | None = None


class CentreOut(Kept):
    """联勤指挥中心."""

    code: str
    name: str
    name_en: str
    level: int
    parent: str | None
    parent_id: UUID | None
    area: str
    area_id: UUID
    further_areas: list[str]
    calendar: str | None
    settings: CentreSettings


class DepartmentIn(Given):
    """A new department under a centre or another department (its territory)."""

    id: UUID | None = None
    code: Annotated[Code, Field(examples=["urban_management"])]
    name: Annotated[Text, Field(examples=["城市管理局"])]
    name_en: Annotated[Text, Field(examples=["Urban Management"])]
    kind: DepartmentKind = DepartmentKind.GOVERNMENT
    is_vertical: bool = False
    functional_parent: Code | None = None
    parent: Code
    area: Code


class DepartmentPatch(Given):
    """What of a department may change."""

    name: Annotated[Text | None, Field(examples=["城市管理局"])] = None
    name_en: Annotated[Text | None, Field(examples=["Urban Management"])] = None
    kind: DepartmentKind | None = None
    is_vertical: bool | None = None
    functional_parent: Code | None = None
    area: Code | None = None


class DepartmentOut(Kept):
    """参勤单位: `parent` is its territory (块), `functional_parent` its line (条)."""

    code: Annotated[str, Field(examples=["urban_management"])]
    name: Annotated[str, Field(examples=["城市管理局"])]
    name_en: Annotated[str, Field(examples=["Urban Management"])]
    kind: DepartmentKind
    is_vertical: bool
    functional_parent: str | None
    parent: str
    parent_id: UUID
    area: str
    area_id: UUID


class AgencyOut(BaseModel):
    """A node of the organisation with what stands below it."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    code: str
    name: str
    name_en: str
    kind: OrganisationKind
    level: int | None
    area: str | None
    children: list["AgencyOut"] = []


class Agencies(BaseModel):
    """The organisation as the caller may see it, from its highest nodes down."""

    items: list[AgencyOut]
