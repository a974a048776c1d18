"""What a mapping file says: which column of a recording is what, in which time zone, and what is done with each row."""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from string import Formatter
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
Source = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,32}$")]
Template = Annotated[str, Field(description="Text with names of columns in braces.")]
LonLat = tuple[float, float]


class Unreadable(Exception):
    """A mapping or a recording cannot be read; the message says why in one line."""


class Part(BaseModel):
    """A part of a mapping: an unknown key is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Place(Part):
    """Where it was. Rows at one of the `defaults` (longitude, latitude) were never located."""

    lon: str
    lat: str
    defaults: tuple[LonLat, ...] = ()


class Clock(Part):
    """In which zone times are where the text does not say; `format` as for strptime where it is not ISO 8601."""

    zone: ZoneInfo
    format: str | None = None


class Times(Clock):
    """When it was."""

    opened_at: str
    due_at: str | None = None
    closed_at: str | None = None


class Said(Part):
    """What is told of a row: texts with columns in braces, and whether the system goes on by itself (`auto`)."""

    external_ref: Template
    title: Template | None = None
    description: Template
    auto: bool = False


class Choice(Part):
    """A word by the value of a column; values that are not listed get the default."""

    column: str | None = None
    default: str
    values: dict[str, str] = {}

    def of(self, values: dict[str, Any]) -> str:
        """The word for a row."""
        return self.values.get(str(values.get(self.column or "")), self.default)


class Kinds(Part):
    """One category for each value of a column, its code made from the value unless `codes` names another.

    `main_class` is a column; `domain` chooses one of the six domains. Both are for making the catalogue.
    """

    column: str
    codes: dict[str, Code] = {}
    main_class: str | None = None
    domain: Choice = Choice(default="urban_management")


class Step(Part):
    """A move made after the report, by whom, and only on rows with a value in `when`; what else is given is sent."""

    model_config = ConfigDict(extra="allow", frozen=True)

    action: str
    by: Code
    when: str | None = None

    @property
    def body(self) -> dict[str, Any]:
        """What is sent."""
        return {"action": self.action} | (self.model_extra or {})


class Squares(Part):
    """Square cells over the points' extent: `trim` cuts that share off each side, `widen` adds that share again."""

    cell_m: Annotated[float, Field(ge=50, le=50_000)] = 500
    trim: Annotated[float, Field(ge=0, lt=0.5)] = 0
    widen: Annotated[float, Field(ge=0, le=1)] = 0


class SubAreas(Part):
    """The areas below the root: one for each value of a column; the `largest`, by points, of them."""

    column: str
    level: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = "district"
    name: Template | None = None
    largest: Annotated[int, Field(ge=1, le=500)] = 50


class Jurisdiction(Part):
    """What `import jurisdiction` makes out of the points. The code is also the beginning of the accounts' names."""

    code: Code
    name: str
    name_en: str
    level: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,31}$")] = "city"
    subareas: SubAreas
    grid: Squares = Squares()
    weekdays: tuple[tuple[str, str], ...] = (("09:00", "17:00"),)


class Recorded(Part):
    """What is said of any recording. `name` begins every Idempotency-Key, so that a second run repeats the first.

    `records` names a list inside each line of JSON: each of its members is a row, which also has what stands beside the
    list. Names of columns may have dots for what is inside, as `geometry.coordinates.0`.
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    format: Literal["parquet", "csv", "jsonl"] | None = None
    records: str | None = None
    account: Annotated[Code, Field(description="Who reports.")]
    place: Place
    status: str | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """The mapping in a TOML file.

        Raises:
            Unreadable: it is not there, is not TOML, or a key is wrong; the keys are named.
        """
        try:
            return cls.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
        except ValidationError as error:
            wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
            raise Unreadable(f"{path.name}: {wrong}") from None
        except (OSError, ValueError) as error:
            raise Unreadable(f"{path.name}: {error}") from None

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is looked at."""
        return tuple(dict.fromkeys(name for name in self._columns() if name))

    def _columns(self) -> Iterator[str | None]:
        yield from (self.place.lon, self.place.lat, self.status)


class Mapping(Recorded):
    """A whole mapping of incidents."""

    time: Times
    report: Said
    source: Choice
    category: Kinds
    life: tuple[Step, ...] = ()
    jurisdiction: Jurisdiction | None = None

    @field_validator("source")
    @classmethod
    def _sources_are_words(cls, chosen: Choice) -> Choice:
        for word in (chosen.default, *chosen.values.values()):
            if not (word.isascii() and word.replace("_", "a").isalnum() and word == word.lower() and len(word) <= 32):  # noqa: PLR2004  # the API's limit
                message = f"{word!r} is not a source: up to 32 of a-z, 0-9 and _"
                raise ValueError(message)
        return chosen

    def _columns(self) -> Iterator[str | None]:
        yield from super()._columns()
        yield from (self.time.opened_at, self.time.due_at, self.time.closed_at)
        yield from (self.source.column, self.category.column, self.category.main_class, self.category.domain.column)
        yield from (step.when for step in self.life)
        told = [self.report.external_ref, self.report.title, self.report.description]
        if self.jurisdiction is not None:
            yield self.jurisdiction.subareas.column
            told.append(self.jurisdiction.subareas.name)
        for template in told:
            yield from (name for _, name, _, _ in Formatter().parse(template or "") if name)
