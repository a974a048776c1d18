"""What enters and leaves about categories, their standards and the editions they stand in."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import Query
from pydantic import AfterValidator, Field, model_validator

from app.agency.schemas import PLAIN, Amount, Codes, Given, Kept, Text
from app.catalogue.offer import Condition, PublicService, unique
from app.catalogue.workflow import CONTINUOUS, Limit, Step
from app.core.time import Instant
from app.identity.schemas import Code

Priority = Annotated[int, Field(ge=1, le=5, description="1 is the most urgent.")]
Level = Annotated[int, Field(ge=1, le=9)]
Language = Literal["zh", "en"]


class Domain(StrEnum):
    """城市管理, 经营秩序, 道路交通, 治安消防, 公共突发事件, 社会民生: what incidents are about. Below, all is data."""

    URBAN_MANAGEMENT = "urban_management"
    BUSINESS_ORDER = "business_order"
    ROAD_TRAFFIC = "road_traffic"
    PUBLIC_SECURITY_FIRE = "public_security_fire"
    PUBLIC_EMERGENCY = "public_emergency"
    LIVELIHOOD = "livelihood"


class CategoryRules(Given):
    """How incidents of a category are handled."""

    auto_dispatch: Annotated[bool, Field(description="The system accepts, registers and dispatches by itself.")] = False
    emergency: bool = False
    vertical: Annotated[bool, Field(description="Goes to the district at once.")] = False
    desk_check_allowed: Annotated[bool, Field(description="May be closed without a check on the spot.")] = False
    response_mix: dict[Code, Annotated[int, Field(ge=1, le=50)]] = Field(
        default_factory=dict, max_length=20, description="People wanted, by department code."
    )
    services: Codes = Field(default_factory=list, description="4+X services of teams that help with it.")
    skills: Annotated[Codes, Field(description="Skills wanted among those who go.")] = Field(default_factory=list)
    lead_department: Code | None = None
    assist_departments: Codes = Field(default_factory=list)
    duplicate_radius_m: Annotated[float, Field(gt=0, le=5000)] = 50
    duplicate_window_h: Annotated[float, Field(gt=0, le=24 * 31)] = 24


class Override(Limit):
    """Another limit for incidents of a priority, at centres of a level, or both."""

    amount: Amount
    priority: Priority | None = None
    level: Level | None = None

    @model_validator(mode="after")
    def _says_when(self) -> Self:
        if self.priority is None and self.level is None:
            raise ValueError("An override names a priority, a level or both.")
        return self


class StepLimit(Limit):
    """The limit of a step, and where it differs."""

    amount: Amount
    overrides: Annotated[tuple[Override, ...], Field(max_length=50)] = ()


def _agree(limits: dict[Step, StepLimit]) -> dict[Step, StepLimit]:
    if missing := {Step.HANDLE, Step.TOTAL} - limits.keys():
        message = f"A standard sets a limit for {' and '.join(sorted(missing))}."
        raise ValueError(message)
    handle, total = limits[Step.HANDLE], limits[Step.TOTAL]
    if handle.unit == total.unit:
        short = total.amount < handle.amount
    else:
        lengths = [CONTINUOUS[limit.unit] * limit.amount for limit in (total, handle) if limit.unit in CONTINUOUS]
        short = len(lengths) == 2 and lengths[0] < lengths[1]  # noqa: PLR2004  # both run through nights
    if short:
        raise ValueError("The total limit is shorter than the limit to handle.")
    return limits


Limits = Annotated[dict[Step, StepLimit], AfterValidator(_agree)]


class StandardIn(Given):
    """立结案标准 of a category: when it is filed, when it is closed, how long each step may take."""

    code: Annotated[Code, Field(examples=["E0496-1"])]
    filing_condition: Condition
    filing_condition_en: Condition
    closing_condition: Condition
    closing_condition_en: Condition
    limits: Limits
    is_default: bool = False


class CategoryIn(Given):
    """A category of an edition with its standards, exactly one of them the default."""

    code: Annotated[Code, Field(examples=["E0496"])]
    domain: Domain
    main_class: Code
    name: Annotated[Text, Field(examples=["占用消防通道"])]
    name_en: Annotated[Text, Field(examples=["Blocked fire lane"])]
    default_priority: Priority = 3
    rules: CategoryRules = CategoryRules()
    public_service: Annotated[PublicService | None, Field(description="Null: the public cannot report it.")] = None
    standards: Annotated[list[StandardIn], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def _one_default(self) -> Self:
        if sum(standard.is_default for standard in self.standards) != 1:
            message = f"Category {self.code} needs exactly one default standard."
            raise ValueError(message)
        unique(f"Category {self.code} has two standards", [standard.code for standard in self.standards])
        return self


class SchemeIn(Given):
    """A whole edition of a jurisdiction's categories, taken in as a draft."""

    id: UUID | None = None
    area: Annotated[Code, Field(description="The root area of the jurisdiction.")]
    code: Annotated[Code, Field(examples=["pukou-demo"])]
    edition: Code
    title: Annotated[Text, Field(examples=["浦口大联勤演示类别目录"])]
    title_en: Annotated[Text, Field(examples=["Pukou joint patrol demonstration catalogue"])]
    source: Annotated[str, Field(min_length=1, max_length=2000, pattern=PLAIN)]
    categories: Annotated[list[CategoryIn], Field(min_length=1, max_length=5000)]

    @model_validator(mode="after")
    def _codes_once(self) -> Self:
        unique("The edition has two categories", [category.code for category in self.categories])
        return self


class SchemeOut(Kept):
    """An edition: a draft until `published_at`; in force while `is_current`."""

    area: str
    area_id: UUID
    code: Annotated[str, Field(examples=["pukou-demo"])]
    edition: str
    title: Annotated[str, Field(examples=["浦口大联勤演示类别目录"])]
    title_en: Annotated[str, Field(examples=["Pukou joint patrol demonstration catalogue"])]
    source: Annotated[str, Field(examples=["A catalogue for demonstration."])]
    published_at: Instant | None
    is_current: bool
    categories: Annotated[int, Field(description="How many it has.")]


class Labelled(Kept):
    """Something with a name in Chinese and English; `label` is the one the caller's language asks for."""

    name: Annotated[str, Field(examples=["占用消防通道"])]
    name_en: Annotated[str, Field(examples=["Blocked fire lane"])]
    label: str = ""

    def speaking(self, language: Language) -> Self:
        """The same, labelled in a language."""
        return self.model_copy(update={"label": self.name_en if language == "en" else self.name})


class StandardOut(Kept):
    """A standard; `category` is the code of its category."""

    category: str
    category_id: UUID
    code: Annotated[str, Field(examples=["E0496-1"])]
    filing_condition: str
    filing_condition_en: str
    closing_condition: str
    closing_condition_en: str
    limits: dict[Step, StepLimit]
    is_default: bool


class CategoryOut(Labelled):
    """A category."""

    scheme_id: UUID
    scheme: Annotated[str, Field(examples=["pukou-demo"])]
    edition: str
    code: Annotated[str, Field(examples=["E0496"])]
    domain: Domain
    main_class: str
    default_priority: int
    rules: CategoryRules
    public_service: PublicService | None


class CategoryDetail(CategoryOut):
    """A category with its standards."""

    standards: list[StandardOut]


@dataclass(frozen=True)
class EditionFilter:
    """Which edition is asked for: one named, else the one in force."""

    scheme: Annotated[Code | None, Query(description="Of schemes with this code.")] = None
    edition: Annotated[Code | None, Query(description="Of this edition; without it, of the one in force.")] = None
    area: Annotated[Code | None, Query(description="Of the jurisdiction with this root area.")] = None


@dataclass(frozen=True)
class CategoryFilter(EditionFilter):
    """Which categories of an edition are asked for."""

    category: Annotated[Code | None, Query(description="The category with this code.")] = None
    domain: Annotated[Domain | None, Query(description="Of this domain.")] = None
    q: Annotated[
        str | None, Query(min_length=1, max_length=100, pattern=PLAIN, description="A part of code or name.")
    ] = None


def plain(limits: dict[Step, StepLimit]) -> dict[str, Any]:
    """Limits as they are stored: what is not said is left out."""
    return {step.value: limit.model_dump(mode="json", exclude_defaults=True) for step, limit in limits.items()}
