"""What the public is offered of a category: words for those who report, and what they are asked."""

from collections import Counter
from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, model_validator

from app.agency.schemas import PLAIN, Codes, Given, Text
from app.identity.schemas import Code

Condition = Annotated[str, Field(min_length=1, max_length=2000, pattern=PLAIN)]
EXAMPLE: dict[str, Any] = {
    "description": "路面坑洞、裂缝、地砖松动",
    "description_en": "Potholes, cracks, loose paving",
    "group": "道路",
    "keywords": ["road"],
    "id_at_once": True,
    "is_shown": True,
    "questions": [],
}


def unique(what: str, codes: list[str]) -> None:
    """Refuse codes of which one is there twice."""
    if twice := [code for code, times in Counter(codes).items() if times > 1]:
        message = f"{what} {', '.join(twice[:5])}."
        raise ValueError(message)


class Datatype(StrEnum):
    """What an answer to a question of a public service is; the words are those of GeoReport v2."""

    STRING = "string"
    NUMBER = "number"
    DATETIME = "datetime"
    TEXT = "text"
    ONE_OF = "singlevaluelist"
    SOME_OF = "multivaluelist"


class Choice(Given):
    """An answer that may be chosen."""

    key: Code
    name: Text
    name_en: Text


class Question(Given):
    """What somebody who reports is asked beside the place; one that is not `variable` only tells them something."""

    code: Annotated[Code, Field(examples=["size"])]
    datatype: Datatype
    required: bool = False
    variable: bool = True
    description: Text
    description_en: Text
    hint: Annotated[str, Field(max_length=500, pattern=PLAIN, description="How to answer.")] = ""
    values: list[Choice] = Field(default_factory=list, max_length=200)

    @model_validator(mode="after")
    def _choices(self) -> Self:
        if bool(self.values) != (self.datatype in (Datatype.ONE_OF, Datatype.SOME_OF)):
            message = f"Question {self.code}: lists, and lists alone, have values."
            raise ValueError(message)
        unique(f"Question {self.code} has two answers", [value.key for value in self.values])
        return self


class PublicService(Given):
    """What the public is offered of a category: words for those who report, and what they are asked."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    description: Condition
    description_en: Condition
    group: Text | None = None
    keywords: Codes = Field(default_factory=list)
    id_at_once: Annotated[bool, Field(description="Else a token, until the centre has accepted the report.")] = True
    is_shown: Annotated[bool, Field(description="Everybody may see where such reports are and how far.")] = False
    questions: list[Question] = Field(default_factory=list, max_length=50)

    @model_validator(mode="after")
    def _asked_once(self) -> Self:
        unique("The service asks twice for", [question.code for question in self.questions])
        return self
