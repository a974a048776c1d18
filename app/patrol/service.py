"""The use cases of positions: kept while on duty, the latest gone when duty ends."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple, Self
from uuid import UUID

import numpy as np

from app.core.db import BulkLane, Lane, Session
from app.core.time import EPOCH
from app.identity.queries import now as instant
from app.identity.workflow import Actor, Right
from app.patrol import queries
from app.patrol.batch import Batch
from app.patrol.columns import Caller, Columns
from app.patrol.judging import judged
from app.patrol.schemas import Fix, FixNotKept, PositionsOut, SignOnIn
from app.patrol.workflow import AROUND_DUTY, COARSE_M, NONE, OVERTIME, REASONS, Duty, Known
from app.roster.models import Shift
from app.roster.schemas import ShiftOut, Whereabouts
from app.roster.signing import service as signing


class Sender(NamedTuple):
    """Who gives positions, and of whom.

    A fix that names a patrol is for that patrol, at one of `centres`. Any other is for the patrol on whose crew the
    account or the officer sat when it was observed, or for the one patrol that the sender is bound to.
    """

    account_id: UUID | None = None
    officer_id: UUID | None = None
    patrol_id: UUID | None = None
    centres: Sequence[UUID] = ()

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """An account: its own crew's positions, and those of patrols at the centres where it gives them."""
        centres = [centre for centre in actor.centres if actor.may_at(Right.POSITIONS_WRITE, centre)]
        return cls(account_id=actor.account_id, centres=centres)


class Sent(NamedTuple):
    """What one request brings."""

    sender: Sender
    batch: Batch


async def store(lane: BulkLane, sender: Sender, batch: Batch, keep_days: int) -> PositionsOut:
    """Keep the fixes of patrols on duty: one reading and one writing statement, whatever their number and order.

    A fix belongs to the duty during which it was observed, also when it comes hours later. Sent twice, nothing
    changes. The newest one becomes where its patrol is, unless the patrol is off duty now.
    """
    [answer] = await store_all(lane, [Sent(sender, batch)], keep_days)
    return answer


async def store_all(lane: BulkLane, sent: Sequence[Sent], keep_days: int) -> list[PositionsOut]:
    """The same for several requests at once, each with its own answer."""
    filled = [one for one in sent if one.batch.fixes]
    answers = iter(await _stored(lane, filled, keep_days) if filled else ())
    return [next(answers) if one.batch.fixes else _answer(0, 0, one.batch.refused) for one in sent]


async def _stored(lane: BulkLane, sent: Sequence[Sent], keep_days: int) -> list[PositionsOut]:
    columns = Columns.of([one.batch for one in sent])
    verdict = judged(columns, await _known(lane, sent, columns.callers, keep_days))
    new = await queries.keep(lane, verdict) if len(verdict.stored) else verdict.stored
    refused = [list(one.batch.refused) for one in sent]
    for fix in np.flatnonzero(verdict.against != NONE).tolist():
        reason = REASONS[verdict.against[fix]]
        refused[columns.request[fix]].append(FixNotKept(index=columns.place[fix], reason=reason))
    kept = np.bincount(columns.request[verdict.against == NONE], minlength=len(sent))
    stored = np.bincount(columns.request[new], minlength=len(sent))
    return list(map(_answer, stored.tolist(), (kept - stored).tolist(), refused))


def _answer(stored: int, repeated: int, refused: Iterable[FixNotKept]) -> PositionsOut:
    return PositionsOut(stored=stored, repeated=repeated, not_stored=sorted(refused, key=lambda one: one.index))


async def _known(lane: Lane, sent: Sequence[Sent], callers: Sequence[Caller], keep_days: int) -> Known:
    named = [(request + 1, code) for request, code in callers if code]
    rows = await queries.DUTIES.rows(
        lane,
        account_id=[one.sender.account_id for one in sent],
        officer_id=[one.sender.officer_id for one in sent],
        patrol_id=[one.sender.patrol_id for one in sent],
        first=[_instant(min(one.batch.instants)) for one in sent],
        last=[_instant(max(one.batch.instants)) for one in sent],
        by=[request for request, _ in named],
        code=[code for _, code in named],
    )
    duties: dict[Caller, list[Duty]] = {(request, code): [] for request, code in callers if not code}
    for row in rows:
        request = (row["by"] or 0) - 1
        if row["by"] and (row["code"] is None or row["centre_id"] in sent[request].sender.centres):
            of_caller = duties.setdefault((request, row["code"] or ""), [])
            if row["shift_id"] is not None:
                of_caller.append(Duty(row["patrol_id"], row["shift_id"], row["begins_at"], row["ends_at"]))
    now = rows[0]["now"]
    return Known(now, oldest_kept(now, keep_days), [duties.get(caller) for caller in callers])


def _instant(seconds: float) -> datetime:
    return EPOCH + timedelta(seconds=seconds)


def oldest_kept(now: datetime, keep_days: int) -> datetime:
    """From when on fixes are kept: the beginning of a day in UTC."""
    return datetime.combine(now.astimezone(UTC).date(), time(), UTC) - timedelta(days=keep_days)


async def sign_on(session: Session, by: Actor, shift_id: UUID, based_on: int, body: SignOnIn) -> ShiftOut:
    """The crew begins its duty, and where it is becomes its patrol's position; a fix from off duty is left out."""
    now = await instant(session)
    shift = await signing.sign_on(session, by, shift_id, based_on, _whereabouts(body, now), body.reason)
    if body.location is not None and shift.signed_on_at is not None:
        place = list(body.location.coordinates)
        fix = Fix(observed_at=body.observed_at or now, location=place, datum=body.datum, accuracy_m=body.accuracy_m)
        duty = Duty(shift.patrol.id, shift.id, shift.signed_on_at, shift.ends_at + OVERTIME)
        known = Known(now, shift.signed_on_at - AROUND_DUTY, [[duty]])
        verdict = judged(Columns.of([Batch.of([fix])]), known)
        if len(verdict.stored):
            await queries.put(session, verdict)
    return shift


def _whereabouts(body: SignOnIn, now: datetime) -> Whereabouts | None:
    """Where the crew is, if its fix says so: neither older than five minutes nor coarser than 100 m."""
    accuracy_m = body.accuracy_m or 0.0
    is_old = body.observed_at is not None and body.observed_at < now - AROUND_DUTY
    if body.location is None or is_old or accuracy_m > COARSE_M:
        return None
    place = body.location.wgs84(body.datum)
    return Whereabouts(place.lon, place.lat, accuracy_m)


async def sign_off(session: Session, by: Actor, shift_id: UUID, based_on: int, handover_note: str | None) -> ShiftOut:
    """The crew ends its duty, and where its patrol was last seen is deleted at once."""
    shift = await signing.sign_off(session, by, shift_id, based_on, handover_note)
    await queries.forget(session, shift.patrol.id)
    return shift


async def forget_off_duty(session: Session) -> int:
    """Delete where patrols were last seen whose crews are off duty or forgot to sign off; says how many."""
    return await queries.forget_off_duty(session)


async def end(session: Session, shift: Shift, account_id: UUID) -> None:
    """The duty of a shift ends without its crew, and where its patrol was last seen is deleted too."""
    await signing.end(session, shift, account_id, None)
    await queries.forget(session, shift.patrol_id)
