"""What an officer's phone holds: the shifts, the settings that hold there, the incidents that are theirs to do."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Select,
    and_,
    any_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    union,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.catalogue.models import CategoryScheme
from app.catalogue.queries import seen
from app.command.record.queries import record_columns
from app.core.db import Hot, Session
from app.dispatch.models import Assignment
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, Task
from app.incident.queries import my_patrols, visible
from app.linkage.models import Summons
from app.roster.models import CrewMember, Shift
from app.roster.queries import ON_DUTY, SEATED, drafted

UUID = PgUUID(as_uuid=True)
I = Incident  # noqa: E741  # the subject of every line below
MOST = 100
"""Incidents on a phone: what is beyond it is found in the list."""


def _given(name: str) -> ColumnElement[Any]:
    return bindparam(name, type_=ARRAY(UUID))


def _mine() -> Executable:
    """The open incidents that are the caller's to work on, then those that they reported; the newest first."""
    me = bindparam("actor_id", type_=UUID)
    a, patrols = Assignment, my_patrols(me)
    work: ColumnElement[int] = literal_column("0").label("place")
    report: ColumnElement[int] = literal_column("1").label("place")
    nobody = and_(I.task_account_id.is_(None), I.task_patrol_id.is_(None))
    pooled = or_(
        and_(Task.kind == literal_column("'verify'"), I.commanding_centre_id == any_(_given("verifies"))),
        and_(Task.kind == literal_column("'check'"), I.commanding_centre_id == any_(_given("checks"))),
    )
    is_open = Task.state.in_([literal_column("'offered'"), literal_column("'accepted'")])
    found = union(
        select(a.incident_id.label("id"), work).where(a.patrol_id.in_(patrols), or_(a.is_active, a.is_stacked)),
        select(I.id, work).where(I.task_account_id == me),
        select(I.id, work).where(I.task_patrol_id.in_(patrols)),
        select(I.id, work).join(Task, Task.id == I.task_id).where(is_open, nobody, pooled),
        select(Summons.incident_id, work).where(
            Summons.department_id == any_(_given("desks")), Summons.state != literal_column("'released'")
        ),
        select(I.id, report).where(I.reporter_id == me, I.closed_at.is_(None)),
    ).subquery()
    first = func.min(found.c.place)
    return (
        select(I.id)
        .join(found, found.c.id == I.id)
        .where(I.closed_at.is_(None), visible())
        .group_by(I.id)
        .order_by(first, I.reported_at.desc(), I.id)
        .limit(literal_column(str(MOST)))
    )


def _many() -> Executable:
    """Some incidents, with everything that belongs to them, as far as the caller sees them."""
    return select(*record_columns()).where(I.id == any_(_given("ids")), visible())


def _over() -> Executable:
    """Which of some incidents have ended, in the caller's sight."""
    return select(I.id).where(I.id == any_(_given("ids")), I.closed_at.is_not(None), visible())


MINE, MANY, OVER = Hot(_mine), Hot(_many), Hot(_over)


async def shifts(session: Session, caller: Actor) -> Sequence[Id]:
    """The caller's shifts that are on, or begin within a day."""
    soon = and_(
        Shift.signed_off_at.is_(None),
        Shift.ends_at > func.now(),
        Shift.starts_at < func.now() + literal_column("interval '1 day'"),
    )
    seat = select(CrewMember.shift_id).where(CrewMember.account_id == caller.account_id, SEATED)
    mine = select(Shift.id).where(Shift.id.in_(seat), or_(ON_DUTY, soon), ~drafted())
    return (await session.scalars(mine.order_by(Shift.starts_at, Shift.id))).all()


async def centres(session: Session, ids: Collection[Id]) -> Sequence[Any]:
    """Code, level and settings of the centres among some organisations, and of all above them."""
    own, above = aliased(Organisation), aliased(Organisation)
    found: Select[Any] = (
        select(above.id, above.code, Centre.level, Centre.settings)
        .join(own, above.id == any_(own.lineage))
        .join(Centre, Centre.id == above.id)
        .where(own.id.in_(ids))
        .distinct()
        .order_by(above.code)
    )
    rows: Sequence[Any] = (await session.execute(found)).all()
    return rows


async def editions(session: Session, caller: Actor) -> Sequence[CategoryScheme]:
    """The editions in force where the caller works."""
    found = select(CategoryScheme).where(CategoryScheme.is_current, seen(caller)).order_by(CategoryScheme.id)
    return (await session.scalars(found)).all()
