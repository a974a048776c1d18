"""The use cases of scores after whistles: what the facts say, and the marks that people give."""

from typing import Any, ClassVar, NamedTuple
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.incident.service import audience
from app.linkage.workflow import WhistleState
from app.supervision.score import queries
from app.supervision.score.models import WhistleScore
from app.supervision.score.schemas import ScoreIn, ScoreOut, ScoresOut, TargetOut
from app.supervision.score.workflow import (
    NOT_SCORED,
    TABLE,
    Clock,
    Fact,
    Target,
    of_centre,
    of_department,
    scoring_role,
)


class NotScorable(Conflict):
    """This is not scored, or not now; `rule` says why."""

    members: ClassVar[dict[str, Any]] = {"rule": "closed"}


class _Of(NamedTuple):
    """Somebody who is scored for a whistle, and by which centre."""

    kind: Target
    id: UUID
    code: str
    scorer_id: UUID
    scorer: str
    fact: Fact


class _Whistle(NamedTuple):
    """A whistle with everybody who is scored for it and the scores so far."""

    row: Any
    incident: Any
    targets: list[_Of]
    scores: list[Any]


async def show(session: Session, caller: Actor, whistle_id: UUID) -> ScoresOut:
    """Everybody who is scored for a whistle, with what the facts say and the scores so far.

    Raises:
        NotFound: there is no such whistle, or its incident is out of the caller's reach.
    """
    return _shown(await _loaded(session, caller, whistle_id), caller)


async def score(session: Session, by: Actor, whistle_id: UUID, body: ScoreIn) -> ScoresOut:
    """Score one target of a closed whistle, or correct the score it has.

    Raises:
        NotFound, Unprocessable: there is no such whistle; nobody of that code is scored for it.
        Forbidden: scored by another centre, or another role.
        NotScorable: the whistle is not closed, the target is excused.
        Conflict: it has a score, and this one does not correct the last.
    """
    found = await _loaded(session, by, whistle_id, held=True)
    of = next((one for one in found.targets if one.code == body.target), None)
    if of is None:
        raise Unprocessable("Nobody with this code is scored for this whistle.")
    role = scoring_role(of.kind, by.roles_at(of.scorer_id))
    if role is None:
        raise Forbidden(f"Scored by {TABLE[of.kind].scorer}.", roles=sorted(TABLE[of.kind].roles))
    _rules(found, of, body)
    made = WhistleScore(
        id=uuid7(),
        whistle_id=found.row.id,
        scorer_id=of.scorer_id,
        target_kind=of.kind.value,
        target_id=of.id,
        finding=of.fact.finding.value,
        is_exempt=of.fact.is_exempt,
        mark=body.mark,
        note=body.note,
        account_id=by.account_id,
        role=role.value,
        corrects_id=body.corrects,
    )
    session.add(made)
    await session.flush()
    facts = {"target": of.code, "target_kind": of.kind.value, "finding": of.fact.finding.value, "mark": body.mark}
    names = {"whistle_id": str(found.row.id), "incident_id": str(found.incident.id), "centre_id": str(of.scorer_id)}
    scope = list(dict.fromkeys([*await audience(session, found.incident), of.scorer_id, of.id]))
    outbox.record(session, "whistle.scored", found.row.id, scope, id=str(made.id), **facts, **names)
    return await show(session, by, whistle_id)


def _rules(found: _Whistle, of: _Of, body: ScoreIn) -> None:
    if found.row.state != WhistleState.CLOSED:
        raise NotScorable("Scored when the whistle is closed.", rule="closed")
    if of.fact.finding in NOT_SCORED:
        raise NotScorable("It was not needed, or rightly refused.", rule="excused")
    given = [given.id for given, _ in found.scores if given.target_id == of.id]
    last = given[-1] if given else None
    if body.corrects != last:
        raise Conflict("Scored already: a correction names the last score." if last else "There is no such score.")


async def _loaded(session: Session, caller: Actor, whistle_id: UUID, *, held: bool = False) -> _Whistle:
    found = await queries.whistle(session, caller, whistle_id, held=held)
    if found is None:
        raise NotFound
    whistle, incident, centre = found
    clocks = await queries.clocks(session, incident.id)
    targets, rows = list[_Of](), await queries.called(session, whistle.id)
    called = {summons.department_id: (summons, code, missed) for summons, code, missed in rows}
    for summons, code, missed in called.values():  # of a department that was called again, the last call
        mine = [Clock(c.due_at, c.ended_at, c.is_exempt) for c in clocks if c.summons_id == summons.id]
        fact = of_department(vars(summons), mine, was_missed=missed)
        targets.append(_Of(Target.DEPARTMENT, summons.department_id, code, centre.id, centre.code, fact))
    if centre.parent_id is not None:
        above = await queries.code_of(session, centre.parent_id) or ""
        own = [c for c in clocks if c.kind in queries.STEPS and c.summons_id is None and c.round == incident.round]
        fact = of_centre([Clock(c.due_at, c.ended_at, c.is_exempt) for c in own])
        targets.append(_Of(Target.CENTRE, centre.id, centre.code, centre.parent_id, above, fact))
    return _Whistle(whistle, incident, targets, list(await queries.scores(session, whistle.id)))


def _shown(found: _Whistle, caller: Actor) -> ScoresOut:
    items = [_target(found, of, caller) for of in found.targets]
    return ScoresOut(whistle_id=found.row.id, items=items)


def _target(found: _Whistle, of: _Of, caller: Actor) -> TargetOut:
    history = [_score(given, by) for given, by in found.scores if given.target_id == of.id]
    open_to = found.row.state == WhistleState.CLOSED and of.fact.finding not in NOT_SCORED
    return TargetOut(
        target=of.code,
        target_kind=of.kind,
        scorer=of.scorer,
        finding=of.fact.finding,
        is_exempt=of.fact.is_exempt,
        score=history[-1] if history else None,
        history=history,
        may_score=open_to and scoring_role(of.kind, caller.roles_at(of.scorer_id)) is not None,
    )


def _score(given: WhistleScore, by: str) -> ScoreOut:
    names = ("id", "finding", "is_exempt", "mark", "note", "role", "at")
    return ScoreOut(**{name: getattr(given, name) for name in names}, by=by, corrects=given.corrects_id)
