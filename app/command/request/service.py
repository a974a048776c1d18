"""Asking for a side step, and deciding about it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from fastapi import Response

from app.agency.schemas import RequestRules
from app.agency.workflow import Limit, Part, Unit
from app.command.move.asking import NeedsMissing
from app.command.move.queries import LOAD, LOAD_BY_REQUEST
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.record.linked import Record
from app.command.record.schemas import IncidentInShort
from app.command.record.service import calendar
from app.command.record.view import REQUEST_SHOWN, approved, askable, decidable, facts_of, request_shown
from app.command.request import queries
from app.command.request.schemas import DecisionIn, RequestFilter, RequestIn, RequestRow
from app.command.schemas import Call
from app.command.service import Change
from app.core.db import Session
from app.core.once import require_version
from app.core.problems import Conflict
from app.core.time import instant_of
from app.dispatch.workflow import AssignmentState
from app.identity.workflow import Actor, Role
from app.incident.request import workflow
from app.incident.request.workflow import Decision, RequestKind, RequestState
from app.incident.service import seen
from app.incident.workflow import Action, Clock, Status
from app.linkage.workflow import SummonsState

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
    role = workflow.asking_role(row, facts.standings, facts.roles, facts.held)
    if role is None:
        raise NotYourMove(f"Asked by {', '.join(sorted(row.asker[1]))} {row.asker[0]}.", allowed=can)
    _needs(row, body)
    _rules(Step(record, body.kind, body.until))
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
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


class Step(NamedTuple):
    """A side step that is asked for, or about to be approved."""

    record: Record
    kind: RequestKind
    until: datetime | None
    is_asked: bool = True

    @property
    def limits(self) -> RequestRules:
        """What the commanding centre allows."""
        return RequestRules.model_validate((self.record["settings"] or {}).get("requests", {}))

    @property
    def granted(self) -> int:
        """How many of the kind were approved in this round."""
        return approved(self.record, self.kind)


def _is_late(step: Step) -> bool:
    handle = next((c for c in step.record["clocks"] if c["kind"] == Clock.HANDLE), None)
    now: datetime = step.record["now"]
    return handle is None or handle["state"] == "breached" or instant_of(handle["due_at"]) < now


def _too_long(step: Step) -> bool:
    now, longest = step.record["now"], timedelta(days=step.limits.suspension_days)
    return step.until is None or not now < step.until <= now + longest


def _is_handled_now(step: Step) -> bool:
    there, at_work = (AssignmentState.EN_ROUTE, AssignmentState.ON_SCENE), (SummonsState.ARRIVED, SummonsState.WORKING)
    crews = any(a["is_active"] and a["state"] in there for a in step.record["assignments"])
    return crews or any(s["role"] == Part.LEAD and s["state"] in at_work for s in step.record["summons"])


def _too_old(step: Step) -> bool:
    now: datetime = step.record["now"]
    closed_at: datetime = instant_of(step.record["closed_at"])
    return closed_at < now - timedelta(days=step.limits.reopen_days)


Broken = Callable[[Step], bool]
WHEN_ASKED: dict[str, tuple[RequestKind, Broken]] = {
    "fewer_than_2_approved": (K.EXTENSION, lambda step: step.granted >= step.limits.extensions),
    "not_yet_overdue": (K.EXTENSION, _is_late),
    "once": (K.SUSPENSION, lambda step: step.granted >= step.limits.suspensions),
    "soon_enough": (K.REOPEN, _too_old),
    "redispatch_or_send_back": (K.VOID, lambda step: bool(step.record["is_returned"])),
}
WHEN_APPROVED_TOO: dict[str, tuple[RequestKind, Broken]] = {
    "at_most_one_year": (K.SUSPENSION, _too_long),
    "handlers_revoked": (K.RETURN, _is_handled_now),
}
"""Rules that may come to stand against a request while it waits: asked in time, it is not held against the asker that
the decision came late."""


def _rules(step: Step) -> None:
    """The rules of a kind beyond its row."""
    rules = WHEN_ASKED | WHEN_APPROVED_TOO if step.is_asked else WHEN_APPROVED_TOO
    for rule, (kind, is_broken) in rules.items():
        if kind is step.kind and is_broken(step):
            raise NotNow(rule=rule)


async def decide(call: Call, request_id: UUID, body: DecisionIn, based_on: int) -> Response:
    """Approve or refuse a request; an approval is carried out in the same transaction.

    Raises:
        IllegalMove: it is not open any more.
        NotYourMove: somebody else decides.
        NotNow: a rule has come to stand against it.
    """
    actor = call.actor
    record = await load(call, LOAD_BY_REQUEST, request_id, {})
    request = next(r for r in record["requests"] if r["id"] == str(request_id))
    require_version(based_on, request["version"], state=request["state"])
    row = workflow.TABLE[K(request["kind"])]
    if request["state"] != RequestState.ASKED or record["status"] not in row.source:
        raise IllegalMove(f"The request is {request['state']}, the incident {record['status']}.", allowed=[])
    can = decidable(record, request, actor, misdispatch=body.misdispatch)
    if body.decision not in can:
        raise NotYourMove("Decided one step up from who asked, never by them.", allowed=list(can))
    approves = body.decision is Decision.APPROVE
    if body.misdispatch and not (approves and row.kind is K.RETURN):
        raise NotNow("Only an approved return proves a wrong dispatch.", rule="misdispatch_of_a_return")
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    if approves:
        _rules(Step(record, row.kind, request["until"] and instant_of(request["until"]), is_asked=False))
    state = RequestState.APPROVED if approves else RequestState.REFUSED
    change.decide(request, state.value, body.note, misdispatch=body.misdispatch)
    if approves:
        _carry_out(change, row, request, body)
    return await change.write_part(call, request_shown(record, request, actor))


async def listed(
    session: Session, caller: Actor, wanted: RequestFilter, incident_id: UUID | None, page: tuple[UUID | None, int]
) -> list[RequestRow]:
    """Requests in the order they were asked, of one incident or of all the caller may see; one more than asked for.

    Raises:
        NotFound: there is no such incident.
    """
    if incident_id is not None:
        await seen(session, caller, incident_id)
    return [_row(found, caller) for found in await queries.requests(session, caller, wanted, incident_id, *page)]


def _row(found: Any, caller: Actor) -> RequestRow:
    request, incident = found.Request, found.Incident
    can: Mapping[Decision, Role] = {}
    if request.state == RequestState.ASKED and request.asked_by != caller.account_id:
        by, estimated = Role(request.asker_role), request.hours is not None
        asked = workflow.Asked(K(request.kind), by, estimated, found.approved_before)
        can = workflow.decisions(asked, caller.roles_at(incident.commanding_centre_id), misdispatch=True)
    return RequestRow(
        **{name: getattr(request, name) for name in REQUEST_SHOWN},
        asked_by=found.asked_by,
        decided_by=found.decided_by,
        incident=IncidentInShort(**{name: getattr(incident, name) for name in IncidentInShort.model_fields}),
        allowed_actions=list(can),
    )


def _carry_out(change: Change, row: workflow.Row, request: dict[str, Any], body: DecisionIn) -> None:
    record = change.record
    details: dict[str, Any] = {"request": str(request["id"]), "misdispatch": body.misdispatch}
    if row.kind is K.EXTENSION:
        _extend(change, request, details, body.note)
        return
    if row.kind is K.SUSPENSION:
        record["suspended_until"] = instant_of(request["until"])
    if row.kind in (K.RETURN, K.REOPEN):
        details["lead"] = {"patrol": record["lead_patrol"], "department": record["lead_department"]}
        record |= {"lead_patrol_id": None, "lead_patrol": None, "lead_department_id": None, "lead_department": None}
    if row.kind is K.REOPEN:
        record |= {"round": record["round"] + 1, "failed_count": 0, "self_handled": False, "force_closed": False}
    assert row.approval is not None  # noqa: S101  # only an extension moves nothing
    change.move(Action(row.approval), Role.SYSTEM, note=body.note, details=details)
    if record["status"] != Status.SUSPENDED:
        record["suspended_until"] = None


def _extend(change: Change, request: dict[str, Any], details: dict[str, Any], note: str | None) -> None:
    """Add the asked hours, or the limit that the handling started with, to it and to the whole."""
    hours = request["hours"]
    by = Limit(amount=hours, unit=Unit.URGENT_HOUR) if hours else change.clocks.limit(Clock.HANDLE)
    change.amend(Role.SYSTEM, details | {"extension": by.model_dump(mode="json")}, note)
    for clock in (Clock.HANDLE, Clock.TOTAL):
        change.clocks.extend(clock, by, request=str(request["id"]))
