"""Moving a summons, and listing summons for the desks they are for."""

from typing import Any
from uuid import UUID

from fastapi import Response

from app.agency.workflow import Part
from app.command import summoning
from app.command.move.asking import NeedsMissing
from app.command.move.queries import LOAD_BY_SUMMONS
from app.command.move.service import IllegalMove, NotYourMove, load, scene_radius_m
from app.command.record.linked import SUMMONS_SHOWN, Record, at_summons, summons_actions, summons_shown
from app.command.record.service import calendar
from app.command.record.view import shown_clocks
from app.command.schemas import Call
from app.command.service import Change
from app.command.summons.schemas import EntryOut, SummonsDetail, SummonsFilter, SummonsItem, SummonsTransitionIn
from app.core.db import Session
from app.core.geo import LonLat, metres_between
from app.core.once import require_version
from app.core.problems import NotFound
from app.core.time import instant_of
from app.identity.queries import now as instant
from app.identity.workflow import Actor, Role
from app.incident.workflow import Action, Clock, Status, missing
from app.linkage import queries
from app.linkage.workflow import (
    MOVES,
    SummonsAction,
    SummonsMove,
    SummonsState,
    acting_role,
)

A = SummonsAction
MOST_DOUBT_M = 100.0
"""Of a position's own inaccuracy at most this much is granted."""


async def advance(call: Call, summons_id: UUID, body: SummonsTransitionIn, based_on: int) -> Response:
    """Move a summons by one row of its table, and the incident with it where that follows.

    Raises:
        IllegalMove, NotYourMove, NeedsMissing: the table says no; in this order it is asked.
    """
    record = await load(call, LOAD_BY_SUMMONS, summons_id, {})
    summons = next(s for s in record["summons"] if s["id"] == str(summons_id))
    require_version(based_on, summons["version"], state=summons["state"])
    move = MOVES[A(body.action)]
    role = _permitted(record, summons, move, call.actor)
    away = _away(record, summons, body)
    _needs(record, move, body, away)
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    change.observe(call.observed, instant_of(summons["called_at"]))
    _effect(change, summons, move, body, away)
    details: dict[str, Any] = {"waiver": body.waiver} if body.waiver else {}
    if change.told is not None:
        details["observed"] = change.told.kept()
    if away is not None:
        details |= {"distance_m": round(away, 1)}
    summoning.step(change, summons, move, role, note=body.note or body.reason, details=details)
    _incident_follows(change, summons, move)
    record["clocks"] = list(change.clocks.current.values())
    return await change.write_part(call, summons_shown(record, summons, shown_clocks(record), call.actor))


def _permitted(record: Record, summons: dict[str, Any], move: SummonsMove, actor: Actor) -> Role:
    can = summons_actions(record, summons, actor)
    waived = move.action is A.WAIVE and (not summons["is_required"] or summons["waived_reason"] is not None)
    if SummonsState(summons["state"]) not in move.source or waived:
        raise IllegalMove(f"Not from {summons['state']}.", status_now=summons["state"], allowed=can)
    role = acting_role(move, at_summons(record, summons, actor), is_system=Role.SYSTEM in actor.held)
    if role is None:
        roles = sorted(move.roles)
        raise NotYourMove(f"Taken by {', '.join(roles)} at {move.side}.", roles=roles, allowed=can)
    return role


def _away(record: Record, summons: dict[str, Any], body: SummonsTransitionIn) -> float | None:
    """How far from the place of the whistle, or of the incident, the given position is, in metres."""
    if body.location is None:
        return None
    whistle = next((w for w in record["whistles"] if w["id"] == summons["whistle_id"]), record)
    return metres_between(body.location.wgs84(body.datum), LonLat(whistle["lon"], whistle["lat"]))


def _needs(record: Record, move: SummonsMove, body: SummonsTransitionIn, away: float | None) -> None:
    given = {name for name, value in body.model_dump().items() if value}
    radius = scene_radius_m(record)
    is_far = away is not None and away - min(body.accuracy_m or 0.0, MOST_DOUBT_M) > radius
    if is_far:
        given.discard("location")
    lacking = missing(move.needs, given)
    if lacking:
        far = f" The position is {away:.0f} m from the place; {radius:.0f} m count as there." if is_far else ""
        raise NeedsMissing(f"{move.action} needs {', '.join(lacking)}.{far}", missing=lacking)


def _effect(
    change: Change, summons: dict[str, Any], move: SummonsMove, body: SummonsTransitionIn, away: float | None
) -> None:
    """What a move sets beside the state."""
    at, told = change.clocks.stops_at, change.told
    match move.action:
        case A.ACKNOWLEDGE:
            summons["acknowledged_at"] = at
        case A.ARRIVE:
            late = change.clocks.overdue((Clock.ARRIVE,), summons["id"]) or summons["state"] == SummonsState.MISSED
            summons |= {
                "arrived_at": at,
                "arrived_m": away,
                "observed_at": told.observed_at if told else body.observed_at,
                "arrival_waiver": body.waiver,
                "is_late": late,
            }
        case A.DONE:
            summons |= {"done_at": at, "measures": body.measures}
        case A.RECALL:
            summons |= {"called_at": change.now, "acknowledged_at": None}
        case A.WAIVE:
            summons["waived_reason"] = body.reason


def _incident_follows(change: Change, summons: dict[str, Any], move: SummonsMove) -> None:
    """The first to acknowledge leads 首接负责 and starts the handling; what no department owns goes back 属地兜底."""
    record = change.record
    leads = summons["role"] == Part.LEAD
    if move.action is A.ACKNOWLEDGE:
        if record["lead_patrol_id"] is None and record["lead_department_id"] is None:
            summoning.lead(change, summons)
            leads = True
        if leads and record["status"] == Status.DISPATCHED:
            change.move(Action.START, Role.SYSTEM, details={"department": summons["department"]["code"]})
    elif move.action is A.ARRIVE and leads:
        change.clocks.end(Clock.ARRIVE, "met")
    elif move.action in (A.UPHOLD, A.WITHDRAW):
        if leads:
            summoning.lead(change, _next_lead(record))
        _go_back(change, move)


def _next_lead(record: Record) -> dict[str, Any] | None:
    """Of the departments that are there or on their way, the one that acknowledged first."""
    on_it = [s for s in summoning.live(record) if s["acknowledged_at"] is not None]
    return min(on_it, key=lambda s: str(s["acknowledged_at"]), default=None)


def _go_back(change: Change, move: SummonsMove) -> None:
    """With nobody left on it, the incident goes back to be dispatched again."""
    record = change.record
    back = {Status.DISPATCHED: Action.RECALL, Status.HANDLING: Action.RETURN}.get(Status(record["status"]))
    if back is not None and summoning.nobody_is_left(record):
        change.move(back, Role.SYSTEM, details={"because": "no department is left", "summons": move.action.value})


async def page(session: Session, caller: Actor, wanted: SummonsFilter, after: UUID | None) -> list[SummonsItem]:
    """Summons the caller may see, the newest first, one more than asked for."""
    rows = await queries.page(session, caller, wanted.conditions(), after, wanted.limit)
    return await _items(session, caller, rows)


async def one(session: Session, caller: Actor, summons_id: UUID) -> SummonsDetail:
    """One summons with its history.

    Raises:
        NotFound: there is none, or its incident is out of the caller's reach.
    """
    row = await queries.one(session, caller, summons_id)
    if row is None:
        raise NotFound
    [item] = await _items(session, caller, [row])
    entries = await queries.entries(session, summons_id)
    names = [name for name in EntryOut.model_fields if name != "actor"]
    history = [{name: getattr(e.SummonsEntry, name) for name in names} | {"actor": e.username} for e in entries]
    return SummonsDetail.model_validate(item.model_dump() | {"history": history})


async def _items(session: Session, caller: Actor, rows: Any) -> list[SummonsItem]:
    clocks: dict[UUID, list[dict[str, Any]]] = {}
    now = await instant(session)
    for clock in await queries.clocks(session, [row.Summons.id for row in rows]):
        until = clock.ended_at or clock.paused_at or now
        shown = {"kind": clock.kind, "state": clock.state, "due_at": clock.due_at, "overdue": clock.due_at < until}
        clocks.setdefault(clock.summons_id, []).append(shown)  # type: ignore[arg-type]  # found by it
    return [_item(row, caller, clocks.get(row.Summons.id, [])) for row in rows]


def _item(row: Any, caller: Actor, clocks: list[dict[str, Any]]) -> SummonsItem:
    found = row.Summons
    names = ("department_id", "centre_id", "is_required", "waived_reason", "state")
    summons = {name: getattr(found, name) for name in names}
    record = {"commanding_centre_id": row.commanding_centre_id, "parent_id": row.parent_id}
    department = {"id": found.department_id, "code": row.code, "name": row.name, "name_en": row.name_en}
    incident = {"id": found.incident_id, "number": row.number, "status": row.status, "version": row.incident_version}
    shown = {name: getattr(found, name) for name in SUMMONS_SHOWN if name != "department"}
    return SummonsItem.model_validate(
        shown
        | {
            "department": department,
            "clocks": clocks,
            "allowed_actions": summons_actions(record, summons, caller),
            "whistle_kind": row.whistle_kind,
            "incident": incident,
        }
    )
