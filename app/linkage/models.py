"""The tables of linkage: whistles, summons with their history, and the link grants that come with them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import REAL, DateTime, Double, ForeignKey, Index, Integer, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TEXT
from sqlalchemy.orm import Mapped, mapped_column

from app.agency.workflow import Part
from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.core.problems import Conflict, constraint_means
from app.identity.workflow import Role
from app.linkage.workflow import SummonsAction, SummonsState, WhistleKind, WhistleState

AT = DateTime(timezone=True)


class Whistle(Row, Base):
    """吹哨: a call by a centre for several departments to one place. One of a kind is open on an incident at a time."""

    __tablename__ = "whistle"
    __table_args__ = (
        one_of("kind", WhistleKind),
        one_of("state", WhistleState),
        Index("whistle_incident", "incident_id"),
        Index("whistle_one_open", "incident_id", "kind", unique=True, postgresql_where=text("state = 'blown'")),
    )

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str]
    state: Mapped[str]
    place: Mapped[Any] = mapped_column(Geometry("POINT", SRID, spatial_index=False))
    note: Mapped[str | None]
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    blown_by: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    blown_at: Mapped[datetime] = mapped_column(AT)
    arrive_by: Mapped[datetime | None] = mapped_column(AT)
    closed_at: Mapped[datetime | None] = mapped_column(AT)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("account.id"))


class Summons(Row, Base):
    """报到单: one department's part in a whistle, or as lead of an incident. Until it is released it is live.

    `arrived_m` is how far from the place the position lay by which arrival was proved, in metres.
    """

    __tablename__ = "summons"
    __table_args__ = (
        one_of("role", Part),
        one_of("state", SummonsState),
        Index("summons_incident", "incident_id"),
        Index(
            "summons_one_live", "incident_id", "department_id", unique=True,
            postgresql_where=text("state <> 'released'"),
        ),
        Index("summons_department", "department_id", "id"),
        Index("summons_whistle", "whistle_id", postgresql_where=text("whistle_id IS NOT NULL")),
        {"postgresql_with": {"fillfactor": "80"}},
    )  # fmt: skip

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    whistle_id: Mapped[UUID | None] = mapped_column(ForeignKey("whistle.id"))
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"))
    centre_id: Mapped[UUID] = mapped_column(ForeignKey("centre.id"))
    role: Mapped[str]
    is_required: Mapped[bool]
    state: Mapped[str]
    state_since: Mapped[datetime] = mapped_column(AT)
    called_at: Mapped[datetime] = mapped_column(AT)
    acknowledged_at: Mapped[datetime | None] = mapped_column(AT)
    arrived_at: Mapped[datetime | None] = mapped_column(AT)
    arrived_m: Mapped[float | None] = mapped_column(REAL)
    observed_at: Mapped[datetime | None] = mapped_column(AT)
    arrival_waiver: Mapped[str | None]
    is_late: Mapped[bool] = mapped_column(default=False)
    done_at: Mapped[datetime | None] = mapped_column(AT)
    ended_at: Mapped[datetime | None] = mapped_column(AT)
    ended_by: Mapped[str | None]
    measures: Mapped[list[str]] = mapped_column(ARRAY(TEXT))
    waived_reason: Mapped[str | None]


class SummonsEntry(Base):
    """One line of a summons' history: append-only. `seq` is the version the move made."""

    __tablename__ = "summons_entry"
    __table_args__ = (one_of("action", SummonsAction), one_of("role", Role))

    summons_id: Mapped[UUID] = mapped_column(ForeignKey("summons.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, primary_key=True)
    action: Mapped[str]
    from_state: Mapped[str | None]
    to_state: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    note: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(JSONB)
    at: Mapped[datetime] = mapped_column(AT)
    seconds_in_state: Mapped[float | None] = mapped_column(Double)
    overdue: Mapped[bool] = mapped_column(default=False)


class LinkGrant(Base):
    """What a called department may see and do beyond its own ground: one incident, from the call on.

    It acts until `ends_at` and reads until `read_until`; both are open while its summons is live. A department that is
    called again gets its grant back.
    """

    __tablename__ = "link_grant"
    __table_args__ = (Index("link_grant_department", "department_id", "incident_id"),)

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"), primary_key=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("department.id"), primary_key=True)
    starts_at: Mapped[datetime] = mapped_column(AT)
    ends_at: Mapped[datetime | None] = mapped_column(AT)
    read_until: Mapped[datetime | None] = mapped_column(AT)


constraint_means("whistle_pkey", Conflict("A whistle with this id exists."))
constraint_means(
    "whistle_one_open", Conflict("A whistle of this kind is blown already: call further departments to it.")
)
constraint_means("summons_one_live", Conflict("This department is called to this incident already."))
