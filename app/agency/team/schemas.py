"""What enters and leaves about teams and the services they offer."""

from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, computed_field, model_validator

from app.agency.schemas import Given, Kept, Text
from app.agency.workflow import SERVICE_NAMES, DepartmentKind, Service
from app.identity.schemas import Code


class ServiceIn(Given):
    """One of the fixed four by its code alone, or the community's own (X) with its names."""

    code: Code
    name: Text | None = None
    name_en: Text | None = None

    @model_validator(mode="after")
    def _named_if_own(self) -> Self:
        named = [self.name is not None, self.name_en is not None]
        if self.code in set(Service) and any(named):
            message = f"{self.code} is one of the fixed four and has its names"
            raise ValueError(message)
        if self.code not in set(Service) and not all(named):
            message = f"{self.code} is the community's own and needs name and name_en"
            raise ValueError(message)
        return self

    @property
    def names(self) -> tuple[str, str]:
        """The name and the English name."""
        if self.name is None or self.name_en is None:
            return SERVICE_NAMES[Service(self.code)]
        return self.name, self.name_en


class ServicesIn(Given):
    """A team's whole list of services, in the order it is shown; it replaces the one before."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "services": [
                    {"code": "voluntary_patrol"},
                    {"code": "elder_escort", "name": "独居老人陪护", "name_en": "Escort of elders living alone"},
                ]
            }
        },
    )

    services: Annotated[list[ServiceIn], Field(max_length=50)]

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({service.code for service in self.services}) < len(self.services):
            message = "a service is named twice"
            raise ValueError(message)
        return self


class ServiceOut(BaseModel):
    """A service of a team."""

    model_config = ConfigDict(from_attributes=True)

    code: str
    name: str
    name_en: str

    @computed_field(description="One of the fixed four; else the community's own.")  # type: ignore[prop-decorator]
    @property
    def is_fixed(self) -> bool:
        """One of the fixed four."""
        return self.code in set(Service)


class TeamOut(Kept):
    """A team: a department of volunteers or of a company, in the version of that department, with its services."""

    code: str
    name: str
    name_en: str
    kind: DepartmentKind
    parent_id: UUID
    services: list[ServiceOut]


@dataclass(frozen=True, slots=True)
class TeamFilter:
    """Which teams are asked for; a field left out asks for all."""

    service: Annotated[Code | None, Query(description="Those that offer this service.")] = None
    kind: Annotated[DepartmentKind | None, Query(description="Of volunteers, or of a company.")] = None
