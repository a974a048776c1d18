"""What enters and leaves about work calendars."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field, model_validator

from app.agency.schemas import Given, Kept, Text
from app.catalogue.workflow import WorkCalendar
from app.identity.schemas import Code

FIRST_YEAR, LAST_YEAR = 2000, 2100
Wall = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$|^24:00$", examples=["08:00"])]
Periods = Annotated[
    list[tuple[Wall, Wall]],
    Field(max_length=12, description="In order and apart; the day ends at 24:00.", examples=[[["08:00", "12:00"]]]),
]
Weekday = Literal["1", "2", "3", "4", "5", "6", "7"]
Weekly = Annotated[dict[Weekday, Periods], Field(description="By ISO day of the week: 1 is Monday.")]
Year = Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR)]
OnDate = Annotated[date, Field(ge=date(FIRST_YEAR, 1, 1), le=date(LAST_YEAR, 12, 31))]


class DayIn(Given):
    """A day unlike its weekday: a holiday has no periods; a make-up working day (调休) has some."""

    model_config = ConfigDict(extra="forbid", from_attributes=True)

    on: OnDate
    periods: Periods
    name: Annotated[Text, Field(examples=["元旦"])]
    name_en: Annotated[Text, Field(examples=["New Year's Day"])]


def _once(days: list[DayIn]) -> list[DayIn]:
    if len({day.on for day in days}) != len(days):
        raise ValueError("A day is listed twice.")
    return days


Days = Annotated[list[DayIn], Field(max_length=4000), AfterValidator(_once)]


class DaysIn(Given):
    """Days unlike their weekday: those of a year, or without one of all, take the place of the ones there are."""

    year: Year | None = None
    days: Days

    @model_validator(mode="after")
    def _of_the_year(self) -> Self:
        if outside := [day.on.isoformat() for day in self.days if self.year not in (None, day.on.year)]:
            message = f"Not in {self.year}: {', '.join(outside[:10])}."
            raise ValueError(message)
        return self


class CalendarIn(Given):
    """A new calendar; without an area it is for every jurisdiction, which only the system may say."""

    id: UUID | None = None
    code: Annotated[Code, Field(examples=["cn-2026"])]
    area: Code | None = None
    name: Annotated[Text, Field(examples=["中国大陆工作日历"])]
    name_en: Annotated[Text, Field(examples=["Working calendar of mainland China"])]
    time_zone: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")]
    weekly: Weekly
    days: Days = Field(default_factory=list)

    @model_validator(mode="after")
    def _works(self) -> Self:
        working_calendar(self.time_zone, self.weekly, self.days)
        return self


class CalendarPatch(Given):
    """What of a calendar may change, beside its days."""

    name: Annotated[Text | None, Field(examples=["中国大陆工作日历"])] = None
    name_en: Annotated[Text | None, Field(examples=["Working calendar of mainland China"])] = None
    time_zone: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_+/-]+$")] | None = None
    weekly: Weekly | None = None


class CalendarOut(Kept):
    """A work calendar; `area` null: for every jurisdiction."""

    code: Annotated[str, Field(examples=["cn-2026"])]
    area: str | None
    name: Annotated[str, Field(examples=["中国大陆工作日历"])]
    name_en: Annotated[str, Field(examples=["Working calendar of mainland China"])]
    time_zone: str
    weekly: Weekly


class CalendarDetail(CalendarOut):
    """A work calendar with the days unlike their weekday."""

    days: list[DayIn]


def working_calendar(time_zone: str, weekly: Any, days: list[DayIn]) -> WorkCalendar:
    """The calendar of checked parts.

    Raises:
        ValueError: the zone is unknown, periods overlap, or there is no working time for more than a year.
    """
    row = {"time_zone": time_zone, "weekly": weekly, "days": {day.on.isoformat(): day.periods for day in days}}
    calendar = WorkCalendar.of(row)
    calendar.check()
    return calendar
