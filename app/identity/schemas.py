"""What enters and leaves about accounts, grants and credentials."""

from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant
from app.identity.workflow import Right, Role

Purpose = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=5, max_length=500, pattern=r"^[^\x00]*$"),
    Query(description="What this is read for; kept with the reading."),
]
Code = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


class Tokens(BaseModel):
    """A short access token and the refresh token that gets the next pair, once."""

    access_token: str
    refresh_token: str
    token_type: str = "bearer"  # noqa: S105  # the OAuth2 name of the kind, not a secret
    expires_in: int


class RefreshIn(BaseModel):
    """The refresh token of the last pair."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Annotated[str, Field(min_length=20, max_length=200)]


class GrantIn(BaseModel):
    """A role at an organisation, by its code, and everything below it."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    organisation: Code
    valid_until: Instant | None = None


class GrantOut(BaseModel):
    """A role somebody holds, and where."""

    role: Role
    organisation_id: UUID
    organisation: str
    name: str
    name_en: str
    kind: Annotated[str, Field(examples=["centre"])]


class AccountIn(BaseModel):
    """A new account with its grants."""

    model_config = ConfigDict(extra="forbid")

    id: UUID | None = None
    username: Code
    display_name: Annotated[str, Field(min_length=1, max_length=100)]
    password: Annotated[str, Field(min_length=12, max_length=200)] | None = None
    grants: Annotated[list[GrantIn], Field(max_length=50)] = []


class AccountPatch(BaseModel):
    """What of an account may change; leaving a field out leaves it as it is."""

    model_config = ConfigDict(extra="forbid")

    display_name: Annotated[str, Field(min_length=1, max_length=100)] | None = None
    password: Annotated[str, Field(min_length=12, max_length=200)] | None = None
    is_active: bool | None = None
    grants: Annotated[list[GrantIn], Field(max_length=50)] | None = None


class AccountOut(BaseModel):
    """An account."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    username: str
    display_name: str
    is_active: bool
    grants: list[GrantOut] = []


class Me(BaseModel):
    """The caller as the service sees it."""

    account_id: UUID
    username: str
    display_name: str
    rights: list[Right]
    grants: list[GrantOut]


class ApiKeyIn(BaseModel):
    """A new key for an account, limited to some scopes."""

    model_config = ConfigDict(extra="forbid")

    account_id: UUID
    label: Annotated[str, Field(min_length=1, max_length=100, examples=["map of the street"])]
    scopes: Annotated[list[Right], Field(min_length=1)]
    expires_at: Instant | None = None


class ApiKeyOut(BaseModel):
    """A key without its secret."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    account_id: UUID
    label: Annotated[str, Field(examples=["map of the street"])]
    scopes: list[Right]
    expires_at: Instant | None
    revoked_at: Instant | None


class ApiKeyMade(ApiKeyOut):
    """A new key; `key` is shown this once."""

    key: str

    @classmethod
    def of(cls, row: object, key: str) -> Self:
        """The answer that shows the secret."""
        return cls(**ApiKeyOut.model_validate(row).model_dump(), key=key)
