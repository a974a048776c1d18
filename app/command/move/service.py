"""The gate: authorise, hold the row, check version and table, write state, history and event at once."""

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from fastapi import Response

from app.command import summoning
from app.command.intake.service import settle_key
from app.command.move import queries
from app.command.move.asking import Asked, NeedsMissing, UnknownName
from app.command.move.effects import EFFECTS
from app.command.move.levels import hand_up_by_rule, hand_up_when_failing
from app.command.move.schemas import AssignmentTransitionIn, TransitionIn
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.record.view import assignment_actions, facts_of, parsed
from app.command.routing.service import NOTHING as NOTHING_ROUTED
from app.command.routing.service import Routed, route
from app.command.schemas import Call
from app.command.service import Change
from app.core.db import Hot
from app.core.once import require_version
from app.core.problems import Conflict, NotFound
from app.core.time import instant_of
from app.dispatch import workflow as assignments
from app.dispatch.workflow import AssignmentAction, AssignmentState
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Role
from app.incident.queries import sight
from app.incident.workflow import (
    LEVEL_MOVES,
    MOVES,
    Action,
    Clock,
    Refusal,
    Status,
    acting_role,
    allowed,
    missing,
    refusal,
)
from app.linkage.workflow import is_open_duty

NOTHING: dict[str, Any] = dict.fromkeys(("category", "standard", "direction", "centre", "master_id", "assignee"))
SCENE_RADIUS_M = 200.0
UPWARDS = frozenset({Action.ACCEPT, Action.ESCALATE, Action.TAKE_OVER})


class IllegalMove(Conflict):
    """This action cannot be taken from here now; `allowed` lists what this caller may do."""

    members: ClassVar[dict[str, Any]] = {"status_now": "reported", "allowed": ["accept", "reject"]}


class NotYourMove(Forbidden):
    """Another role takes this action."""

    members: ClassVar[dict[str, Any]] = {"roles": ["acceptor"], "allowed": ["self_handle"]}


async def load(call: Call, statement: Hot, key: UUID, named: dict[str, Any]) -> Record:
    """The incident, held until commit, with what the request names.

    A row that was waited for comes with context read before the wait, so it is then read again.

    Raises:
        NotFound: there is no such incident, or this caller may not see it.
        Replay: the request was answered before.
    """
    actor, once = call.actor, call.once
    values = NOTHING | {"patrols": [], "patrol_ids": [], "department_codes": [], "action": ""} | named
    for _ in range(2):
        row = await statement.row(
            call.lane,
            id=key,
            **sight(actor),
            key=once.key,
            key_lock=once.lock,
            **values,
        )
        if row is None:
            raise NotFound
        settle_key(row, once)
        if row["updated_at"] == row["seen_at"]:  # every change of the incident or of a part of it sets it
            break
    return parsed(row)


async def advance(call: Call, incident_id: UUID, body: TransitionIn, based_on: int) -> Response:
    """Move an incident by one row of its table.

    Raises:
        VersionStale: it is no longer at the version the caller saw.
        IllegalMove, NotYourMove, NeedsMissing: the table says no; in this order it is asked.
    """
    action = Action(body.action)
    actor = call.actor
    record = await load(call, queries.LOAD, incident_id, _named(body, action))
    require_version(based_on, record["version"], status_now=record["status"])
    role = _permitted(record, actor, action, body)
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    change.observe(call.observed, _assigned_at(record, actor))
    asked = Asked(change, body, role)
    if action in EFFECTS:
        EFFECTS[action](asked)
    routed = await _routed(call, asked)
    said = {"note": body.note or body.reason or body.waiver, "details": _details(asked), "evidence": body.evidence}
    change.move(action, role, to=asked.to, from_centre_id=asked.from_centre, **said)
    hand_up_by_rule(asked, routed)
    return await change.write(call)


async def _routed(call: Call, asked: Asked) -> Routed:
    """Accepting settles the category: what routing rules say is asked again."""
    if asked.action is not Action.ACCEPT:
        return NOTHING_ROUTED
    routed = await route(call.lane, asked.record, asked.record["routing_sets"])
    asked.details |= routed.details
    return routed


def _named(body: TransitionIn, action: Action) -> dict[str, Any]:
    direction = "up" if action in UPWARDS else "down" if action is Action.ASSIGN_DOWN else None
    return {
        "action": action.value,
        "category": body.category,
        "standard": body.standard,
        "patrols": body.patrols,
        "patrol_ids": [found for name in body.patrols if (found := _id(name))],
        "department_codes": [body.lead_department] if body.lead_department else [],
        "master_id": body.master_id,
        "assignee": body.assignee,
        "centre": body.centre if action in LEVEL_MOVES else None,
        "direction": direction,
    }


def _id(name: str) -> UUID | None:
    try:
        return UUID(name)
    except ValueError:
        return None


def _details(asked: Asked) -> dict[str, Any]:
    told = asked.change.told
    return (
        asked.details
        | ({"reason": asked.body.reason} if asked.body.reason else {})
        | ({"observed": told.kept()} if told else {})
    )


def _assigned_at(record: Record, actor: Actor) -> datetime:
    """Since when the caller could have made a move of the incident: sent or called to it last, or its report."""
    sent = [a["offered_at"] for a in record["assignments"] if UUID(str(a["patrol_id"])) in record["my_patrols"]]
    called = [s["called_at"] for s in record["summons"] if UUID(str(s["department_id"])) in actor.incident_departments]
    since: datetime = max(map(instant_of, [*sent, *called]), default=record["reported_at"])
    return since


def _permitted(record: Record, actor: Actor, action: Action, body: TransitionIn) -> Role:
    facts, move = facts_of(record, actor), MOVES[action]
    given = _given(record, body, action)
    match refusal(move, facts, given):
        case Refusal.STATE:
            raise IllegalMove(f"Not from {record['status']}.", status_now=record["status"], allowed=allowed(facts))
        case Refusal.ROLE:
            roles = sorted(role for role in move.who.roles if role is not Role.SYSTEM)
            raise NotYourMove(f"Taken by {', '.join(roles)} {move.who.standing}.", roles=roles, allowed=allowed(facts))
        case Refusal.NEEDS:
            raise _lacking(record, action, missing(move.needs, given))
    role = acting_role(move, facts)
    assert role is not None  # noqa: S101  # refusal() has asked
    return role


def _lacking(record: Record, action: Action, lacking: list[str]) -> NeedsMissing:
    departments = ", ".join(summons["department"]["code"] for summons in open_duties(record))
    who = f" Neither done nor waived: {departments}." if "assists" in lacking else ""
    return NeedsMissing(f"{action} needs {', '.join(lacking)}.{who}", missing=lacking)


def open_duties(record: Record) -> list[dict[str, Any]]:
    """The summons that keep the incident from being finished."""
    return [summons for summons in record["summons"] if is_open_duty(summons)]


def _given(record: Record, body: TransitionIn, action: Action) -> set[str]:
    """The needs that this request and what is stored already meet."""
    given = {name for name, value in body.model_dump().items() if value}
    given |= {"cell"} | ({"category"} if record["category_id"] else set())
    if not open_duties(record):
        given.add("assists")
    evidence = {str(e["id"]): e for e in record["evidence"] or ()}
    unknown = [str(e) for e in body.evidence if str(e) not in evidence]
    if unknown:
        raise UnknownName("Evidence that is not of this incident.", unknown=unknown)
    if action is Action.PASS_CHECK and not any(_near(evidence[str(e)], record) for e in body.evidence):
        given -= {"evidence"}
    again = record["rework_count"] or record["round"] > 1  # handled anew: pictures of the time before show nothing
    since = record["status_since"].isoformat() if again else ""
    for kind in ("before", "after"):
        if any(e["kind"] == kind and e["at"] >= since for e in evidence.values()):
            given.add(f"evidence_{kind}")
    return given


def _near(evidence: dict[str, Any], record: Record) -> bool:
    """Whether a picture was taken within the scene radius of the incident."""
    away: float | None = evidence["distance_m"]
    return away is not None and away <= scene_radius_m(record)


def scene_radius_m(record: Record) -> float:
    """How far from its place somebody is still at the scene, as the commanding centre has it."""
    return float((record["settings"] or {}).get("scene_radius_m", SCENE_RADIUS_M))


async def advance_assignment(call: Call, assignment_id: UUID, body: AssignmentTransitionIn, based_on: int) -> Response:
    """Move an assignment, and the incident with it where that follows.

    The first acceptance starts the handling; when nobody is left the incident goes back to be dispatched again.
    """
    actor = call.actor
    above = {"direction": "up"} if body.action in NOBODY_WENT else {}
    record = await load(call, queries.LOAD_BY_ASSIGNMENT, assignment_id, above)
    assignment = next(a for a in record["assignments"] if a["id"] == str(assignment_id))
    require_version(based_on, assignment["version"], state=assignment["state"])
    move = assignments.MOVES[AssignmentAction(body.action)]
    roles = actor.roles_at(record["commanding_centre_id"])
    is_crew = UUID(assignment["patrol_id"]) in record["my_patrols"]
    can = assignment_actions(record, assignment, actor)
    if AssignmentState(assignment["state"]) not in move.source or (
        assignment["is_stacked"] and move.action == "accept"
    ):
        raise IllegalMove(f"Not from {assignment['state']}.", status_now=assignment["state"], allowed=can)
    if not assignments.may(move, roles, is_crew=is_crew):
        raise NotYourMove(f"Taken by the {move.by}.", allowed=can)
    if "reason" in move.needs and not body.reason:
        raise NeedsMissing(f"{move.action} needs reason.", missing=["reason"])
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    change.observe(call.observed, instant_of(assignment["offered_at"]))
    carry_out(change, assignment, move, body.reason)
    actions = assignment_actions(record, assignment, actor)
    return await change.write_part(call, assignment | {"allowed_actions": actions})


NOBODY_WENT = frozenset({AssignmentAction.DECLINE, AssignmentAction.TIME_OUT})
TIMES = {"accept": "accepted_at", "depart": "departed_at", "arrive": "arrived_at"}


def carry_out(change: Change, assignment: dict[str, Any], move: assignments.AssignmentMove, reason: str | None) -> None:
    """Make a move of an assignment, and of its incident where that follows."""
    record, told = change.record, change.told
    times: dict[str, Any] = {TIMES[move.action]: change.clocks.stops_at} if move.action in TIMES else {}
    if told is not None:
        times["observed"] = assignment["observed"] | {move.action.value: told.kept()}
    change.set_assignment(assignment, move.target.value, reason, **times)
    if move.action is AssignmentAction.ACCEPT:
        _first_leads(record, assignment)
        change.clocks.end(Clock.ACKNOWLEDGE, "met")
        if record["status"] == Status.DISPATCHED:
            change.move(Action.START, Role.SYSTEM, details={"patrol": assignment["patrol"]})
    elif move.action is AssignmentAction.ARRIVE:
        change.clocks.end(Clock.ARRIVE, "met")
    elif record["status"] == Status.DISPATCHED and summoning.nobody_is_left(record):
        change.move(Action.RECALL, Role.SYSTEM, note=reason, details={"because": "no patrol is left"})
        if move.action in NOBODY_WENT:
            hand_up_when_failing(change)


def _first_leads(record: Record, assignment: dict[str, Any]) -> None:
    """首接负责: the first to accept leads, unless somebody leads already."""
    if record["lead_patrol_id"] is None and record["lead_department_id"] is None:
        record |= {"lead_patrol_id": UUID(assignment["patrol_id"]), "lead_patrol": assignment["patrol"]}
