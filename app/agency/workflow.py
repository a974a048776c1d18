"""The pure rules of the organisation: who may run it, which steps are timed in which units, how incidents are numbered.

Also how a competence is picked: the nearest area first, in it the longest part of the category's code.
"""

import re
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from string import Formatter
from typing import Annotated, NamedTuple, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from app.identity.workflow import RIGHTS, Actor, Right, Role


class DepartmentKind(StrEnum):
    """Whose people they are."""

    GOVERNMENT = "government"
    VOLUNTEER = "volunteer"
    COMPANY = "company"


class TeamRule(NamedTuple):
    """What people of a kind of department may do together with others.

    An authority may lead a crew of several departments and be sent alone to what asks for an authority; a team offers
    services 4+X instead.
    """

    kind: DepartmentKind
    is_authority: bool
    offers_services: bool


# fmt: off
TEAM_RULES = (
    #        kind                       authority            services
    TeamRule(DepartmentKind.GOVERNMENT, is_authority=True,  offers_services=False),
    TeamRule(DepartmentKind.VOLUNTEER,  is_authority=False, offers_services=True),
    TeamRule(DepartmentKind.COMPANY,    is_authority=False, offers_services=True),
)
# fmt: on
AUTHORITIES = frozenset(rule.kind for rule in TEAM_RULES if rule.is_authority)
TEAMS = frozenset(rule.kind for rule in TEAM_RULES if rule.offers_services)


class Service(StrEnum):
    """4+X: the four services every village has; the X are each community's own, as data."""

    VOLUNTARY_PATROL = "voluntary_patrol"
    EMERGENCY_HELP = "emergency_help"
    MEDIATION = "mediation"
    VOLUNTEERING = "volunteering"


SERVICE_NAMES = {
    Service.VOLUNTARY_PATROL: ("志愿义务巡防", "Voluntary patrol"),
    Service.EMERGENCY_HELP: ("应急处突", "Emergency help"),
    Service.MEDIATION: ("矛盾调解", "Mediation"),
    Service.VOLUNTEERING: ("志愿服务", "Volunteering"),
}


class Part(StrEnum):
    """主办 or 协办: the part a department takes."""

    LEAD = "lead"
    ASSIST = "assist"


class Unit(StrEnum):
    """What a limit is counted in. Minutes, urgent hours and natural days run through nights and holidays."""

    MINUTE = "minute"
    URGENT_HOUR = "urgent_hour"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    NATURAL_DAY = "natural_day"


class Step(StrEnum):
    """What a limit is set for. `decide` is for a request, `reply` for a supervision order."""

    ACCEPT = "accept"
    REGISTER = "register"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    ARRIVE = "arrive"
    VERIFY = "verify"
    HANDLE = "handle"
    CHECK = "check"
    TOTAL = "total"
    DECIDE = "decide"
    REPLY = "reply"


class Limit(BaseModel):
    """时限: how long a step may take, e.g. 15 minutes or 2 working days; a part of one is allowed."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, json_schema_extra={"example": {"amount": 2, "unit": "work_day"}}
    )

    amount: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    unit: Unit

    def part(self, share: float) -> Self:
        """A share of this limit; the yellow card comes at 0.8 of it."""
        return self.model_copy(update={"amount": self.amount * share})


def acts_as_system(actor: Actor) -> bool:
    """Whether the caller is the system itself: it alone makes the first centre of a jurisdiction."""
    return any(grant.role is Role.SYSTEM for grant in actor.grants)


def may(actor: Actor, right: Right, organisation_id: UUID | None) -> bool:
    """Whether the caller has a right at an organisation; with none (`None`, above the roots) only the system has."""
    if acts_as_system(actor):
        return right in actor.rights
    return organisation_id is not None and actor.may_at(right, organisation_id)


def granted_at(actor: Actor, right: Right) -> list[UUID]:
    """Where the caller was given a role that carries a right; everything below comes with it."""
    return [grant.organisation_id for grant in actor.grants if right in actor.rights & RIGHTS[grant.role]]


class BadNumberFormat(ValueError):
    """The number format names something unknown, or lacks the serial number."""


_FIELDS = {"code": "", "year": "", "month": "02d", "day": "02d", "serial": r"(0\d{1,2}d)?"}
"""What a number is made of, and how each part may be written: all but the serial in a fixed width."""


def check_number_format(pattern: str) -> str:
    """The format itself, if it is made of `{code}`, `{year}`, `{month:02d}`, `{day:02d}` and e.g. `{serial:06d}`."""
    try:
        parts = [(name, spec or "", how) for _, name, spec, how in Formatter().parse(pattern) if name is not None]
    except ValueError as error:
        raise BadNumberFormat(str(error)) from None
    for name, spec, how in parts:
        if how or not re.fullmatch(_FIELDS.get(name, "unknown"), spec):
            message = f"{{{name}}} is not one of {{code}}, {{year}}, {{month:02d}}, {{day:02d}}, {{serial:06d}}"
            raise BadNumberFormat(message)
    if not {"year", "serial"} <= {name for name, _, _ in parts}:
        raise BadNumberFormat("The format needs {year} and {serial}, or two incidents could get one number.")
    return pattern


def number_of(pattern: str, code: str, at: datetime, serial: int) -> str:
    """The number of the incident with this serial of the year, by a centre's checked format."""
    return pattern.format(code=code, year=at.year, month=at.month, day=at.day, serial=serial)


class Match(NamedTuple):
    """A competence that covers a category in an area: how many areas up it stands, how much of the code it names."""

    department_id: UUID
    department_code: str
    is_lead: bool
    steps_up: int
    prefix_length: int

    @property
    def place(self) -> tuple[int, int, bool, str]:
        """Its place among the matches, the most specific first."""
        return self.steps_up, -self.prefix_length, not self.is_lead, self.department_code


class Competent(NamedTuple):
    """Who is competent: the lead 主办 by the most specific rule, and everybody who assists 协办 by any."""

    lead: UUID | None
    assists: tuple[UUID, ...]


def decide(matches: Iterable[Match]) -> Competent:
    """Who is competent, out of all rules that cover a category in an area."""
    ranked = sorted(matches, key=lambda match: match.place)
    lead = next((match.department_id for match in ranked if match.is_lead), None)
    assists = dict.fromkeys(match.department_id for match in ranked if not match.is_lead)
    return Competent(lead, tuple(department for department in assists if department != lead))
