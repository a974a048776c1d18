"""What enters and leaves about competences."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from app.agency.schemas import Given, Kept
from app.agency.workflow import Part
from app.identity.schemas import Code

Prefix = Annotated[str, Field(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$", description="Empty: every category.")]


class CompetenceIn(Given):
    """A department is competent for a category, or for all whose codes begin like this, in an area and below it."""

    id: UUID | None = None
    category_prefix: Prefix
    area: Code
    department: Code
    part: Part


class Why(BaseModel):
    """Why a competence covers the asked category in the asked area, and whether it decides."""

    steps_up: Annotated[int, Field(description="How many areas above the asked one; 0 is the area itself.")]
    prefix_length: Annotated[int, Field(description="How much of the category's code the rule names.")]
    decides: Annotated[bool, Field(description="False: a more specific rule names the lead.")]


class CompetenceOut(Kept):
    """A competence; `why` when it was asked who is competent."""

    category_prefix: str
    area: str
    area_id: UUID
    department: str
    department_id: UUID
    department_name: str
    department_name_en: str
    part: Part
    why: Why | None = None


CompetenceList = Annotated[list[CompetenceIn], Field(min_length=1, max_length=5000)]
