"""Every statement about calls for help."""

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID as Id

from sqlalchemy import (
    ARRAY,
    CTE,
    REAL,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Officer
from app.core.db import Hot, Session
from app.core.geo import SRID
from app.core.outbox import Event
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED, at_or_below, crewed_by
from app.safety.sos.models import Sos, SosEscalation
from app.safety.sos.schemas import SosFilter
from app.safety.sos.workflow import LIMIT_S, OPEN, SosState

UUID = PgUUID(as_uuid=True)
AT = DateTime(timezone=True)
LONGEST_NOTE = 8000
"""What repeated calls say is joined up to here, in characters."""
GIVEN: dict[str, Any] = {
    "id": UUID,
    "cause": Text,
    "account_id": UUID,
    "officer_id": UUID,
    "patrol_id": UUID,
    "shift_id": UUID,
    "centre_id": UUID,
    "observed_at": AT,
    "accuracy_m": REAL,
    "note": Text,
    "request_key": Text,
    "limit_s": Integer,
    "due_at": AT,
}
OURS = Sos.__table__
_Acknowledger, _Resolver, _Home = aliased(Account), aliased(Account), aliased(Organisation)


def _param(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


def _whose() -> CTE:
    """Who the caller is out there: on duty with a patrol, else an officer at home, else somebody at a centre."""
    account_id = _param("account_id", UUID)
    duty = (
        select(Shift.id, Shift.patrol_id, Shift.centre_id)
        .join(CrewMember, CrewMember.shift_id == Shift.id)
        .where(CrewMember.account_id == account_id, ON_DUTY, SEATED)
        .order_by(Shift.signed_on_at.desc())
        .limit(1)
        .subquery("duty")
    )
    above, centre = aliased(Organisation), aliased(Centre)
    near = (
        select(centre.id)
        .join(above, centre.id == any_(above.lineage))
        .where(above.id == any_(_param("places", ARRAY(UUID))))
        .order_by(centre.level)
        .limit(1)
        .scalar_subquery()
    )
    me = select(account_id.label("account_id")).subquery("me")
    joined = me.outerjoin(duty, true()).outerjoin(Officer, Officer.account_id == me.c.account_id)
    home = func.coalesce(duty.c.centre_id, Officer.centre_id, near)
    columns: tuple[Any, ...] = (duty.c.id.label("shift_id"), duty.c.patrol_id, Officer.id.label("officer_id"))
    return select(*columns, home.label("centre_id")).select_from(joined).cte("whose")


def _on_shift() -> CTE:
    """An officer of a shift, or all of its crew, for whom the clock calls."""
    officer_id = _param("officer_id", UUID).label("officer_id")
    columns: tuple[Any, ...] = (Shift.id.label("shift_id"), Shift.patrol_id, officer_id, Shift.centre_id)
    return select(*columns).where(Shift.id == _param("shift_id", UUID)).cte("whose")


def _around(whose: CTE) -> Select[Any]:
    """What a call for help is about, and the ended one that its key belongs to."""
    last = LatestPosition
    named = func.unnest(func.array_remove(array([CrewMember.department_id, CrewMember.account_id]), None))
    crew = select(named).where(CrewMember.shift_id == whose.c.shift_id, SEATED).distinct()
    limit_s = cast(Centre.settings.op("->>")("sos_limit_s"), Integer)
    same_key = (Sos.account_id == _param("account_id", UUID), Sos.request_key == _param("request_key", Text))
    ended = select(Sos.id).where(*same_key, Sos.state == SosState.RESOLVED.value)
    columns: tuple[Any, ...] = (
        *whose.c,
        func.coalesce(limit_s, LIMIT_S).label("limit_s"),
        func.ST_X(last.location).label("lon"),
        func.ST_Y(last.location).label("lat"),
        last.observed_at,
        last.accuracy_m,
        func.array(crew.scalar_subquery()).label("crew"),
        ended.limit(1).scalar_subquery().label("ended"),
        func.now().label("now"),
    )
    joined = whose.outerjoin(Centre, Centre.id == whose.c.centre_id)
    return select(*columns).select_from(joined.outerjoin(last, last.patrol_id == whose.c.patrol_id))


def _raising() -> Select[Any]:
    """Keep the call: a new SOS, or the caller's open one sent again; and tell the log, in the same statement."""
    lon, lat = _param("lon", Double), _param("lat", Double)
    values: dict[str, Any] = {name: _param(name, kind) for name, kind in GIVEN.items()}
    values |= {"state": SosState.RAISED.value, "version": 1, "repeats": 0, "level": 0}
    values["location"] = func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID)
    put = upsert(Sos).values(values)
    newer = put.excluded.observed_at > func.coalesce(Sos.observed_at, literal("-infinity", Text).cast(AT))
    again: dict[str, Any] = {
        name: case((newer, put.excluded[name]), else_=getattr(Sos, name))
        for name in ("location", "observed_at", "accuracy_m")
    }
    again |= {"repeats": Sos.repeats + 1, "sent_at": func.now(), "updated_at": func.now()}
    said = func.strpos(func.coalesce(Sos.note, ""), func.coalesce(put.excluded.note, "")) > 0
    more = func.left(func.concat_ws("\n", Sos.note, put.excluded.note), LONGEST_NOTE)
    again["note"] = case((or_(put.excluded.note.is_(None), said), Sos.note), else_=more)
    kept = put.on_conflict_do_update(index_elements=["account_id"], index_where=text("state <> 'resolved'"), set_=again)
    raised = kept.returning(*OURS.c).cte("raised")
    return _shown(raised.c, raised).add_cte(_told(raised))


def _told(raised: CTE) -> CTE:
    topic = case((raised.c.repeats == 0, "sos.raised"), else_="sos.repeated")
    scope = func.array_prepend(raised.c.centre_id, _param("crew", ARRAY(UUID)))
    payload = func.jsonb_build_object(
        *(part for name in ("state", "cause", "patrol_id", "shift_id", "centre_id", "observed_at", "repeats")
          for part in (literal(name, Text), raised.c[name])),
        literal("location", Text), cast(func.ST_AsGeoJSON(raised.c.location), JSONB),
    )  # fmt: skip
    fact: dict[str, Any] = {
        "topic": topic, "subject_id": raised.c.id, "subject_version": raised.c.version, "scope": scope,
        "payload": payload,
    }  # fmt: skip
    rows = select(*(value.label(name) for name, value in fact.items()))
    return insert(Event).from_select(list(fact), rows, include_defaults=False).cte("told")


def _shown(s: Any, source: Any) -> Select[Any]:
    """An SOS with the names of who and what it is about."""
    columns: tuple[Any, ...] = (
        *(column for column in s if column.name != "location"),
        func.ST_X(s.location).label("lon"),
        func.ST_Y(s.location).label("lat"),
        Account.username,
        Officer.number,
        Officer.display_name,
        *(column.label(f"patrol_{column.key}") for column in (Patrol.code, Patrol.name, Patrol.name_en)),
        *(column.label(f"centre_{column.key}") for column in (_Home.code, _Home.name, _Home.name_en)),
        _Acknowledger.username.label("acknowledger"),
        _Resolver.username.label("resolver"),
        func.now().label("now"),
    )
    return (
        select(*columns)
        .select_from(source)
        .join(_Home, _Home.id == s.centre_id)
        .outerjoin(Account, Account.id == s.account_id)
        .outerjoin(Officer, Officer.id == s.officer_id)
        .outerjoin(Patrol, Patrol.id == s.patrol_id)
        .outerjoin(_Acknowledger, _Acknowledger.id == s.acknowledged_by)
        .outerjoin(_Resolver, _Resolver.id == s.resolved_by)
    )


AROUND = Hot(lambda: _around(_whose()))
RAISE = Hot(_raising)
ENDED = Hot(lambda: _shown(OURS.c, OURS).where(Sos.id == _param("id", UUID)))


async def around_shift(session: Session, shift_id: Id, officer_id: Id | None) -> Any:
    """The same of a crew on duty that did not call itself."""
    values = {"shift_id": shift_id, "officer_id": officer_id, "account_id": None, "request_key": None}
    return (await session.execute(_around(_on_shift()), values)).mappings().one()


async def raised(session: Session, values: dict[str, Any]) -> Id:
    """The same statement as `RAISE` in a larger change; says which SOS it is."""
    sos_id: Id = (await session.execute(_raising(), values)).mappings().one()["id"]
    return sos_id


async def crew_of(session: Session, patrol_id: Id | None, officer_id: Id | None) -> Any | None:
    """The shift on duty of a patrol or an officer, the officer, and the account: the officer's or the crew leader's."""
    seat = CrewMember.is_leader if officer_id is None else CrewMember.officer_id == officer_id
    whose = Shift.patrol_id == patrol_id if officer_id is None else CrewMember.shift_id.is_not(None)
    of_crew = and_(CrewMember.shift_id == Shift.id, SEATED, seat)
    crew = select(Shift.id, literal(officer_id, UUID), CrewMember.account_id).outerjoin(CrewMember, of_crew)
    statement = crew.where(ON_DUTY, whose).order_by(Shift.signed_on_at.desc()).limit(1)
    return (await session.execute(statement)).one_or_none()


async def is_known(session: Session, shift_id: Id, account_id: Id | None, within: timedelta) -> bool:
    """Whether this account sent a call within this time that is open, or a crew of no known account has an open one."""
    mine = and_(Sos.account_id == account_id, Sos.sent_at > func.now() - within)
    crew = and_(Sos.shift_id == shift_id, Sos.account_id.is_(None))
    return bool(await session.scalar(select(exists().where(Sos.state.in_(OPEN), mine if account_id else crew))))


def _visible(caller: Actor) -> ColumnElement[bool]:
    """At a centre the caller reaches, of a crew with the caller's people, or the caller's own."""
    ours = exists().where(Shift.id == Sos.shift_id, crewed_by(caller)).correlate(Sos)
    return or_(Sos.centre_id.in_(caller.centres), Sos.account_id == caller.account_id, ours)


async def found(session: Session, caller: Actor, sos_id: Id) -> Any | None:
    """This SOS as it is shown, if the caller may see it."""
    statement = _shown(OURS.c, OURS).where(Sos.id == sos_id, _visible(caller))
    return (await session.execute(statement)).mappings().one_or_none()


async def held(session: Session, caller: Actor, sos_id: Id) -> Sos | None:
    """This SOS, if the caller may see it, held until commit."""
    return await session.scalar(select(Sos).where(Sos.id == sos_id, _visible(caller)).with_for_update())


async def page(session: Session, caller: Actor, wanted: SosFilter, after: Id | None, limit: int) -> Sequence[Any]:
    """Calls for help the caller may see, the newest first, one more than asked for."""
    conditions = [_visible(caller)]
    if wanted.state is not None:
        conditions.append(Sos.state == wanted.state.value)
    if wanted.open is not None:
        conditions.append(Sos.state.in_([s.value for s in OPEN]) == wanted.open)
    if wanted.centre is not None:
        conditions.append(exists().where(Organisation.id == Sos.centre_id, at_or_below(wanted.centre)))
    if wanted.patrol is not None:
        conditions.append(Patrol.code == wanted.patrol)
    if after is not None:
        conditions.append(Sos.id < after)
    statement = _shown(OURS.c, OURS).where(*conditions).order_by(Sos.id.desc())
    rows: Sequence[Any] = (await session.execute(statement.limit(limit + 1))).mappings().all()
    return rows


async def escalations(session: Session, sos_id: Id) -> Sequence[Any]:
    """Who was told of this SOS, the lowest rung first."""
    e = SosEscalation
    columns: tuple[Any, ...] = (e.level, Organisation.code.label("centre"), e.roles, e.due_at, e.told_at)
    statement = select(*columns).join(Organisation, Organisation.id == e.centre_id).where(e.sos_id == sos_id)
    return (await session.execute(statement.order_by(e.level))).all()


async def claim(session: Session, batch: int) -> Sequence[Sos]:
    """Calls for help whose next rung is due, held until commit; those that another worker holds are left to it."""
    due = select(Sos).where(Sos.due_at <= func.now()).order_by(Sos.due_at).limit(batch)
    return (await session.scalars(due.with_for_update(skip_locked=True))).all()


async def chains(session: Session, centre_ids: Collection[Id]) -> dict[Id, list[Id]]:
    """Each of these centres with the centres above it, the lowest first."""
    centre = aliased(Centre)
    statement = (
        select(Organisation.id, centre.id)
        .join(centre, centre.id == any_(Organisation.lineage))
        .where(Organisation.id.in_(centre_ids))
        .order_by(centre.level)
    )
    chains: dict[Id, list[Id]] = {}
    for centre_id, above in await session.execute(statement):
        chains.setdefault(centre_id, []).append(above)
    return chains
