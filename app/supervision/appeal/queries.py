"""Every statement about appeals."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, func, select, update
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, RunningClock
from app.incident.queries import seen_by
from app.linkage.models import Summons
from app.supervision.appeal.models import Appeal, AppealReview
from app.supervision.appeal.schemas import AppealFilter
from app.supervision.appeal.workflow import Subject

Filer = aliased(Account)
AppealRow = Row[Appeal, Incident, RunningClock, str, str]


def _appeals() -> Select[Appeal, Incident, RunningClock, str, str]:
    """Appeals with their incident, the fact, the department's code and who filed."""
    of_clock = and_(RunningClock.id == Appeal.subject_id, Appeal.subject_kind == Subject.CLOCK.value)
    department, filed_by = Organisation.code.label("department"), Filer.username.label("filed_by")
    return (
        select(Appeal, Incident, RunningClock, department, filed_by)
        .join(Incident, Incident.id == Appeal.incident_id)
        .join(RunningClock, of_clock)
        .join(Organisation, Organisation.id == Appeal.department_id)
        .join(Filer, Filer.id == Appeal.filed_by)
    )


async def appeals(
    session: Session, caller: Actor, wanted: AppealFilter, after: UUID | None, limit: int
) -> Sequence[AppealRow]:
    """Appeals about incidents the caller may see, in the order they were filed; one more than asked for."""
    conditions: list[ColumnElement[bool]] = [seen_by(caller)]
    if wanted.state is not None:
        conditions.append(Appeal.state == wanted.state.value)
    if wanted.department is not None:
        conditions.append(Organisation.code == wanted.department)
    if wanted.incident_id is not None:
        conditions.append(Appeal.incident_id == wanted.incident_id)
    if after is not None:
        conditions.append(Appeal.id > after)
    return (await session.execute(_appeals().where(*conditions).order_by(Appeal.id).limit(limit + 1))).all()


async def appeal(session: Session, caller: Actor, appeal_id: UUID) -> AppealRow | None:
    """One appeal, if the caller may see its incident."""
    return (await session.execute(_appeals().where(Appeal.id == appeal_id, seen_by(caller)))).one_or_none()


async def hold(session: Session, appeal_id: UUID) -> None:
    """Keep an appeal from being reviewed by somebody else until commit."""
    await session.execute(select(Appeal.id).where(Appeal.id == appeal_id).with_for_update())


async def reviews(session: Session, appeal_ids: Collection[UUID]) -> Sequence[Any]:
    """The reviews of these appeals in order, with who made them."""
    found = select(AppealReview, Account.username).join(Account, Account.id == AppealReview.account_id)
    ordered = found.where(AppealReview.appeal_id.in_(appeal_ids)).order_by(AppealReview.appeal_id, AppealReview.seq)
    return (await session.execute(ordered)).all()


async def clock(session: Session, incident_id: UUID, clock_id: UUID) -> tuple[RunningClock, UUID | None] | None:
    """A clock of this incident, and the department it ran against: that of its summons, else the one that leads."""
    department = func.coalesce(Summons.department_id, Incident.lead_department_id)
    found = (
        select(RunningClock, department)
        .join(Incident, Incident.id == RunningClock.incident_id)
        .outerjoin(Summons, Summons.id == RunningClock.summons_id)
        .where(RunningClock.id == clock_id, RunningClock.incident_id == incident_id)
    )
    row = (await session.execute(found)).one_or_none()
    return None if row is None else (row[0], row[1])


async def exempt(session: Session, clock_id: UUID) -> None:
    """Leave a clock out of scores."""
    await session.execute(update(RunningClock).where(RunningClock.id == clock_id).values(is_exempt=True))
