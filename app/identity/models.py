"""The tables of accounts, the organisation tree they are granted roles in, and their credentials."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, TEXT
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role


class OrganisationKind(StrEnum):
    """A command centre commands; a department handles."""

    CENTRE = "centre"
    DEPARTMENT = "department"


class Organisation(Row, Base):
    """A node of the organisation tree, to any depth. `lineage` is itself and everything above it."""

    __tablename__ = "organisation"
    __table_args__ = (
        one_of("kind", OrganisationKind),
        UniqueConstraint("code"),
        Index("organisation_lineage", "lineage", postgresql_using="gin"),
    )

    kind: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("organisation.id"))
    lineage: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))


class Account(Row, Base):
    """Somebody or something that calls: a person at a post, or a channel."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("username"),)

    username: Mapped[str]
    display_name: Mapped[str]
    password_hash: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)


class RoleGrant(Row, Base):
    """A role at an organisation and everything below it."""

    __tablename__ = "role_grant"
    __table_args__ = (one_of("role", Role), UniqueConstraint("account_id", "role", "organisation_id"))

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    valid_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ApiKey(Row, Base):
    """A key that acts for an account within some scopes. Only the hash of the secret is kept."""

    __tablename__ = "api_key"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    label: Mapped[str]
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary)
    scopes: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    expires_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class RefreshToken(Row, Base):
    """One link of a chain of refresh tokens; a link used twice ends the whole chain (`family_id`)."""

    __tablename__ = "refresh_token"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"), index=True)
    family_id: Mapped[UUID] = mapped_column(index=True)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


constraint_means("account_username_key", Conflict("This username is taken."))
constraint_means("organisation_code_key", Conflict("An organisation with this code exists."))
constraint_means("role_grant_account_id_role_organisation_id_key", Conflict("The account holds this grant already."))
