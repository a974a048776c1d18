"""Routing rules as data: which incidents a rule is for, and what it does with them. Pure."""

from collections.abc import Collection, Iterator
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from app.agency.schemas import PLAIN, SetLimit, Text
from app.agency.workflow import Step
from app.catalogue.schemas import Domain
from app.grid.schemas import AreaCode, CellCode
from app.identity.schemas import Code
from app.linkage.workflow import WhistleKind

MOST_RULES, MOST_NAMED = 1000, 200
DAY, WEEK = 24 * 60, 7 * 24 * 60
"""In minutes."""

Wall = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", examples=["22:00"])]
Source = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$", examples=["12345"])]
Prefix = Annotated[Code, Field(examples=["E05"])]
Word = Annotated[str, Field(min_length=1, max_length=40, pattern=PLAIN, examples=["燃气"])]


class Told(BaseModel):
    """Part of a rule: nothing unknown is in it, and it never changes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TimeWindow(Told):
    """Part of a week by the centre's clock: on these days, from `since` to before `until`.

    A window whose end is not after its start runs into the next day, and belongs to the day it starts on.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"since": "22:00", "until": "06:00"}})

    weekdays: Annotated[
        tuple[Annotated[int, Field(ge=1, le=7)], ...],
        Field(min_length=1, max_length=7, description="ISO days of the week: 1 is Monday.", examples=[[1, 2, 3, 4, 5]]),
    ] = (1, 2, 3, 4, 5, 6, 7)
    since: Wall = "00:00"
    until: Wall = "00:00"

    def minutes(self) -> Iterator[tuple[int, int]]:
        """The window as spans of minutes of the week, from Monday 00:00; the last may run past its end."""
        since, until = minute_of(self.since), minute_of(self.until)
        length = (until - since) % DAY or DAY
        for weekday in set(self.weekdays):
            start = (weekday - 1) * DAY + since
            yield start, start + length


def minute_of(wall: str) -> int:
    """The minute of the day."""
    hours, _, minutes = wall.partition(":")
    return int(hours) * 60 + int(minutes)


def week_of(windows: Collection[TimeWindow]) -> int:
    """The minutes of the week that windows hold, a bit each."""
    mask = 0
    for window in windows:
        for start, end in window.minutes():
            mask |= ((1 << (end - start)) - 1) << start
    return (mask | mask >> WEEK) & ((1 << WEEK) - 1)


class RoutingConditions(Told):
    """Which incidents a rule is for: all conditions that are named must hold, in each any of the values."""

    model_config = ConfigDict(json_schema_extra={"example": {"categories": ["E05"], "working_time": False}})

    categories: Annotated[
        tuple[Prefix, ...], Field(max_length=MOST_NAMED, description="Categories, or the beginnings of their codes.")
    ] = ()
    domains: Annotated[tuple[Domain, ...], Field(max_length=len(Domain))] = ()
    cells: Annotated[tuple[CellCode, ...], Field(max_length=MOST_NAMED)] = ()
    areas: Annotated[tuple[AreaCode, ...], Field(max_length=MOST_NAMED, description="With everything below.")] = ()
    sources: Annotated[tuple[Source, ...], Field(max_length=50)] = ()
    priorities: Annotated[
        tuple[Annotated[int, Field(ge=1, le=4)], ...],
        Field(max_length=4, description="As reported, before a rule sets another.", examples=[[1, 2]]),
    ] = ()
    windows: Annotated[tuple[TimeWindow, ...], Field(max_length=20, description="When it was reported.")] = ()
    working_time: Annotated[
        bool | None, Field(description="Reported in working time, or outside it, by the centre's calendar.")
    ] = None
    words: Annotated[
        tuple[Word, ...], Field(max_length=50, description="In its title or description; case does not count.")
    ] = ()


class RoutingEffect(Told):
    """What a rule does. Nothing named: such incidents are left to their category and the desk; no later rule is asked.

    The lead leads what the system dispatches by itself; to a dispatcher lead, assists and whistle are proposed.
    """

    model_config = ConfigDict(json_schema_extra={"example": {"lead_department": "fire_rescue", "level": "parent"}})

    lead_department: Code | None = None
    assist_departments: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    level: Annotated[Literal["parent"] | None, Field(description="`parent`: the centre above commands at once.")] = None
    priority: Annotated[int, Field(ge=1, le=4)] | None = None
    limits: Annotated[
        dict[Step, SetLimit], Field(description="Before the standard's and the centre's.", examples=[{}])
    ] = {}
    whistle: WhistleKind | None = None
    verify_first: Annotated[bool, Field(description="核实 before anything else, as soon as it is reported.")] = False

    @model_validator(mode="after")
    def _leads_or_assists(self) -> Self:
        if self.lead_department in self.assist_departments:
            raise ValueError("The lead department does not assist as well.")
        return self


class RoutingRule(Told):
    """One rule of a set: first come, first asked."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "code": "gas",
                "name": "燃气泄漏",
                "name_en": "Gas leaks",
                "when": {"categories": ["E0502"]},
                "then": {"lead_department": "fire_rescue", "level": "parent", "priority": 1, "whistle": "emergency"},
            }
        }
    )

    code: Code
    name: Text
    name_en: Text
    when: RoutingConditions = RoutingConditions()
    then: RoutingEffect = RoutingEffect()

    @property
    def departments(self) -> tuple[str, ...]:
        """Everybody it names."""
        lead = self.then.lead_department
        return (*([lead] if lead else []), *self.then.assist_departments)


def _codes_once(rules: tuple[RoutingRule, ...]) -> tuple[RoutingRule, ...]:
    codes = [rule.code for rule in rules]
    if len(set(codes)) != len(codes):
        message = f"Two rules have the code {next(code for code in codes if codes.count(code) > 1)}."
        raise ValueError(message)
    return rules


Rules = Annotated[
    tuple[RoutingRule, ...],
    Field(min_length=1, max_length=MOST_RULES, description="In the order in which they are asked."),
    AfterValidator(_codes_once),
]


def is_kind(when: RoutingConditions, category: str | None, domain: str | None) -> bool:
    """Whether the category is one that a rule is for; an incident without one meets no condition on it."""
    return (not when.categories or (category is not None and category.startswith(when.categories))) and (
        not when.domains or domain in when.domains
    )
