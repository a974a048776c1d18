"""The tables of the catalogue: category schemes with versions, standards with limits, work calendars."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, SmallInteger, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row
from app.core.problems import Conflict, constraint_means


class CategoryScheme(Row, Base):
    """One edition of a jurisdiction's categories. A draft until it is published; one is in force in an area."""

    __tablename__ = "category_scheme"
    __table_args__ = (
        UniqueConstraint("area_id", "code", "edition"),
        Index("category_scheme_in_force", "area_id", unique=True, postgresql_where=text("is_current")),
    )

    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.id"), index=True)
    code: Mapped[str]
    edition: Mapped[str]
    title: Mapped[str]
    title_en: Mapped[str]
    source: Mapped[str]
    published_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    is_current: Mapped[bool] = mapped_column(default=False)


class Category(Row, Base):
    """A kind of incident in one edition. `rules`, a `CategoryRules`, say how it is handled.

    `public_service`, a `PublicService`, is what the public is offered of it; null: it is not for the public to report.
    """

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("scheme_id", "code"),)

    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("category_scheme.id", ondelete="CASCADE"))
    code: Mapped[str]
    domain: Mapped[str]
    main_class: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str]
    default_priority: Mapped[int] = mapped_column(SmallInteger)
    rules: Mapped[dict[str, Any]] = mapped_column(JSONB)
    public_service: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))


class Standard(Row, Base):
    """立结案标准: when a category is filed, when it is closed, and how long each step may take.

    `limits` is `{step: {amount, unit}}` with steps `handle`, `total` and any of the others. A limit may hold
    `overrides`, each for a priority, a level or both: `limit_for` picks.
    """

    __tablename__ = "standard"
    __table_args__ = (
        UniqueConstraint("category_id", "code"),
        Index("standard_default", "category_id", unique=True, postgresql_where=text("is_default")),
    )

    category_id: Mapped[UUID] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"))
    code: Mapped[str]
    filing_condition: Mapped[str]
    filing_condition_en: Mapped[str]
    closing_condition: Mapped[str]
    closing_condition_en: Mapped[str]
    limits: Mapped[dict[str, Any]] = mapped_column(JSONB)
    is_default: Mapped[bool] = mapped_column(default=False)


class Calendar(Row, Base):
    """When work is done: `weekly` is `{"1": [["08:00", "12:00"], …], …}` (1 is Monday) in the calendar's time zone.

    Of a jurisdiction, or for all where `area_id` is null. Its version rises when its days change.
    """

    __tablename__ = "calendar"
    __table_args__ = (UniqueConstraint("code"),)

    code: Mapped[str]
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.id"), index=True)
    name: Mapped[str]
    name_en: Mapped[str]
    time_zone: Mapped[str]
    weekly: Mapped[dict[str, list[list[str]]]] = mapped_column(JSONB)


class PastCalendar(Base):
    """A calendar as it was until it changed: clocks that were counted by it are still explained by it."""

    __tablename__ = "past_calendar"

    calendar_id: Mapped[UUID] = mapped_column(ForeignKey("calendar.id", ondelete="CASCADE"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    content: Mapped[dict[str, Any]] = mapped_column(JSONB)


class CalendarDay(Base):
    """A day unlike its weekday: a holiday (no periods) or a make-up working day (调休)."""

    __tablename__ = "calendar_day"

    calendar_id: Mapped[UUID] = mapped_column(ForeignKey("calendar.id", ondelete="CASCADE"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    periods: Mapped[list[list[str]]] = mapped_column(JSONB)
    name: Mapped[str]
    name_en: Mapped[str]


constraint_means("category_scheme_pkey", Conflict("An edition with this id exists."))
constraint_means("category_scheme_area_id_code_edition_key", Conflict("This edition of the scheme exists."))
constraint_means("category_scheme_in_force", Conflict("Another edition is being published."))
constraint_means("category_pkey", Conflict("A category with this id exists."))
constraint_means("calendar_pkey", Conflict("A calendar with this id exists."))
constraint_means("calendar_code_key", Conflict("A calendar with this code exists."))
