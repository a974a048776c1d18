"""The tables of who commands and who handles: centres, departments, officers, competences."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.agency.workflow import DepartmentKind, Part
from app.core.db import Base, Row, one_of
from app.core.problems import Conflict, Unprocessable, constraint_means


class Centre(Base):
    """联勤指挥中心: an organisation that commands an area. `level` 2 is the district, 1 the street.

    Its id is the organisation's. `further_area_ids` are areas beside its own without a centre of theirs, such as a
    development zone. `settings` is a `CentreSettings`.
    """

    __tablename__ = "centre"

    id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), unique=True)
    further_area_ids: Mapped[list[UUID]] = mapped_column(
        ARRAY(PgUUID(as_uuid=True)), default=list, server_default=text("'{}'")
    )
    calendar_id: Mapped[UUID | None] = mapped_column(ForeignKey("calendar.id"))
    settings: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CentreArea(Base):
    """Which centre commands an area first: the nearest one at or above it. Kept by the agency's service."""

    __tablename__ = "centre_area"

    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id", ondelete="CASCADE"), primary_key=True)
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"), index=True)


class Department(Base):
    """参勤单位. Its parent in the organisation tree is its territory (块); `functional_parent` names its line (条)."""

    __tablename__ = "department"
    __table_args__ = (one_of("kind", DepartmentKind),)

    id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), primary_key=True)
    kind: Mapped[str]
    functional_parent: Mapped[str | None]
    is_vertical: Mapped[bool] = mapped_column(default=False)
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"))


class Officer(Row, Base):
    """Somebody who can go out: of a department, based at a centre; `account_id` when they carry a phone."""

    __tablename__ = "officer"
    __table_args__ = (UniqueConstraint("number"),)

    number: Mapped[str]
    display_name: Mapped[str]
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"), index=True)
    account_id: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"), unique=True)
    skills: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    is_active: Mapped[bool] = mapped_column(default=True)


class Competence(Row, Base):
    """Who is competent: a category (or all that begin with `category_prefix`) in an area and all below it."""

    __tablename__ = "competence"
    __table_args__ = (
        one_of("part", Part),
        UniqueConstraint("category_prefix", "area_id", "department_id", "part"),
        Index("competence_one_lead", "category_prefix", "area_id", unique=True, postgresql_where=text("part = 'lead'")),
    )

    category_prefix: Mapped[str]
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), index=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), index=True)
    part: Mapped[str]


constraint_means("organisation_pkey", Conflict("An organisation with this id exists."))
constraint_means("centre_area_id_key", Conflict("A centre commands this area already."))
constraint_means("officer_pkey", Conflict("An officer with this id exists."))
constraint_means("officer_number_key", Conflict("An officer with this number exists."))
constraint_means("officer_account_id_key", Conflict("The account belongs to another officer."))
constraint_means("competence_pkey", Conflict("A competence with this id exists."))
constraint_means("competence_one_lead", Conflict("Another department leads this category in this area."))
constraint_means(
    "competence_category_prefix_area_id_department_id_part_key", Conflict("This competence is on record already.")
)
constraint_means("centre_calendar_id_fkey", Unprocessable("There is no such calendar."))
