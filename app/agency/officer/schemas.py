"""What enters and leaves about officers."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query
from pydantic import Field

from app.agency.schemas import Codes, Given, Kept, Text
from app.identity.schemas import Code


class OfficerIn(Given):
    """A new officer of a department; `account` is the username of the phone they carry."""

    id: UUID | None = None
    number: Annotated[Code, Field(examples=["0001"])]
    display_name: Annotated[Text, Field(examples=["队员 0001"])]
    department: Code
    centre: Code | None = None
    account: Code | None = None
    skills: Codes = Field(default_factory=list)


class OfficerPatch(Given):
    """What of an officer may change."""

    display_name: Text | None = None
    department: Code | None = None
    centre: Code | None = None
    account: Code | None = None
    skills: Codes | None = None
    is_active: bool | None = None


@dataclass(frozen=True, slots=True)
class OfficerFilter:
    """Which officers are asked for; a field left out asks for all."""

    department: Annotated[Code | None, Query(description="Of this department only.")] = None
    centre: Annotated[Code | None, Query(description="Based at this centre only.")] = None
    host: Annotated[
        Code | None, Query(description="Seconded to this centre or department only, where it is today.")
    ] = None


class OfficerOut(Kept):
    """Somebody who can go out."""

    number: Annotated[str, Field(examples=["0001"])]
    display_name: Annotated[str, Field(examples=["队员 0001"])]
    department: str
    department_id: UUID
    centre: str | None
    centre_id: UUID | None
    account: str | None
    account_id: UUID | None
    skills: list[str]
    is_active: bool
