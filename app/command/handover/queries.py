"""Every statement about handovers. What moves an incident is the gate's own statement."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID as Id

from sqlalchemy import ARRAY, ColumnElement, Executable, Select, and_, any_, bindparam, case, exists, func, or_, select
from sqlalchemy import literal_column as literal
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.command.handover.models import Handover, HandoverItem
from app.command.handover.workflow import ItemKind
from app.command.intake.queries import has_answer, stored
from app.command.queries import EVENT, answered, insert_rows, update_rows
from app.command.record.queries import obj
from app.core.db import Hot, Session
from app.core.once import StoredAnswer
from app.core.outbox import Event
from app.dispatch.models import Assignment
from app.dispatch.queries import holds_patrol
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, Task
from app.incident.queries import seen_by, visible
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import SEATED, drafted

UUID = PgUUID(as_uuid=True)
OPEN = ("offered", "accepted")
SOON = timedelta(hours=12)
"""How long before its start a shift already counts as the one that follows."""


def _param(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


def _follows(one: Any, other: Any) -> ColumnElement[bool]:
    """The other shift is of the same patrol, or on the same beat, and goes on longer."""
    same = or_(other.patrol_id == one.patrol_id, other.beat_id == one.beat_id)
    return and_(same, other.id != one.id, other.ends_at > one.ends_at)


def _next() -> ColumnElement[Any]:
    """The shift that follows this one soonest; of several the same patrol's."""
    coming, patrol = aliased(Shift), aliased(Patrol)
    found = (
        select(obj(id=coming.id, patrol=patrol.code))
        .join(patrol, patrol.id == coming.patrol_id)
        .where(_follows(Shift, coming), coming.signed_off_at.is_(None), coming.ends_at > func.now())
        .where(coming.starts_at < func.now() + SOON)
        .order_by(func.greatest(coming.starts_at, func.now()), coming.patrol_id != Shift.patrol_id, coming.id)
    )
    return found.limit(1).correlate(Shift).scalar_subquery()


def _work(of: Any, found: Select[Any], **more: Any) -> ColumnElement[Any]:
    """Open work as a JSON list in the order of its incidents, each with whether the caller may see that."""
    incident: dict[str, Any] = {"incident_id": Incident.id, "incident": Incident.number}
    incident |= {"home": Incident.home_centre_id, "is_seen": visible()}
    listed = found.join(Incident, Incident.id == of.incident_id).order_by(Incident.id, of.id).correlate(Shift)
    each = listed.with_only_columns(obj(id=of.id, **incident, **more).label("one")).subquery()
    whole = select(func.coalesce(func.json_agg(each.c.one), literal("'[]'::json"))).select_from(each)
    return whole.scalar_subquery()


def _open() -> list[ColumnElement[Any]]:
    live = or_(Assignment.is_active, Assignment.is_stacked)
    assignments = select(Assignment).where(Assignment.patrol_id == Shift.patrol_id, live)
    tasks = select(Task).where(Task.patrol_id == Shift.patrol_id, or_(*(Task.state == state for state in OPEN)))
    item = HandoverItem
    waiting = (
        select(item)
        .join(Handover, Handover.id == item.handover_id)
        .where(Handover.to_shift_id == Shift.id, Handover.acknowledged_at.is_(None))
    )
    own: dict[str, Any] = {"state": Assignment.state, "stacked": Assignment.is_stacked}
    own["kind"] = literal(f"'{ItemKind.ASSIGNMENT}'")
    return [
        _work(Assignment, assignments, **own).label("offers"),
        _work(Task, tasks, kind=Task.kind).label("tasks"),
        _work(item, waiting, kind=item.kind).label("waiting"),
    ]


def _reading() -> Executable:
    """A shift the caller may see, held against other handovers, with its open work and who follows."""
    crew = exists().where(CrewMember.shift_id == Shift.id, SEATED)
    mine = crew.where(CrewMember.account_id == _param("actor_id", UUID)).correlate(Shift)
    ours = crew.where(CrewMember.department_id == any_(_param("duty_departments", ARRAY(UUID)))).correlate(Shift)
    here = Shift.centre_id == any_(_param("duty_centres", ARRAY(UUID)))
    above = select(Organisation.lineage).where(Organisation.id == Shift.centre_id).scalar_subquery()
    due = select(func.array_agg(Handover.id)).where(
        Handover.to_shift_id == Shift.id, Handover.acknowledged_at.is_(None)
    )
    own = (Shift.id, Shift.version, Shift.patrol_id, Shift.centre_id, Shift.signed_on_at, Shift.signed_off_at)
    columns: tuple[Any, ...] = (*own, Patrol.code, Patrol.name, above.label("lineage"), mine.label("is_crew"))
    busy, unacknowledged = holds_patrol(Shift.patrol_id).label("is_busy"), due.scalar_subquery().label("due")
    return (
        select(*columns, busy, unacknowledged, *_open(), _next().label("next"), func.now().label("now"), *stored())
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .outerjoin(StoredAnswer, has_answer())
        .where(Shift.id == _param("id", UUID), or_(here, mine, ours), ~drafted())
        .with_for_update(of=Shift, key_share=True)
    )


HANDOVER = ("id", "version", "from_shift_id", "to_shift_id", "note", "account_id")
ITEM = ("id", "version", "handover_id", "incident_id", "kind", "state", "part_id", "next_part_id")


def _writing() -> Executable:
    """Keep handovers and what became of their items, tell the log, store the answer."""
    made = insert_rows(Handover, "handovers", *HANDOVER).returning(Handover.id).cte("handovers_made")
    parts = [
        made,
        insert_rows(HandoverItem, "items", *ITEM, after=made).cte("items_made"),
        update_rows(Handover, "acknowledged", "id", "acknowledged_at", "acknowledged_by").cte("handovers_changed"),
        update_rows(HandoverItem, "item_changes", "id", "state", "next_part_id").cte("items_changed"),
        insert_rows(Event, "events", *EVENT).cte("logged"),
        answered(),
    ]
    return select(literal("1")).add_cte(*parts)


READ = Hot(_reading)
WRITE = Hot(_writing)


async def handovers(session: Session, shift_id: Id) -> Sequence[Any]:
    """The handovers from and to a shift, with their patrols and people, in the order they were made."""
    giving, taking, from_patrol, to_patrol = aliased(Shift), aliased(Shift), aliased(Patrol), aliased(Patrol)
    maker, acknowledger = aliased(Account), aliased(Account)
    columns: tuple[Any, ...] = (
        *Handover.__table__.c,
        from_patrol.code.label("from_patrol"),
        to_patrol.code.label("to_patrol"),
        maker.username.label("by"),
        acknowledger.username.label("acknowledger"),
    )
    statement = (
        select(*columns)
        .join(giving, giving.id == Handover.from_shift_id)
        .join(from_patrol, from_patrol.id == giving.patrol_id)
        .outerjoin(taking, taking.id == Handover.to_shift_id)
        .outerjoin(to_patrol, to_patrol.id == taking.patrol_id)
        .join(maker, maker.id == Handover.account_id)
        .outerjoin(acknowledger, acknowledger.id == Handover.acknowledged_by)
        .where(or_(Handover.from_shift_id == shift_id, Handover.to_shift_id == shift_id))
        .order_by(Handover.id)
    )
    return (await session.execute(statement)).all()


async def items(session: Session, caller: Actor, handover_ids: Sequence[Id]) -> Sequence[Any]:
    """The work in these handovers, with the incidents that the caller may see."""
    item, is_seen = HandoverItem, seen_by(caller)
    columns: tuple[Any, ...] = (
        item.handover_id,
        case((is_seen, item.incident_id)).label("incident_id"),
        case((is_seen, Incident.number)).label("incident"),
        item.kind,
        item.state,
    )
    statement = select(*columns).join(Incident, Incident.id == item.incident_id)
    return (await session.execute(statement.where(item.handover_id.in_(handover_ids)).order_by(item.id))).all()


async def before(session: Session, shift_id: Id) -> Any | None:
    """The last shift that signed off before this one ends and that this one follows."""
    this, gone = aliased(Shift), aliased(Shift)
    columns: tuple[Any, ...] = (
        gone.id.label("shift_id"),
        Patrol.code.label("patrol"),
        gone.signed_off_at,
        gone.handover_note,
    )
    statement = (
        select(*columns)
        .join(this, and_(this.id == shift_id, _follows(gone, this)))
        .join(Patrol, Patrol.id == gone.patrol_id)
        .where(gone.signed_off_at.is_not(None))
        .order_by(gone.signed_off_at.desc())
        .limit(1)
    )
    return (await session.execute(statement)).one_or_none()
