"""Every statement about roll calls."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.agency.models import Officer
from app.core.db import Session
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.roster.attendance.models import RollCallMark
from app.roster.models import CrewMember, Shift
from app.roster.queries import ShiftRow, at_or_below, drafted, shift_rows, visible


async def due(session: Session, caller: Actor, centre: str | None, at: datetime) -> Sequence[ShiftRow]:
    """The shifts that should be on at an instant, or were, as far as the caller may see them; by patrol."""
    planned = and_(Shift.starts_at <= at, Shift.ends_at > at)
    still_on = and_(Shift.signed_on_at <= at, or_(Shift.signed_off_at.is_(None), Shift.signed_off_at > at))
    conditions = [visible(caller), ~drafted(), or_(planned, still_on)]
    if centre is not None:
        conditions.append(at_or_below(centre))
    statement = shift_rows().where(*conditions).order_by(Shift.starts_at, Shift.id)
    return (await session.execute(statement)).all()


async def called(session: Session, shift_ids: Collection[UUID], at: datetime) -> Sequence[Any]:
    """Who sat on these shifts at an instant, leaders first, each with the newest mark until then."""
    mark = (
        select(RollCallMark)
        .ext(distinct_on(RollCallMark.shift_id, RollCallMark.officer_id))
        .where(RollCallMark.shift_id.in_(shift_ids), RollCallMark.created_at <= at)
        .order_by(
            RollCallMark.shift_id, RollCallMark.officer_id, RollCallMark.created_at.desc(), RollCallMark.id.desc()
        )
        .subquery()
    )
    of_seat = and_(mark.c.shift_id == CrewMember.shift_id, mark.c.officer_id == CrewMember.officer_id)
    seated = or_(CrewMember.left_at.is_(None), CrewMember.left_at > at)
    joined = func.lower(CrewMember.during) <= func.greatest(at, Shift.starts_at)
    statement = (
        select(CrewMember, Officer, Organisation, mark.c.is_present, mark.c.created_at.label("called_at"), mark.c.note)
        .join(Shift, Shift.id == CrewMember.shift_id)
        .join(Officer, Officer.id == CrewMember.officer_id)
        .join(Organisation, Organisation.id == CrewMember.department_id)
        .outerjoin(mark, of_seat)
        .where(CrewMember.shift_id.in_(shift_ids), seated, joined)
        .order_by(CrewMember.shift_id, CrewMember.is_leader.desc(), Officer.number)
    )
    return (await session.execute(statement)).all()
