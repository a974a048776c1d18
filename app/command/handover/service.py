"""Handing over: what was not begun goes back to the centre, and to the next crew when it takes it up."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from app.command.handover import queries
from app.command.handover.schemas import Before, HandoverIn, HandoverOut, Handovers, Item, TakenUp
from app.command.handover.workflow import ItemKind, ItemState, is_begun, may_be_offered
from app.command.intake.service import settle_key
from app.command.move.queries import LOAD
from app.command.move.service import carry_out, load
from app.command.record.service import calendar
from app.command.schemas import Call
from app.command.service import Change
from app.command.task.service import give_back
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import answer, require_version
from app.core.problems import Conflict, NotFound
from app.dispatch.workflow import MOVES, AssignmentAction, AssignmentState
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right, Role
from app.incident.queries import sight
from app.incident.workflow import Action, Status
from app.roster import service as roster
from app.roster.signing.service import NotOnDuty

REASON = "handed over 交接班"
LISTS = ("handovers", "items", "acknowledged", "item_changes", "events")
Shift = dict[str, Any]


class NothingOpen(Conflict):
    """Nothing that could be handed over is open; what was begun is cleared by the crew, or withdrawn by the centre."""


class NothingWaits(Conflict):
    """Nothing was handed over to this shift that is not acknowledged yet."""


async def hand_over(call: Call, shift_id: UUID, body: HandoverIn, based_on: int) -> Response:
    """Give what was not begun back to the centre, for the crew that follows to take up.

    Every assignment that nobody accepted is withdrawn and every task opened anew for all who may do it, by ordinary
    moves of their tables; an incident that nobody is left for goes back to be dispatched.

    Raises:
        NothingOpen: there is nothing of that kind.
    """
    shift = await _held(call, shift_id)
    require_version(based_on, shift["version"])
    offers = [one for one in shift["offers"] if not is_begun(AssignmentState(one["state"]))]
    work = [*offers, *shift["tasks"]]
    if not work:
        raise NothingOpen
    for incident_id in sorted({one["incident_id"] for one in work}):
        await _return(call, [one for one in work if one["incident_id"] == incident_id])
    following = shift["next"]
    handover: dict[str, Any] = {
        "id": uuid7(),
        "version": 1,
        "from_shift_id": shift["id"],
        "to_shift_id": following and following["id"],
        "note": body.note,
        "account_id": call.actor.account_id,
    }
    items = [
        {"id": uuid7(), "version": 1, "handover_id": handover["id"], "incident_id": one["incident_id"]}
        | {"kind": one["kind"], "state": ItemState.RETURNED, "part_id": one["id"], "incident": one["incident"]}
        for one in work
    ]
    shown = handover | {"created_at": shift["now"], "from_patrol": shift["code"], "by": call.actor.username}
    shown |= {"to_patrol": following and following["patrol"], "acknowledged_at": None, "acknowledged_by": None}
    told = [_told(item, is_seen=one["is_seen"]) for item, one in zip(items, work, strict=True)]
    body_out = HandoverOut.model_validate(shown | {"items": told})
    event = _event("handover.made", handover["id"], shift, items=len(work))
    rows = {"handovers": [handover], "items": items, "events": [event]}
    return await _write(call, rows, body_out.model_dump_json(), 201)


def _told(item: dict[str, Any], *, is_seen: bool) -> dict[str, Any]:
    """A piece of work as it is answered: of an incident out of the caller's sight nothing is said."""
    return item if is_seen else item | {"incident_id": None, "incident": None}


async def _return(call: Call, work: list[dict[str, Any]]) -> None:
    """Make the moves of one incident; what waits behind another goes first, so that nothing moves up in between."""
    change, part = await _change(call, work[0]), _part(call, work[0])
    for one in sorted(work, key=lambda one: not one.get("stacked")):
        if one["kind"] == ItemKind.ASSIGNMENT:
            assignment = next(a for a in change.record["assignments"] if a["id"] == one["id"])
            carry_out(change, assignment, MOVES[AssignmentAction.WITHDRAW], REASON)
        elif change.record["task"] and change.record["task"]["id"] == one["id"]:
            give_back(change, change.record["task"], REASON)
    await change.write_part(part, {"version": change.record["version"]})


def _part(call: Call, one: dict[str, Any]) -> Call:
    """The call as one incident's part of it: with reach to where that is, and a key of its own."""
    actor = replace(call.actor, incident_centres=(*call.actor.incident_centres, UUID(one["home"])))
    return call._replace(actor=actor, once=replace(call.once, key=f"{call.once.key} {one['incident_id']}"))


async def _change(call: Call, one: dict[str, Any]) -> Change:
    part = _part(call, one)
    record = await load(part, LOAD, UUID(one["incident_id"]), {})
    return Change(record, part.actor, await calendar(call.lane, record["calendar_id"]))


async def acknowledge(call: Call, shift_id: UUID) -> Response:
    """Take up what was handed over to this shift: what is still nobody's is offered to its patrol, in its order.

    Raises:
        NotOnDuty: its crew has not signed on.
        NothingWaits: everything is acknowledged.
    """
    shift = await _held(call, shift_id)
    if shift["due"] is None:
        raise NothingWaits
    taken = [one | await _take_up(call, shift, one) for one in shift["waiting"]]
    stamp = {"acknowledged_at": shift["now"], "acknowledged_by": call.actor.account_id}
    rows = {
        "acknowledged": [{"id": one} | stamp for one in shift["due"]],
        "item_changes": taken,
        "events": [_event("handover.acknowledged", one, shift) for one in shift["due"]],
    }
    told = [_told(one, is_seen=one["is_seen"] or _got(shift, one)) for one in taken]
    return await _write(call, rows, TakenUp.model_validate({"items": told}).model_dump_json(), 200)


def _got(shift: Shift, one: dict[str, Any]) -> bool:
    """Whether the caller's own crew was offered this just now."""
    return bool(shift["is_crew"]) and one["state"] == ItemState.OFFERED


async def _take_up(call: Call, shift: Shift, one: dict[str, Any]) -> dict[str, Any]:
    """What becomes of one piece of work; a task stays open to everybody who may do it."""
    if one["kind"] != ItemKind.ASSIGNMENT:
        return {"state": ItemState.RETURNED, "next_part_id": None}
    offered = await _offer(call, shift, one)
    return {"state": ItemState.OFFERED if offered else ItemState.TAKEN, "next_part_id": offered}


async def _offer(call: Call, shift: Shift, one: dict[str, Any]) -> UUID | None:
    """Offer an incident to the patrol, if it is still nobody's; the assignment."""
    change = await _change(call, one)
    record = change.record
    live = any(a["is_active"] or a["is_stacked"] for a in record["assignments"])
    within = record["commanding_centre_id"] in shift["lineage"]
    if live or not within or not may_be_offered(Status(record["status"])):
        return None
    patrol = {"id": shift["patrol_id"], "code": shift["code"], "name": shift["name"]}
    change.move(Action.DISPATCH, Role.SYSTEM, note=REASON, details={"patrols": [shift["code"]], "because": "handover"})
    made = change.offer(patrol, stacked=shift["is_busy"], override_reason=REASON)
    shift["is_busy"] = True
    await change.write_part(_part(call, one), {"version": record["version"]})
    offered: UUID = made["id"]
    return offered


async def _held(call: Call, shift_id: UUID) -> Shift:
    """A shift on duty with its open work, for somebody of its crew or who runs the duty of its centre."""
    actor, once = call.actor, call.once
    places = {"duty_centres": actor.centres, "duty_departments": actor.departments}
    key = {"key": once.key, "key_lock": once.lock}
    row = await queries.READ.row(call.lane, id=shift_id, **sight(actor), **places, **key)
    if row is None:
        raise NotFound
    settle_key(row, once)
    runs = actor.may_at(Right.DUTY_WRITE, row["centre_id"])
    if not runs and not (row["is_crew"] and Right.POSITIONS_WRITE in actor.rights):
        raise Forbidden("Only the crew, or who runs the duty of its centre, may do this.")
    if row["signed_on_at"] is None or row["signed_off_at"] is not None:
        raise NotOnDuty
    parsed = {name: orjson.loads(row[name] or b"null") for name in ("offers", "tasks", "waiting", "next")}
    return dict(row) | parsed


def _event(topic: str, handover_id: Any, shift: Shift, **more: Any) -> dict[str, Any]:
    payload = {"shift_id": shift["id"], "patrol_id": shift["patrol_id"], "centre_id": shift["centre_id"]} | more
    return {"topic": topic, "subject_id": handover_id, "scope": [shift["centre_id"]], "payload": payload}


async def _write(call: Call, rows: dict[str, list[dict[str, Any]]], body: str, status: int) -> Response:
    lists = {name: orjson.dumps(rows.get(name, []), default=str).decode() for name in LISTS}
    once = call.once
    stored = {"answer_status": status, "answer_etag": None, "answer_body": body}
    key = {"actor_id": once.principal_id, "key": once.key, "fingerprint": once.fingerprint}
    await queries.WRITE.row(call.lane, **lists, **stored, **key)
    return answer(body.encode(), status, None)


async def handovers(session: Session, caller: Actor, shift_id: UUID) -> Handovers:
    """What a shift takes over and leaves, and what the crew before it said."""
    await roster.seen(session, caller, shift_id)
    rows = await queries.handovers(session, shift_id)
    work: dict[UUID, list[Item]] = {row.id: [] for row in rows}
    for one in await queries.items(session, caller, [*work]):
        work[one.handover_id].append(Item.model_validate(one, from_attributes=True))
    shown = {row.id: _shown(row, work[row.id]) for row in rows}
    gone = await queries.before(session, shift_id)
    return Handovers(
        before=Before.model_validate(gone, from_attributes=True) if gone else None,
        incoming=[shown[row.id] for row in rows if row.to_shift_id == shift_id],
        outgoing=[shown[row.id] for row in rows if row.from_shift_id == shift_id],
    )


def _shown(row: Any, items: list[Item]) -> HandoverOut:
    own = row._asdict() | {"acknowledged_by": row.acknowledger, "items": items}
    return HandoverOut.model_validate(own)
