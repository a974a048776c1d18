"""Asking for a side step, and deciding about it."""

from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from fastapi import Response

from app.agency.workflow import Limit, Unit
from app.command.move.asking import NeedsMissing
from app.command.move.queries import LOAD, LOAD_BY_REQUEST
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.record.view import askable, facts_of, may_decide, request_shown
from app.command.request.schemas import DecisionIn, RequestIn
from app.command.schemas import Call
from app.command.service import Change, limit_of
from app.core.once import require_version
from app.core.problems import Conflict
from app.identity.workflow import Role
from app.incident.request import workflow
from app.incident.request.workflow import RequestKind, RequestState
from app.incident.workflow import Action, Clock, Status

K = RequestKind


class NotNow(Conflict):
    """A rule of this kind of request stands against it; `rule` says which."""

    members: ClassVar[dict[str, Any]] = {"rule": "once"}


async def ask(call: Call, incident_id: UUID, body: RequestIn) -> Response:
    """Ask for a side step.

    Raises:
        IllegalMove, NotYourMove, NeedsMissing: the table says no.
        NotNow: a rule of the kind stands against it.
    """
    actor = call.actor
    record = await load(call, LOAD, incident_id, {})
    row, facts = workflow.TABLE[body.kind], facts_of(record, actor)
    can = askable(record, actor)
    if facts.status not in row.source:
        raise IllegalMove(f"Not from {record['status']}.", status_now=record["status"], allowed=can)
    if not workflow.asks(row, facts.standings, facts.roles, facts.held):
        raise NotYourMove(f"Asked by {', '.join(sorted(row.asker[1]))} {row.asker[0]}.", allowed=can)
    _needs(row, body)
    _rules(record, body)
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    role = min(row.asker[1] & (facts.held | facts.roles), key=list(Role).index)
    asked = change.ask(
        body.kind.value, role, reason=body.reason, reason_code=body.reason_code, hours=body.hours, until=body.until
    )
    return await change.write_part(call, request_shown(record, asked, actor), 201)


def _needs(row: workflow.Row, body: RequestIn) -> None:
    lacking = [need for need in row.needs if getattr(body, need) is None]
    if lacking:
        raise NeedsMissing(f"{row.kind} needs {', '.join(lacking)}.", missing=lacking)
    codes = workflow.REASON_CODES.get(row.kind)
    if codes and body.reason_code not in codes:
        raise NeedsMissing(f"The reason must be one of {', '.join(sorted(codes))}.", missing=["reason_code"])


def _rules(record: Record, body: RequestIn) -> None:
    """The rules of a kind beyond its row."""
    approved = [r for r in record["requests"] if r["kind"] == body.kind and r["state"] == RequestState.APPROVED]
    now = record["now"]
    handle = next((c for c in record["clocks"] if c["kind"] == Clock.HANDLE), None)
    days = (record["settings"] or {}).get("reopen_days", workflow.REOPEN_WITHIN_DAYS)
    broken = {
        "fewer_than_2_approved": body.kind is K.EXTENSION and len(approved) >= workflow.MOST_EXTENSIONS,
        "not_yet_overdue": body.kind is K.EXTENSION and (handle is None or Change.instant(handle["due_at"]) < now),
        "once": body.kind is K.SUSPENSION and len(approved) >= workflow.MOST_SUSPENSIONS,
        "at_most_one_year": body.until is not None
        and not now < body.until <= now + timedelta(days=workflow.LONGEST_SUSPENSION_DAYS),
        "soon_enough": body.kind is K.REOPEN and record["closed_at"] < now - timedelta(days=days),
        "handlers_revoked": body.kind is K.RETURN
        and any(a["is_active"] and a["state"] in ("en_route", "on_scene") for a in record["assignments"]),
    }
    for rule, is_broken in broken.items():
        if is_broken:
            raise NotNow(rule=rule)


async def decide(call: Call, request_id: UUID, body: DecisionIn, based_on: int) -> Response:
    """Approve or refuse a request; an approval is carried out in the same transaction."""
    actor = call.actor
    record = await load(call, LOAD_BY_REQUEST, request_id, {})
    request = next(r for r in record["requests"] if r["id"] == str(request_id))
    require_version(based_on, request["version"], state=request["state"])
    row = workflow.TABLE[K(request["kind"])]
    if request["state"] != RequestState.ASKED or record["status"] not in row.source:
        raise IllegalMove(f"The request is {request['state']}, the incident {record['status']}.", allowed=[])
    if may_decide(record, request, actor) is None:
        raise NotYourMove("Decided one step up from who asked, never by them.", allowed=[])
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    approved = body.decision == "approve"
    change.decide(request, "approved" if approved else "refused", body.note)
    if approved:
        _carry_out(change, row, request, body)
    return await change.write_part(call, request_shown(record, request, actor))


def _carry_out(change: Change, row: workflow.Row, request: dict[str, object], body: DecisionIn) -> None:
    record = change.record
    details = {"request": str(request["id"]), "misdispatch": body.misdispatch}
    if row.kind is K.EXTENSION:
        hours = request["hours"]
        asked = Limit(amount=float(str(hours)), unit=Unit.URGENT_HOUR) if hours else limit_of(record, Clock.HANDLE)
        for clock in (Clock.HANDLE, Clock.TOTAL):
            change.clocks.extend(clock, asked)
        change.amend(Role.SYSTEM, details | {"extension": request["kind"]}, body.note)
        return
    if row.kind is K.SUSPENSION:
        record["suspended_until"] = Change.instant(request["until"])
    if row.kind in (K.RETURN, K.REOPEN):
        record |= {"lead_patrol_id": None, "lead_patrol": None, "lead_department_id": None, "lead_department": None}
    if row.kind is K.REOPEN:
        record["round"] += 1
    assert row.approval is not None  # noqa: S101  # only an extension moves nothing
    change.move(Action(row.approval), Role.SYSTEM, note=body.note, details=details)
    if record["status"] != Status.SUSPENDED:
        record["suspended_until"] = None
