"""What enters and leaves about shift templates."""

from datetime import date, time, timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.agency.schemas import Clock, Codes, Given, Kept, Text
from app.catalogue.calendar.schemas import OnDate
from app.identity.schemas import Code
from app.roster.schemas import MAX_CREW, Named
from app.roster.template.workflow import Pattern
from app.roster.workflow import Wanted

MAX_CREWS = 100
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def _once(days: list[int]) -> list[int]:
    if len(set(days)) < len(days):
        raise ValueError("A weekday is named twice.")
    return sorted(days)


Weekdays = Annotated[
    list[Annotated[int, Field(ge=1, le=7)]],
    Field(min_length=1, max_length=7, description="1 is Monday."),
    AfterValidator(_once),
]
Length = Annotated[int, Field(ge=600, le=86400, description="In seconds, from ten minutes to a day.")]
Every = Annotated[int, Field(ge=1, le=366, description="Every so many days, counted from `valid_from`.")]
Mix = Annotated[
    dict[Code, Annotated[int, Field(ge=1, le=MAX_CREW)]],
    Field(min_length=1, max_length=MAX_CREW, description="How many people of each department, by its code."),
]


class CrewWanted(Given):
    """A crew that a template wants: without a patrol any free one of the centre goes; beats are taken in turn."""

    patrol: Code | None = None
    beats: Codes = Field(default_factory=list)
    mix: Mix
    skills: Codes = Field(default_factory=list)
    needs_leader: bool = True

    @model_validator(mode="after")
    def _fits_aboard(self) -> Self:
        if sum(self.mix.values()) > MAX_CREW:
            message = f"a crew has at most {MAX_CREW} people"
            raise ValueError(message)
        return self

    def wanted(self, *, is_standby: bool) -> Wanted:
        """What its shifts keep of it."""
        return Wanted(self.mix, tuple(self.skills), self.needs_leader, is_standby)

    def beat(self, turn: int) -> str | None:
        """The beat of a turn."""
        return self.beats[turn % len(self.beats)] if self.beats else None


Crews = Annotated[list[CrewWanted], Field(min_length=1, max_length=MAX_CREWS)]


class TemplateIn(Given):
    """A new shift template of a centre. `starts` is a time of day by the clock of the centre's calendar."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "centre": "S1",
                "code": "day",
                "name": "白班",
                "name_en": "Day",
                "starts": "08:00",
                "length_s": 28800,
                "weekdays": [1, 2, 3, 4, 5],
                "valid_from": "2026-11-23",
                "allows_sign_up": True,
                "crews": [
                    {
                        "patrol": "P01",
                        "beats": ["B01"],
                        "mix": {"public_security": 1, "urban_management": 2},
                        "skills": ["first_aid"],
                    }
                ],
            }
        },
    )

    id: UUID | None = None
    centre: Code
    code: Code
    name: Text
    name_en: Text
    starts: Clock
    length_s: Length
    weekdays: Weekdays = EVERY_DAY
    every_days: Every = 1
    valid_from: OnDate
    valid_until: OnDate | None = None
    allows_sign_up: bool = False
    is_standby: Annotated[bool, Field(description="备勤: on call, not working time.")] = False
    crews: Crews


class TemplatePatch(Given):
    """What of a template may change; rosters made of it follow when they are generated again."""

    name: Text | None = None
    name_en: Text | None = None
    starts: Clock | None = None
    length_s: Length | None = None
    weekdays: Weekdays | None = None
    every_days: Every | None = None
    valid_from: OnDate | None = None
    valid_until: OnDate | None = None
    allows_sign_up: bool | None = None
    is_standby: bool | None = None
    crews: Crews | None = None


class TemplateOut(Kept):
    """A shift template."""

    centre: Named
    code: str
    name: str
    name_en: str
    starts: Annotated[time, Field(examples=["08:00:00"])]
    length_s: Annotated[int, Field(examples=[28800])]
    weekdays: Annotated[list[int], Field(examples=[[1, 2, 3, 4, 5]])]
    every_days: Annotated[int, Field(examples=[1])]
    valid_from: date
    valid_until: date | None
    allows_sign_up: bool
    is_standby: bool
    crews: list[CrewWanted]

    def pattern(self) -> Pattern:
        """On which days it gives shifts, and when."""
        length = timedelta(seconds=self.length_s)
        return Pattern(self.starts, length, self.weekdays, self.every_days, self.valid_from, self.valid_until)
