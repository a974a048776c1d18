"""The use cases of appeals: filed after closing, reviewed twice, carried out."""

from typing import Any, ClassVar
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Problem, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.incident.models import ClockState, Incident, RunningClock
from app.incident.service import audience, seen
from app.incident.workflow import Status
from app.supervision.appeal import queries
from app.supervision.appeal.models import Appeal, AppealReview
from app.supervision.appeal.schemas import AppealDecisionIn, AppealFilter, AppealIn, AppealOut, LateFact, ReviewOut
from app.supervision.appeal.workflow import (
    APPELLANT,
    OF_A_DEPARTMENT,
    PENDING,
    TABLE,
    AppealAction,
    AppealState,
    Reviewer,
    allowed,
    reviewing_role,
)


class NotAppealable(Conflict):
    """This fact cannot be appealed against now; `rule` says why."""

    members: ClassVar[dict[str, Any]] = {"rule": "after_closing"}


class AppealSettled(Conflict):
    """The appeal waits for another review, or has had both; `allowed` lists what this caller may say."""

    members: ClassVar[dict[str, Any]] = {"state": "approved", "allowed": []}


class NoteMissing(Problem):
    """Who rejects says why."""

    status = 422
    members: ClassVar[dict[str, Any]] = {"missing": ["note"]}


async def file(session: Session, by: Actor, incident_id: UUID, body: AppealIn) -> AppealOut:
    """Appeal against an overdue clock of a closed incident, for the department it ran against.

    Raises:
        NotFound: there is no such incident.
        Forbidden: the caller is not at the desk of the department that was late.
        NotAppealable: the incident is not closed, the clock not of its last round or not a department's, or not late.
        Unprocessable: the incident has no such clock.
    """
    incident = await seen(session, by, incident_id, held=True)
    found = await queries.clock(session, incident.id, body.subject_id)
    if found is None:
        raise Unprocessable("The incident has no such clock.")
    clock, department_id = found
    if department_id is None or APPELLANT not in by.roles_at(department_id):
        raise Forbidden("Appeals are filed by the desk of the department that was late.", roles=[APPELLANT])
    for rule, holds in _rules(incident, clock).items():
        if not holds:
            raise NotAppealable(rule=rule)
    made = Appeal(
        id=uuid7(),
        incident_id=incident.id,
        subject_kind=body.subject_kind.value,
        subject_id=clock.id,
        department_id=department_id,
        state=AppealState.PENDING_DISPATCHER.value,
        reason=body.reason,
        filed_by=by.account_id,
    )
    session.add(made)
    await session.flush()
    await _record(session, "appeal.filed", made, incident)
    return await appeal(session, by, made.id)


def _rules(incident: Incident, clock: RunningClock) -> dict[str, bool]:
    """The rules of an appeal: those that do not hold stand against it."""
    return {
        "after_closing": incident.status == Status.CLOSED,
        "of_the_last_round": clock.round == incident.round,
        "of_a_department": clock.kind in OF_A_DEPARTMENT,
        "overdue": _late_s(clock) > 0 or clock.state == ClockState.BREACHED,
    }


def _late_s(clock: RunningClock) -> float:
    """How long after its limit a clock ended."""
    return 0.0 if clock.ended_at is None else max(0.0, (clock.ended_at - clock.due_at).total_seconds())


async def _record(session: Session, topic: str, appeal: Appeal, incident: Incident) -> None:
    facts = {"fact_kind": appeal.subject_kind, "fact_id": str(appeal.subject_id), "state": appeal.state}
    places = {"incident_id": str(incident.id), "centre_id": str(incident.commanding_centre_id)}
    department = {"department_id": str(appeal.department_id), "version": appeal.version}
    scope = list(dict.fromkeys([*await audience(session, incident), appeal.department_id]))
    outbox.record(session, topic, appeal.id, scope, id=str(appeal.id), **facts, **places, **department)


async def decide(session: Session, by: Actor, appeal_id: UUID, body: AppealDecisionIn, based_on: int) -> AppealOut:
    """Review an appeal. The second approval leaves the fact out of scores, and changes nothing else about it.

    Raises:
        AppealSettled: it has had its reviews.
        Forbidden: reviewed by another role, or by somebody who has no part in it yet.
        NoteMissing: a rejection without a note.
    """
    await queries.hold(session, appeal_id)
    found = await queries.appeal(session, by, appeal_id)
    if found is None:
        raise NotFound
    row, incident = found.Appeal, found.Incident
    require_version(based_on, row.version, state=row.state)
    state = AppealState(row.state)
    if state not in PENDING:
        raise AppealSettled(f"It is {state}.", state=state, allowed=[])
    reviewer = _reviewer(by, found, await queries.reviews(session, [row.id]))
    review = TABLE[state, body.decision]
    role = reviewing_role(review, reviewer)
    if role is None:
        raise Forbidden("Reviewed by another role, and by nobody who has a part in it.", roles=sorted(review.roles))
    if body.decision is AppealAction.REJECT and body.note is None:
        raise NoteMissing(missing=["note"])
    row.state = review.target.value
    row.version += 1
    said = {"action": body.decision.value, "account_id": by.account_id, "role": role.value, "note": body.note}
    session.add(AppealReview(appeal_id=row.id, seq=row.version, **said))
    await session.flush()
    if review.target is AppealState.APPROVED:
        await queries.exempt(session, row.subject_id)
    await _record(session, "appeal.decided", row, incident)
    session.expire_all()
    return await appeal(session, by, appeal_id)


async def appeal(session: Session, caller: Actor, appeal_id: UUID) -> AppealOut:
    """One appeal."""
    found = await queries.appeal(session, caller, appeal_id)
    if found is None:
        raise NotFound
    return (await _shown(session, caller, [found]))[0]


async def appeals(
    session: Session, caller: Actor, wanted: AppealFilter, after: UUID | None, limit: int
) -> list[AppealOut]:
    """Appeals about incidents the caller may see, one more than asked for."""
    return await _shown(session, caller, await queries.appeals(session, caller, wanted, after, limit))


def _reviewer(caller: Actor, found: Any, reviews: Any) -> Reviewer:
    row, incident = found.Appeal, found.Incident
    reviewed = any(said.AppealReview.account_id == caller.account_id for said in reviews)
    is_theirs = row.filed_by == caller.account_id or APPELLANT in caller.roles_at(row.department_id)
    return Reviewer(caller.roles_at(incident.commanding_centre_id), has_part=reviewed or is_theirs)


async def _shown(session: Session, caller: Actor, rows: Any) -> list[AppealOut]:
    said = await queries.reviews(session, [found.Appeal.id for found in rows])
    return [_one(caller, found, [s for s in said if s.AppealReview.appeal_id == found.Appeal.id]) for found in rows]


SHOWN = (
    "id", "version", "created_at", "updated_at", "incident_id", "subject_kind", "subject_id", "state", "reason",
)  # fmt: skip


def _one(caller: Actor, found: Any, reviews: list[Any]) -> AppealOut:
    row, clock = found.Appeal, found.RunningClock
    fact = {name: getattr(clock, name) for name in ("kind", "round", "due_at", "ended_at", "is_exempt")}
    return AppealOut(
        **{name: getattr(row, name) for name in SHOWN},
        number=found.Incident.number,
        fact=LateFact(**fact, late_s=_late_s(clock)),
        department=found.department,
        filed_by=found.filed_by,
        reviews=[ReviewOut(action=r.action, by=username, role=r.role, note=r.note, at=r.at) for r, username in reviews],
        allowed_actions=allowed(AppealState(row.state), _reviewer(caller, found, reviews)),
    )
