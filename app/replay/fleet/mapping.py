"""What a mapping of a fleet says: which column is the vehicle, when and where it was, and how its days are moved."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from app.replay.mapping import Clock, Code, Jurisdiction, Part, Recorded, Squares, SubAreas


class Moved(StrEnum):
    """How recorded days become days before today, since a position belongs to a duty of these days.

    together: all by the same number of days, so that the last is the wanted one. by_day: each recorded day becomes one
    of the days up to the wanted one, in order, and days without a row are left out. Hours of the day stay.
    """

    TOGETHER = "together"
    BY_DAY = "by_day"


class Observed(Clock):
    """When a vehicle was there, and how its days are moved.

    `fetched_at` is when the row was recorded, in ISO 8601: its days are the recording's, however old a repeated fix is.
    """

    observed_at: str
    moved: Moved
    fetched_at: str | None = None


class Measure(Part):
    """A number in a column, times `factor`."""

    column: str
    factor: float = 1.0


class Whole(Part):
    """What a row must have to be what it seems: `numbers` are columns that hold numbers unless columns are shifted."""

    numbers: tuple[str, ...]


class Ground(Part):
    """The jurisdiction made for the fleet: one area below a root, cells over its points, one patrol a vehicle."""

    code: Code
    name: str
    name_en: str
    grid: Squares = Squares(cell_m=1000)

    def jurisdiction(self) -> Jurisdiction:
        """The same in the words in which jurisdictions are made."""
        subareas = SubAreas(column="-", level="street")
        about = {"code": self.code, "name": self.name, "name_en": self.name_en, "grid": self.grid}
        return Jurisdiction(subareas=subareas, **about)  # type: ignore[arg-type]  # mypy cannot look into the dict


class FleetMapping(Recorded):
    """A whole mapping of a fleet. The recording's `account` gives the positions of all patrols."""

    vehicle: str
    time: Observed
    speed_mps: Measure | None = None
    heading_deg: Measure | None = None
    whole: Whole | None = None
    jurisdiction: Annotated[Ground, Field(description="What `import fleet` makes.")]

    def _columns(self) -> Iterator[str | None]:
        yield from super()._columns()
        yield from (self.vehicle, self.time.observed_at, self.time.fetched_at)
        yield from (measure.column for measure in (self.speed_mps, self.heading_deg) if measure)
        yield from self.whole.numbers if self.whole else ()
