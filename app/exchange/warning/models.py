"""The table of warnings: our own from draft to end, and those of others as they came."""

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry
from sqlalchemy import DateTime, ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, Row, one_of
from app.core.geo import SRID
from app.core.problems import Conflict, constraint_means
from app.exchange.warning.workflow import CapStatus, MsgType, State

AT = DateTime(timezone=True)


class PublicWarning(Row, Base):
    """A warning. Our own is of `centre_id`; one of others has none, and `xml` as it came.

    `centres` are those whom it concerns: whose ground it touches. `refs` names the messages that it changes.
    """

    __tablename__ = "warning"
    __table_args__ = (
        one_of("state", State),
        one_of("status", CapStatus),
        one_of("msg_type", MsgType),
        UniqueConstraint("sender", "identifier", "sent"),
        Index("warning_centres", "centres", postgresql_using="gin"),
        Index("warning_refs", "refs", postgresql_using="gin", postgresql_ops={"refs": "jsonb_path_ops"}),
    )

    state: Mapped[str]
    centre_id: Mapped[UUID | None] = mapped_column(ForeignKey("centre.id"), index=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    sender: Mapped[str | None]
    identifier: Mapped[str | None]
    sent: Mapped[datetime | None] = mapped_column(AT)
    status: Mapped[str]
    msg_type: Mapped[str]
    refs: Mapped[list[Any]] = mapped_column(JSONB)
    infos: Mapped[list[Any]] = mapped_column(JSONB)
    area_codes: Mapped[list[str]] = mapped_column(JSONB)
    ground: Mapped[Any | None] = mapped_column(Geometry("MULTIPOLYGON", SRID, spatial_index=False), deferred=True)
    centres: Mapped[list[UUID]] = mapped_column(ARRAY(PgUUID(as_uuid=True)))
    expires_at: Mapped[datetime | None] = mapped_column(AT)
    xml: Mapped[str | None] = mapped_column(deferred=True)


constraint_means("warning_pkey", Conflict("A warning with this id exists."))
constraint_means("warning_sender_identifier_sent_key", Conflict("This message is being taken already."))
