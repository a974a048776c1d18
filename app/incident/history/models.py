"""The table of notes: what people leave beside an incident's moves."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, func
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, one_of
from app.identity.workflow import Role
from app.incident.history.workflow import NoteKind

AT = DateTime(timezone=True)


class IncidentNote(Base):
    """Something worth knowing that moves nothing: append-only, beside the history of moves."""

    __tablename__ = "incident_note"
    __table_args__ = (
        one_of("role", Role),
        one_of("kind", NoteKind),
        Index("incident_note_incident", "incident_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), primary_key=True)
    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incident.id"))
    kind: Mapped[str] = mapped_column(server_default=NoteKind.NOTE.value)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str]
    note: Mapped[str]
    at: Mapped[datetime] = mapped_column(AT, server_default=func.now())
