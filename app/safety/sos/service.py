"""The use cases of an SOS: called for, answered for by name, passed on by the clock."""

from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from app.core import outbox
from app.core.db import Lane, Session
from app.core.geo import Point
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Role
from app.roster.models import Shift
from app.roster.queries import told
from app.roster.schemas import Named
from app.safety.sos import queries
from app.safety.sos.models import Sos, SosEscalation
from app.safety.sos.schemas import (
    Answered,
    Caller,
    Escalation,
    Resolved,
    SosDetail,
    SosFilter,
    SosIn,
    SosOut,
    SosPosition,
    SosTransitionIn,
)
from app.safety.sos.workflow import (
    MOVES,
    SAME_PRESS,
    Cause,
    SosAction,
    SosState,
    acting_role,
    allowed,
    due_at,
    fallen_due,
    ladder,
)

UNTOLD = 1
"""The first level that the clock tells; level 0 is told by the call itself."""


class NobodyToCall(Conflict):
    """You are on no patrol and at no centre, so there is nobody to send this to: use the emergency number."""


class SosMoveIllegal(Conflict):
    """This SOS is not at that step; `allowed` lists what this caller may do."""

    members: ClassVar[dict[str, Any]] = {"state": "raised", "allowed": ["acknowledge"]}


class NotOnTheDesk(Forbidden):
    """A dispatcher, shift leader or leader of the centre answers for an SOS, and never who raised it."""


async def call(lane: Lane, by: Actor, said: SosIn, key: str | None) -> tuple[SosOut, bool]:
    """Call for help, in one reading and one writing statement; whether it is a new SOS.

    Somebody whose SOS is open sends the same one again, with or without a key; so does a key whose SOS has ended.
    """
    row = await queries.AROUND.row(lane, account_id=by.account_id, request_key=key, places=_places(by))
    assert row is not None, "the statement gives one row"  # noqa: S101  # a programming error
    if row["ended"] is not None:
        kept = await queries.ENDED.row(lane, id=row["ended"])
    else:
        kept = await queries.RAISE.row(lane, **_call(row, by.account_id, Cause.CALLED, key), **_said(row, said))
    assert kept is not None, "as above"  # noqa: S101  # as above
    return shown(kept, by), row["ended"] is None and kept["repeats"] == 0


async def call_for(session: Session, crew: tuple[UUID, UUID | None, UUID | None], cause: Cause, said: SosIn) -> UUID:
    """Call for help for somebody of a crew on duty: shift, officer (null: the crew), account; says which SOS it is.

    Whose SOS is open already is not given another.
    """
    shift_id, officer_id, account_id = crew
    row = await queries.around_shift(session, shift_id, officer_id)
    return await queries.raised(session, _call(row, account_id, cause, None) | _said(row, said))


async def press(session: Session, patrol_id: UUID | None, officer_id: UUID | None) -> UUID | None:
    """A device's button calls for help for its patrol or officer; says which SOS, or nothing where nobody is called.

    That is who is off duty, and who said so just now: a device says a press again when its answer was lost.
    """
    crew = await queries.crew_of(session, patrol_id, officer_id)
    if crew is None or await queries.is_known(session, crew[0], crew[2], SAME_PRESS):
        return None
    return await call_for(session, tuple(crew), Cause.CALLED, SosIn())


def _places(by: Actor) -> list[UUID]:
    return [grant.organisation_id for grant in by.grants]


def _call(row: Mapping[str, Any], account_id: UUID | None, cause: Cause, key: str | None) -> dict[str, Any]:
    if row["centre_id"] is None:
        raise NobodyToCall
    names = ("officer_id", "patrol_id", "shift_id", "centre_id", "limit_s")
    due = due_at(row["now"], row["limit_s"], UNTOLD)
    return {name: row[name] for name in names} | {
        "id": uuid7(),
        "cause": cause.value,
        "account_id": account_id,
        "request_key": key,
        "crew": row["crew"],
        "due_at": due,
    }


def _said(row: Mapping[str, Any], said: SosIn) -> dict[str, Any]:
    """Where and what: from the call itself, else where the patrol was last seen."""
    if said.location is None:
        names = ("lon", "lat", "observed_at", "accuracy_m")
        return {name: row[name] for name in names} | {"note": said.note}
    place = said.location.wgs84(said.datum)
    observed_at = min(said.observed_at or row["now"], row["now"])
    where = {"lon": place.lon, "lat": place.lat, "observed_at": observed_at, "accuracy_m": said.accuracy_m}
    return where | {"note": said.note}


async def sos(session: Session, caller: Actor, sos_id: UUID) -> SosDetail:
    """One SOS, with everybody who was told."""
    row = await queries.found(session, caller, sos_id)
    if row is None:
        raise NotFound
    told = [Escalation.model_validate(one) for one in await queries.escalations(session, sos_id)]
    return SosDetail(**shown(row, caller).model_dump(), escalations=told)


async def page(session: Session, caller: Actor, wanted: SosFilter, after: UUID | None, limit: int) -> list[SosOut]:
    """Calls for help the caller may see, the newest first, one more than asked for."""
    rows = await queries.page(session, caller, wanted, after, limit)
    return [shown(row, caller) for row in rows]


async def advance(session: Session, by: Actor, sos_id: UUID, body: SosTransitionIn, based_on: int) -> SosOut:
    """Answer for an SOS, or end it.

    Raises:
        NotOnTheDesk: the caller holds no duty role there, or raised it.
        SosMoveIllegal: it is at another step.
    """
    held = await queries.held(session, by, sos_id)
    if held is None:
        raise NotFound
    require_version(based_on, held.version, state=held.state)
    roles, raised_it = by.roles_at(held.centre_id), held.account_id == by.account_id
    role = acting_role(roles, raised_it=raised_it)
    if role is None:
        raise NotOnTheDesk
    move = MOVES[SosAction(body.action)]
    if held.state not in move.source or move.target is None:
        can = allowed(SosState(held.state), roles, raised_it=raised_it)
        raise SosMoveIllegal(f"Not from {held.state}.", state=held.state, allowed=can)
    _answer(held, by, role, body, await instant(session))
    held.version += 1
    await session.flush()
    return await _announced(session, by, held)


def _answer(held: Sos, by: Actor, role: Role, body: SosTransitionIn, now: datetime) -> None:
    held.due_at = None
    if body.resolution is None:
        held.state = SosState.ACKNOWLEDGED.value
        held.acknowledged_at, held.acknowledged_by, held.acknowledged_role = now, by.account_id, role.value
        return
    held.state = SosState.RESOLVED.value
    held.resolved_at, held.resolved_by, held.resolved_role = now, by.account_id, role.value
    held.resolution, held.resolution_note = body.resolution.value, body.note


async def _announced(session: Session, by: Actor, held: Sos) -> SosOut:
    row = await queries.found(session, by, held.id)
    assert row is not None, "it is held"  # noqa: S101  # a programming error
    said = shown(row, by)
    answer = (said.resolved or said.acknowledged).model_dump(mode="json")  # type: ignore[union-attr]  # one is there
    await _record(session, held, f"sos.{held.state}", **answer)
    return said


async def _record(session: Session, held: Sos, topic: str, *also: UUID, **more: Any) -> None:
    """Tell the log, for the centre, whoever else is told, the crew and their departments."""
    facts = {"version": held.version, "state": held.state, "patrol_id": held.patrol_id and str(held.patrol_id)}
    crews = await told(session, Shift.id == held.shift_id)
    scope = list(dict.fromkeys([held.centre_id, *also, *chain.from_iterable(crews.values())]))
    outbox.record(session, topic, held.id, scope, centre_id=str(held.centre_id), **facts, **more)


async def escalate(session: Session, batch: int) -> int:
    """Tell the next rung of every SOS that nobody acknowledged in time; says how many.

    Claim, rung and fact are one transaction. After an outage the highest rung that is due is told, once; those
    below are on record as skipped.
    """
    due = await queries.claim(session, batch)
    chains = await queries.chains(session, {one.centre_id for one in due})
    now = await instant(session)
    for one in due:
        await _climb(session, one, chains[one.centre_id], now)
    await session.flush()
    return len(due)


async def _climb(session: Session, one: Sos, centres: list[UUID], now: datetime) -> None:
    rungs = ladder(centres)
    top = len(rungs) - 1
    levels = fallen_due(one.raised_at, one.limit_s, one.level, top, now)
    for level in levels:
        due, told = due_at(one.raised_at, one.limit_s, level), now if level == levels[-1] else None
        roles = [role.value for role in rungs[level].roles]
        rung = {"centre_id": rungs[level].centre_id, "roles": roles, "due_at": due, "told_at": told}
        session.add(SosEscalation(sos_id=one.id, level=level, **rung))
    one.level = levels[-1] if levels else one.level
    one.due_at = due_at(one.raised_at, one.limit_s, one.level + 1) if one.level < top else None
    if levels:
        told_at = rungs[one.level]
        more = {"level": one.level, "roles": list(told_at.roles), "skipped": list(levels[:-1])}
        await _record(session, one, "sos.escalated", told_at.centre_id, told_centre_id=str(told_at.centre_id), **more)


def shown(row: Mapping[str, Any], caller: Actor) -> SosOut:
    """An SOS as this caller sees it."""
    state, roles = SosState(row["state"]), caller.roles_at(row["centre_id"])
    names = (
        "id", "version", "created_at", "updated_at", "state", "cause", "shift_id", "note", "raised_at", "sent_at",
        "repeats", "level", "due_at",
    )  # fmt: skip
    return SosOut(
        **{name: row[name] for name in names},
        caller=Caller(account=row["username"], officer=row["number"], display_name=row["display_name"]),
        patrol=None if row["patrol_id"] is None else _named(row, "patrol"),
        centre=_named(row, "centre"),
        position=_position(row),
        acknowledged=_answered(row),
        resolved=_resolved(row),
        allowed_actions=allowed(state, roles, raised_it=row["account_id"] == caller.account_id),
    )


def _named(row: Mapping[str, Any], what: str) -> Named:
    return Named(id=row[f"{what}_id"], **{name: row[f"{what}_{name}"] for name in ("code", "name", "name_en")})


def _position(row: Mapping[str, Any]) -> SosPosition | None:
    if row["lon"] is None:
        return None
    age_s = max(0, int((row["now"] - row["observed_at"]).total_seconds()))
    place = Point(coordinates=(row["lon"], row["lat"]))
    return SosPosition(location=place, observed_at=row["observed_at"], age_s=age_s, accuracy_m=row["accuracy_m"])


def _answered(row: Mapping[str, Any]) -> Answered | None:
    if row["acknowledged_at"] is None:
        return None
    return Answered(at=row["acknowledged_at"], by=row["acknowledger"], role=row["acknowledged_role"])


def _resolved(row: Mapping[str, Any]) -> Resolved | None:
    if row["resolved_at"] is None:
        return None
    who = {"at": row["resolved_at"], "by": row["resolver"], "role": row["resolved_role"]}
    return Resolved(**who, resolution=row["resolution"], note=row["resolution_note"])
