"""Every statement about telling: what is known around facts, and notices written with all who are told."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Integer,
    Select,
    Text,
    and_,
    any_,
    case,
    cast,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.catalogue.models import Calendar
from app.catalogue.queries import calendar_of_centre
from app.command.queries import rows_of
from app.core.db import Session
from app.dispatch.models import Assignment
from app.grid.models import GridCell
from app.identity.models import Account, Organisation, RoleGrant
from app.incident.models import Incident, IncidentMove, Task
from app.incident.request.models import Request
from app.incident.request.workflow import RequestState
from app.linkage.models import Summons
from app.notice.models import AT, DeliveryState, Notice, NoticeDelivery, NoticeReceipt
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED
from app.safety.sos.models import Sos

UUID = PgUUID(as_uuid=True)
NAMED = ("incident_id", "centre_id", "patrol_id", "department_id", "summons_id", "target_id", "told_centre_id")
"""What the payload of a fact may name."""
FACT: tuple[Column[Any] | ColumnElement[Any], ...] = (
    column("n", Integer), column("topic", Text), column("subject_id", UUID), column("version", Integer),
    *(column(name, UUID) for name in NAMED),
)  # fmt: skip
NOTICE: tuple[ColumnElement[Any], ...] = (
    column("id", UUID), column("fact_id", BigInteger), column("kind", Text), column("topic", Text),
    column("subject_id", UUID), column("incident_id", UUID), column("centre_id", UUID), column("urgency", Text),
    column("needs_receipt", Boolean), column("text", Text), column("text_en", Text), column("at", AT),
)  # fmt: skip
"""What is written of a notice as it is given."""
BESIDE: tuple[ColumnElement[Any], ...] = (
    column("read_within_s", Integer), column("not_to", UUID), column("on_seat", Boolean),
    column("channels", ARRAY(Text)),
)  # fmt: skip
AUDIENCE: tuple[ColumnElement[Any], ...] = (
    column("notice_id", UUID), column("n", Integer), column("roles", ARRAY(Text)), column("organisation_id", UUID),
    column("patrol_id", UUID), column("account_id", UUID),
)  # fmt: skip


@cache
def _around() -> Select[Any]:
    """One row a fact: everything by key, null where there is nothing of the kind."""
    f, i = rows_of("facts", *FACT), Incident
    at = {name: aliased(Organisation) for name in ("centre", "before", "department", "target")}
    named = ("centre", "before", "department")
    zone = select(Calendar.time_zone).where(Calendar.id == calendar_of_centre(at["centre"].id)).scalar_subquery()
    columns: tuple[Any, ...] = (
        f.c.n, i.id.label("incident_id"), i.number, i.lead_department_id, i.lead_patrol_id, i.reporter_id,
        GridCell.code.label("cell"), Centre.id.label("centre_id"), Centre.settings, at["centre"].parent_id,
        Patrol.id.label("patrol_id"), Patrol.code.label("patrol"), zone.label("time_zone"),
        *(at[name].name.label(name) for name in named), *(at[name].name_en.label(f"{name}_en") for name in named),
        *(at[name].id.label(f"{name}_id") for name in ("before", "department", "target")),
        f.c.told_centre_id.label("rung_id"), Sos.account_id.label("caller_id"),
        Request.kind.label("request_kind"), Request.asked_by, Request.asker_role, Request.hours,
        _approved_before().label("approved_before"), _actor(f).label("actor_id"), _sent().label("sent"),
        Task.kind.label("task_kind"), Task.patrol_id.label("task_patrol_id"), Task.due_at.label("task_due_at"),
        Task.account_id.label("task_account_id"),
    )  # fmt: skip
    return select(*columns).select_from(_joined(f, at))


def _joined(f: Any, at: dict[str, Any]) -> Any:
    """A fact with all that it names, and all that hangs on that."""
    i, move = Incident, IncidentMove
    about = {what: f.c.topic.startswith(f"{what}.") for what in ("incident", "request", "sos", "task")}
    task_id = case((about["task"], f.c.subject_id), else_=i.task_id)
    return (
        f.outerjoin(i, i.id == f.c.incident_id)
        .outerjoin(GridCell, GridCell.id == i.cell_id)
        .outerjoin(at["centre"], at["centre"].id == func.coalesce(f.c.centre_id, i.commanding_centre_id))
        .outerjoin(Centre, Centre.id == at["centre"].id)
        .outerjoin(move, and_(move.incident_id == i.id, move.seq == f.c.version, about["incident"]))
        .outerjoin(at["before"], at["before"].id == move.from_centre_id)
        .outerjoin(Patrol, Patrol.id == f.c.patrol_id)
        .outerjoin(Summons, Summons.id == f.c.summons_id)
        .outerjoin(at["department"], at["department"].id == func.coalesce(f.c.department_id, Summons.department_id))
        .outerjoin(at["target"], at["target"].id == f.c.target_id)
        .outerjoin(Sos, and_(Sos.id == f.c.subject_id, about["sos"]))
        .outerjoin(Request, and_(Request.id == f.c.subject_id, about["request"]))
        .outerjoin(Task, Task.id == task_id)
    )


def _sent() -> ColumnElement[Any]:
    """The patrols that the incident's live assignments are for."""
    a = Assignment
    live = select(func.array_agg(a.patrol_id)).where(a.incident_id == Incident.id, or_(a.is_active, a.is_stacked))
    return live.correlate(Incident).scalar_subquery()


def _approved_before() -> ColumnElement[int]:
    """How many requests of the same kind the incident has had approved in this round."""
    before = aliased(Request)
    same = (before.incident_id == Request.incident_id, before.kind == Request.kind, before.round == Request.round)
    approved = select(func.count()).where(*same, before.state == RequestState.APPROVED.value)
    return approved.correlate(Request).scalar_subquery()


def _actor(f: Any) -> ColumnElement[Any]:
    """Whose doing the fact is, where that is on record: nobody is told of what they did themselves."""
    did = case(
        (f.c.topic == "request.asked", Request.asked_by),
        (f.c.topic == "sos.raised", Sos.account_id),
        (f.c.topic == "sos.resolved", Sos.resolved_by),
        else_=Request.decided_by,
    )
    return func.coalesce(IncidentMove.actor_id, did)


LIVE: ColumnElement[bool] = or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())
"""True for a grant in force now."""


def _by_role(a: Any) -> Select[Any]:
    """Who holds one of the roles nearest to the organisation, at it or above."""
    at, up, g = aliased(Organisation), aliased(Organisation), RoleGrant
    distance = func.rank().over(partition_by=(a.c.notice_id, a.c.n), order_by=func.cardinality(up.lineage).desc())
    columns: tuple[Any, ...] = (a.c.notice_id, a.c.n, g.account_id, g.role, at.id.label("organisation_id"))
    found = (
        select(*columns, distance.label("distance"))
        .select_from(a)
        .join(at, at.id == a.c.organisation_id)
        .join(up, up.id == any_(at.lineage))
        .join(g, and_(g.organisation_id == up.id, g.role == any_(a.c.roles), LIVE))
        .join(Account, and_(Account.id == g.account_id, Account.is_active))
        .subquery()
    )
    kept = [c for c in found.c if c.name != "distance"]
    return select(*kept, cast(None, UUID).label("shift_id")).where(found.c.distance == 1)


def _by_crew(a: Any) -> Select[Any]:
    """Who sits on the patrol's shift on duty."""
    c = CrewMember
    nothing: tuple[Any, ...] = (cast(None, Text).label("role"), cast(None, UUID).label("organisation_id"))
    columns: tuple[Any, ...] = (a.c.notice_id, a.c.n, c.account_id, *nothing, Shift.id.label("shift_id"))
    return (
        select(*columns)
        .select_from(a)
        .join(Shift, and_(Shift.patrol_id == a.c.patrol_id, ON_DUTY))
        .join(c, and_(c.shift_id == Shift.id, SEATED))
        .join(Account, and_(Account.id == c.account_id, Account.is_active))
    )


def _by_account(a: Any) -> Select[Any]:
    """The account itself, if it is on and holds one of the roles where any are named."""
    held = exists().where(RoleGrant.account_id == Account.id, RoleGrant.role == any_(a.c.roles), LIVE)
    nothing: tuple[Any, ...] = (
        cast(None, Text).label("role"), cast(None, UUID).label("organisation_id"), cast(None, UUID).label("shift_id"),
    )  # fmt: skip
    columns: tuple[Any, ...] = (a.c.notice_id, a.c.n, Account.id.label("account_id"), *nothing)
    known = select(*columns).select_from(a).join(Account, and_(Account.id == a.c.account_id, Account.is_active))
    return known.where(or_(func.cardinality(a.c.roles) == 0, held.correlate(Account, a)))


@cache
def _telling() -> Executable:
    """Write notices, each with everybody who is told, once, and a delivery a channel; nothing of one that is there."""
    given, a = rows_of("notices", *NOTICE, *BESIDE), rows_of("audiences", *AUDIENCE)
    names = [c.name for c in NOTICE]
    within = func.make_interval(0, 0, 0, 0, 0, 0, given.c.read_within_s)
    rows = select(*(given.c[name] for name in names), func.now() + within)
    put = upsert(Notice).from_select([*names, "read_by"], rows, include_defaults=False)
    kept = put.on_conflict_do_nothing(index_elements=["fact_id", "kind"]).returning(Notice.id).cte("kept")
    people = union_all(_by_role(a), _by_crew(a), _by_account(a)).cte("people")
    told = (
        select(people, given.c.urgency, given.c.channels, _hangs_on(given, people).label("incident_id"))
        .ext(distinct_on(people.c.notice_id, people.c.account_id))
        .join(kept, kept.c.id == people.c.notice_id)
        .join(given, given.c.id == people.c.notice_id)
        .where(people.c.account_id.is_distinct_from(given.c.not_to))
        .order_by(people.c.notice_id, people.c.account_id, people.c.n, people.c.role)
        .cte("told")
    )
    return select(func.count()).select_from(kept).add_cte(_received(told), _posted(told))


def _hangs_on(given: Any, people: CTE) -> ColumnElement[Any]:
    return case((and_(given.c.on_seat, people.c.shift_id.is_not(None)), None), else_=given.c.incident_id)


def _received(told: CTE) -> CTE:
    names = ["notice_id", "account_id", "urgency", "role", "organisation_id", "incident_id", "shift_id"]
    rows = select(*(told.c[name] for name in names))
    return insert(NoticeReceipt).from_select(names, rows, include_defaults=False).cte("received")


def _posted(told: CTE) -> CTE:
    channel = func.unnest(told.c.channels).table_valued("channel").render_derived("by")
    waiting = (literal(DeliveryState.WAITING.value, Text), literal(0, Integer))
    rows = select(told.c.notice_id, told.c.account_id, channel.c.channel, *waiting).select_from(
        told.join(channel, true())
    )
    names = ["notice_id", "account_id", "channel", "state", "attempts"]
    return insert(NoticeDelivery).from_select(names, rows, include_defaults=False).cte("posted")


async def around(session: Session, facts: list[dict[str, Any]]) -> dict[int, Any]:
    """What is known around some facts, by their `n`."""
    rows = (await session.execute(_around(), {"facts": facts})).mappings()
    return {row["n"]: row for row in rows}


async def tell(session: Session, notices: list[dict[str, Any]], audiences: list[dict[str, Any]]) -> int:
    """Write notices with all who are told; says how many are new."""
    written = await session.execute(_telling(), {"notices": notices, "audiences": audiences})
    return int(written.scalar_one())


async def past_their_limit(session: Session, batch: int) -> Sequence[Notice]:
    """Notices whose time to be read is over and that nobody has looked at yet, held until commit."""
    due = select(Notice).where(Notice.read_by < func.now(), Notice.looked_at.is_(None)).order_by(Notice.read_by)
    return (await session.scalars(due.limit(batch).with_for_update(skip_locked=True))).all()


async def groups(session: Session, notice_ids: Sequence[Id]) -> Sequence[Any]:
    """Those told of each notice, together by place, crew or account: their names, and whether one of them read it."""
    r = NoticeReceipt
    alone = case((and_(r.organisation_id.is_(None), r.shift_id.is_(None)), r.account_id))
    name = (Organisation.name, Organisation.name_en, Patrol.code)
    columns: tuple[Any, ...] = (r.notice_id, *name, func.bool_or(r.read_at.is_not(None)).label("is_read"))
    statement = (
        select(*columns)
        .outerjoin(Organisation, Organisation.id == r.organisation_id)
        .outerjoin(Shift, Shift.id == r.shift_id)
        .outerjoin(Patrol, Patrol.id == Shift.patrol_id)
        .where(r.notice_id.in_(notice_ids))
        .group_by(r.notice_id, r.organisation_id, r.shift_id, alone, *name)
        .order_by(r.notice_id, Organisation.name, Patrol.code)
    )
    return (await session.execute(statement)).all()


async def looked_at(session: Session, notice_ids: Sequence[Id]) -> None:
    """Note that these have been looked at: each once."""
    await session.execute(update(Notice).where(Notice.id.in_(notice_ids)).values(looked_at=func.now()))


async def forget(session: Session, keep: timedelta, keep_unread: timedelta, batch: int) -> int:
    """Delete the oldest notices that are past their time, with all their receipts; says how many.

    One that somebody has still to read is kept longer.
    """
    unread = exists().where(NoticeReceipt.notice_id == Notice.id, NoticeReceipt.read_at.is_(None))
    over = or_(~unread, Notice.told_at < func.now() - keep_unread)
    old = select(Notice.id).where(Notice.told_at < func.now() - keep, over).order_by(Notice.told_at).limit(batch)
    return len((await session.execute(delete(Notice).where(Notice.id.in_(old)).returning(Notice.id))).all())
