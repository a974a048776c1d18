"""What the check of a grid plan reports."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from app.core.geo import Point
from app.core.time import Instant


class Rule(StrEnum):
    """What a plan must be. The docstring of each statement in `queries` says it in full."""

    INVALID_POLYGON = "invalid_polygon"
    OVERLAP = "overlap"
    HOLE = "hole"
    DUPLICATE_CODE = "duplicate_code"
    WRONG_CODE = "wrong_code"
    UNKNOWN_COMMUNITY = "unknown_community"
    NOT_A_LEAF = "not_a_leaf"
    OUTSIDE_COMMUNITY = "outside_community"
    EMPTY_COMMUNITY = "empty_community"


class Severity(StrEnum):
    """An error keeps a plan from being published; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


class Finding(BaseModel):
    """One thing that is wrong: which cells, in which community, how much ground, and a point in it."""

    rule: Rule
    severity: Severity
    cells: list[str] = []
    community: str | None = None
    area_m2: float | None = None
    location: Point | None = None
    detail: str

    def told(self) -> str:
        """The finding as a line for a terminal."""
        which = ", ".join(self.cells) or self.community
        ground = None if self.area_m2 is None else f"{self.area_m2:g} m2"
        where = None if self.location is None else "at {:.7f},{:.7f}".format(*self.location.coordinates)
        return " ".join(part for part in (self.severity, f"{self.rule}:", self.detail, which, ground, where) if part)


class CommunityCount(BaseModel):
    """How many cells a community has."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    name_en: str
    cells: int


class Report(BaseModel):
    """The check of a plan. Of each rule the first findings are listed; `truncated` names the rules with more."""

    checked_at: Instant
    cells: int
    errors: int
    warnings: int
    counts: dict[Rule, int]
    truncated: list[Rule]
    findings: list[Finding]
    communities: list[CommunityCount]

    @property
    def is_publishable(self) -> bool:
        """Whether nothing stands against publishing."""
        return self.errors == 0
