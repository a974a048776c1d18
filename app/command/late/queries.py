"""Whose crew somebody was when they did what they tell late."""

from sqlalchemy import DateTime, Executable, bindparam, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot
from app.roster.models import CrewMember, Shift


def _served() -> Executable:
    """The patrols the account sat with at an instant."""
    me, at = bindparam("account_id", type_=PgUUID(as_uuid=True)), bindparam("at", type_=DateTime(timezone=True))
    seats = select(Shift.patrol_id).join(CrewMember, CrewMember.shift_id == Shift.id)
    return seats.where(CrewMember.account_id == me, CrewMember.during.contains(at), Shift.signed_on_at.is_not(None))


SERVED = Hot(_served)
