"""The use cases of welfare checks: set, asked by the clock, answered, and an SOS when nobody does."""

from datetime import datetime
from itertools import chain
from typing import Any, ClassVar
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.core.time import rfc3339
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster.models import Shift
from app.roster.queries import told
from app.roster.schemas import Named
from app.safety.sos import service as sos
from app.safety.sos.schemas import SosIn
from app.safety.sos.workflow import Cause
from app.safety.welfare import queries
from app.safety.welfare.models import WelfareCheck, WelfareEntry
from app.safety.welfare.queries import Duty, Shown
from app.safety.welfare.schemas import (
    AnswerIn,
    Step,
    WelfareDetail,
    WelfareFilter,
    WelfareIn,
    WelfareOut,
    WelfareTransitionIn,
)
from app.safety.welfare.workflow import (
    BY_CLOCK,
    EVERY_S,
    GRACE_S,
    MOVES,
    WelfareAction,
    WelfareBy,
    WelfareMove,
    WelfareState,
    allowed,
    due_at,
)


class WelfareMoveIllegal(Conflict):
    """This welfare check is not at that step; `allowed` lists what this caller may do."""

    members: ClassVar[dict[str, Any]] = {"state": "waiting", "allowed": ["pause", "cancel"]}


class AnsweredTooLate(Conflict):
    """This answers an earlier question: another has been asked since, at `asked_at`."""

    members: ClassVar[dict[str, Any]] = {"asked_at": "2026-11-23T02:00:00.000Z"}


async def set_check(session: Session, by: Actor, body: WelfareIn) -> WelfareOut:
    """Set a timer for a patrol on duty, or for one officer of its crew.

    Raises:
        Unprocessable: the patrol is not on duty, or the officer not of its crew.
        Conflict: it has one already (the database's own constraint).
    """
    duty = await queries.duty(session, by, body.patrol)
    if duty is None:
        raise Unprocessable(f"There is no patrol {body.patrol} on duty.")
    if not (duty.is_crew or by.may_at(Right.DUTY_WRITE, duty.shift.centre_id)):
        raise Forbidden("The crew, or who runs the duty of its centre, sets its welfare check.")
    officer_id = body.officer and await queries.seat(session, duty.shift.id, body.officer)
    if body.officer is not None and officer_id is None:
        raise Unprocessable(f"{body.officer} is not of this crew.")
    spans = body.model_dump(include={"every_s", "grace_s", "first_s"})
    check = _new(duty, await instant(session), body.note, **spans)
    check.officer_id = officer_id or None
    session.add(check)
    await _note(session, check, MOVES[WelfareAction.SET], by, body.note)
    return await _shown(session, by, check.id)


def _new(duty: Duty, now: datetime, note: str | None, **wished: int | None) -> WelfareCheck:
    """A check of what a patrol is on duty with; spans that are not wished for are the centre's."""
    shift, spans = duty.shift, {"every_s": EVERY_S, "grace_s": GRACE_S}
    spans = {name: wished.get(name) or duty.settings.get(f"welfare_{name}", usual) for name, usual in spans.items()}
    due = due_at(MOVES[WelfareAction.SET], wished.get("first_s") or spans["every_s"], spans["grace_s"], now)
    place = {"shift_id": shift.id, "patrol_id": shift.patrol_id, "centre_id": shift.centre_id}
    return WelfareCheck(
        id=uuid7(), version=1, state=WelfareState.WAITING.value, due_at=due, note=note, **place, **spans
    )


async def check(session: Session, caller: Actor, check_id: UUID) -> WelfareDetail:
    """One welfare check with every step of it."""
    shown = await _shown(session, caller, check_id)
    steps = [Step.model_validate(step) for step in await queries.steps(session, check_id)]
    return WelfareDetail(**shown.model_dump(), steps=steps)


async def page(
    session: Session, caller: Actor, wanted: WelfareFilter, after: UUID | None, limit: int
) -> list[WelfareOut]:
    """Welfare checks the caller may see, the newest first, one more than asked for."""
    return [_out(row, caller) for row in await queries.page(session, caller, wanted, after, limit)]


async def answer(session: Session, by: Actor, check_id: UUID, body: AnswerIn) -> WelfareOut:
    """Say that all is well, which starts the time anew, or call for help.

    Raises:
        Forbidden: the caller is not of the crew.
        AnsweredTooLate: an ok to a question that is not the last one.
    """
    held = await _held(session, by, check_id)
    if WelfareBy.CREW not in _who(held, by):
        raise Forbidden("Only the crew answers.")
    found = held[0]
    if body.answer == "ok" and body.asked_at is not None and body.asked_at != found.asked_at:
        raise AnsweredTooLate(asked_at=found.asked_at)
    move = MOVES[WelfareAction.ANSWER_OK if body.answer == "ok" else WelfareAction.ANSWER_HELP]
    _check_move(held, move, by)
    now = await instant(session)
    found.answered_at = now
    if move.action is WelfareAction.ANSWER_HELP:
        officer_id = await queries.seat_of(session, found.shift_id, by.account_id)
        said = SosIn.model_validate(body.model_dump(exclude={"answer", "asked_at"}))
        crew = (found.shift_id, officer_id, by.account_id)
        found.sos_id = await sos.call_for(session, crew, Cause.WELFARE_HELP, said)
    await _move(session, found, move, now, by, body.note)
    return await _shown(session, by, check_id)


async def advance(session: Session, by: Actor, check_id: UUID, body: WelfareTransitionIn, based_on: int) -> WelfareOut:
    """Pause, resume or cancel a welfare check.

    Raises:
        Forbidden: the caller does not run the duty of its centre.
    """
    held = await _held(session, by, check_id)
    require_version(based_on, held[0].version, state=held[0].state)
    if WelfareBy.DUTY not in _who(held, by):
        raise Forbidden("You do not run the duty of this centre.")
    move = MOVES[WelfareAction(body.action)]
    _check_move(held, move, by)
    await _move(session, held[0], move, await instant(session), by=by, note=body.reason)
    return await _shown(session, by, check_id)


async def tick(session: Session, batch: int) -> int:
    """Do what the clock does to every check that is due: ask, tell the desk, raise an SOS; says how many.

    Claim, step and fact are one transaction; a step has a number of its own, so none is taken twice.
    """
    due = await queries.claim(session, batch)
    now = await instant(session)
    for one in due:
        move = BY_CLOCK[WelfareState(one.state)]
        if move.action is WelfareAction.ASK:
            one.asked_at = now
        if move.action is WelfareAction.ALARM:
            crew = (one.shift_id, one.officer_id, await queries.account_for(session, one))
            one.sos_id = await sos.call_for(session, crew, Cause.WELFARE_UNANSWERED, SosIn())
        await _move(session, one, move, now)
    return len(due)


async def end(session: Session, shift_id: UUID, *, without_seat: bool = False) -> None:
    """End the checks of a shift that is over, or only those about officers who left its crew."""
    now = await instant(session)
    for one in await queries.live(session, shift_id, without_seat=without_seat):
        await _move(session, one, MOVES[WelfareAction.END], now)


async def watch_lone(session: Session, shift_id: UUID) -> None:
    """Set a check for a crew of one, where the centre wants that."""
    duty = await queries.lone(session, shift_id)
    if duty is None or await queries.live(session, shift_id):
        return
    made = _new(duty, await instant(session), "crew of one")
    session.add(made)
    await _note(session, made, MOVES[WelfareAction.SET], None, made.note)


async def _move(  # what is moved, how, when, by whom and why
    session: Session,
    one: WelfareCheck,
    move: WelfareMove,
    now: datetime,
    by: Actor | None = None,
    note: str | None = None,
) -> None:
    one.state, one.due_at = move.target.value, due_at(move, one.every_s, one.grace_s, now)
    one.version += 1
    await _note(session, one, move, by, note)


async def _note(session: Session, one: WelfareCheck, move: WelfareMove, by: Actor | None, note: str | None) -> None:
    """Put a step on record, and in the log for the centre, the crew and their departments."""
    account_id = by.account_id if by else None
    step = {"action": move.action.value, "state": one.state, "account_id": account_id, "note": note}
    await session.flush()
    session.add(WelfareEntry(check_id=one.id, seq=one.version, **step))
    crews = await told(session, Shift.id == one.shift_id)
    scope = list(dict.fromkeys([one.centre_id, *chain.from_iterable(crews.values())]))
    facts: dict[str, Any] = {
        "version": one.version,
        "state": one.state,
        "patrol_id": str(one.patrol_id),
        "officer_id": one.officer_id and str(one.officer_id),
        "due_at": one.due_at and rfc3339(one.due_at),
        "sos_id": one.sos_id and str(one.sos_id),
    }
    outbox.record(session, f"welfare.{move.action}", one.id, scope, centre_id=str(one.centre_id), **facts)
    await session.flush()


async def _held(session: Session, by: Actor, check_id: UUID) -> Shown:
    held = await queries.found(session, by, check_id, held=True)
    if held is None:
        raise NotFound
    return held


def _who(row: Shown, caller: Actor) -> set[WelfareBy]:
    runs = caller.may_at(Right.DUTY_WRITE, row[0].centre_id)
    return ({WelfareBy.CREW} if row[4] else set()) | ({WelfareBy.DUTY} if runs else set())


def _check_move(row: Shown, move: WelfareMove, caller: Actor) -> None:
    state = WelfareState(row[0].state)
    if state not in move.source:
        raise WelfareMoveIllegal(f"Not from {state}.", state=state, allowed=allowed(state, _who(row, caller)))


async def _shown(session: Session, caller: Actor, check_id: UUID) -> WelfareOut:
    await session.flush()
    row = await queries.found(session, caller, check_id)
    if row is None:
        raise NotFound
    return _out(row, caller)


def _out(row: Shown, caller: Actor) -> WelfareOut:
    found, patrol, centre, number, _ = row
    state = WelfareState(found.state)
    return WelfareOut(
        id=found.id,
        version=found.version,
        created_at=found.created_at,
        updated_at=found.updated_at,
        state=state,
        shift_id=found.shift_id,
        patrol=Named.model_validate(patrol),
        centre=Named.model_validate(centre),
        officer=number,
        every_s=found.every_s,
        grace_s=found.grace_s,
        note=found.note,
        due_at=found.due_at,
        asked_at=found.asked_at,
        answered_at=found.answered_at,
        sos_id=found.sos_id,
        allowed_actions=allowed(state, _who(row, caller)),
    )
