"""Carrying out a batch: one operation after the other in the device's order, each together with its receipt."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import Any, NamedTuple
from uuid import UUID

import orjson
import structlog

from app.command.late.service import Late, Of, tell
from app.command.record import service as record
from app.core.db import Database
from app.core.faults import problem_of
from app.core.ids import uuid7
from app.core.problems import InternalError, NotFound, Problem
from app.identity.workflow import Actor
from app.sync.batch import queries
from app.sync.batch.operations import Doing, Way
from app.sync.batch.queries import Held
from app.sync.batch.reading import DependsOnRejected, NotYetItsTurn, OpReused, Read, SequencePassed
from app.sync.batch.schemas import BatchOut, Envelope, ItemOut
from app.sync.batch.workflow import Refused, Result, Turn, Verdict, current, turn_of, verdict

log = structlog.get_logger()
PATH = "/v1/sync/batches"
AMEND = "incident.amend"
NOTHING = UUID(int=0)


class Batch(NamedTuple):
    """A batch being carried out: whose, of which device, and how far off that device's clock is."""

    database: Database
    actor: Actor
    device_id: UUID
    skew: timedelta


async def carry_out(database: Database, actor: Actor, given: Envelope, ops: Sequence[Read]) -> BatchOut:
    """Decide every operation of a batch; answers stand in the order of the request.

    One that cannot be decided now keeps those after it waiting: they would find things as they are not yet.
    """
    async with database.write_lane() as lane:
        begun = await queries.begin(lane, actor.account_id, given.device_id, (given.oldest_seq or 1) - 1)
    batch = Batch(database, actor, given.device_id, given.sent_at - begun.now)
    answers: dict[int, ItemOut] = {}
    waiting: Problem | None = None
    for op in sorted(ops, key=lambda one: one.device_seq or 0):
        if op.device_seq is None:
            item = _answer(op, Result.REJECTED, op.fault)
        else:
            item = _answer(op, Result.RETRY, waiting) if waiting else await _decide(batch, op)
        if item.result is Result.RETRY:
            waiting = waiting or NotYetItsTurn("An operation before it is not decided yet.")
        answers[op.index] = item
    async with database.write_lane() as lane:
        ended = await queries.begin(lane, actor.account_id, given.device_id, 0)
    return BatchOut(received_at=begun.now, next_seq=ended.last_seq + 1, items=[answers[op.index] for op in ops])


async def _decide(batch: Batch, op: Read) -> ItemOut:
    """Carry an operation out, or find out what its refusal means."""
    try:
        return await _carried_out(batch, op)
    except Exception as error:  # noqa: BLE001  # whatever it is, the operations after it must not wait for ever
        return await _refused(batch, op, _foreseen(error))


def _foreseen(error: Exception) -> Problem:
    known = problem_of(error)
    if known is None:
        known = InternalError(trace_id=str(uuid7()))
        log.error("unexpected", path=PATH, trace_id=known.extra["trace_id"], exc_info=error)
    return known


@asynccontextmanager
async def _turn(batch: Batch, op: Read, way: Way) -> AsyncIterator[tuple[Any, Held]]:
    """A transaction in which nobody else decides an operation of this device."""
    async with AsyncExitStack() as stack:
        connection: Any = await stack.enter_async_context(getattr(batch.database, way)())
        if way is Way.POSITIONS:  # a connection on which a statement commits by itself
            await stack.enter_async_context(connection.transaction())
        yield connection, await queries.hold(connection, batch.actor.account_id, batch.device_id, op)


async def _known(batch: Batch, op: Read, connection: Any, held: Held) -> ItemOut | None:
    """The answer of an operation that has one already, or whose turn it is not; nothing if it is to be decided now."""
    turn = turn_of(op.device_seq or 0, held.last_seq)
    if held.answer is not None and held.digest == op.digest(batch.device_id):
        return ItemOut.model_validate(held.answer).again(op.index)
    if turn is Turn.AHEAD:
        first = held.last_seq + 1
        return _answer(op, Result.RETRY, NotYetItsTurn(f"{first} comes first.", next_seq=first))
    if held.answer is None and turn is Turn.PASSED:
        return _answer(op, Result.REJECTED, SequencePassed(next_seq=held.last_seq + 1))
    if held.answer is None and op.op_id is not None:
        return None
    # It can have no receipt, but its number is taken: those after it do not wait.
    await queries.begin(connection, batch.actor.account_id, batch.device_id, op.device_seq or 0)
    return _answer(op, Result.REJECTED, op.fault or OpReused())


async def _carried_out(batch: Batch, op: Read) -> ItemOut:
    """The effect and its receipt, or neither."""
    async with _turn(batch, op, op.kind.way if op.kind else Way.LANE) as (connection, held):
        known = await _known(batch, op, connection, held)
        if known is not None:
            return known
        kind, body = op.checked(batch.actor, held.now)
        outcome = await kind.run(_doing(batch, op, connection, held), body)
        item = _answer(op, Result.APPLIED, **outcome._asdict())
        await queries.settle(connection, batch.actor.account_id, batch.device_id, op, item)
    return item


async def _refused(batch: Batch, op: Read, problem: Problem) -> ItemOut:
    """What the refusal means, with what follows from it and the receipt in one transaction of their own.

    Nothing of the operation is left by now; whoever sends it again meanwhile is answered by who comes first.
    """
    meant = verdict(op.asked, _in_short(problem))
    if meant.result is Result.RETRY:
        return _answer(op, Result.RETRY, problem)
    try:
        async with _turn(batch, op, Way.LANE) as (lane, held):
            known = await _known(batch, op, lane, held)
            if known is not None:
                return known
            item = await _meant(_doing(batch, op, lane, held), op, meant, problem)
            await queries.settle(lane, batch.actor.account_id, batch.device_id, op, item)
    except Exception as error:  # noqa: BLE001  # nothing is decided: the phone sends it again
        return _answer(op, Result.RETRY, _foreseen(error))
    return item


async def _meant(doing: Doing, op: Read, meant: Verdict, problem: Problem) -> ItemOut:
    """The answer to a refused operation, and what it leaves in the history."""
    if meant.tells:
        late = Late(Of(op.asked.type.partition(".")[0]), doing.target, op.asked.action or "", op.note)
        try:
            await tell(doing.call, doing.observed, late)
        except Problem as refused:
            return _answer(op, Result.REJECTED, refused)
    if isinstance(problem, NotFound):
        first = await queries.rejected_report(doing.way, doing.actor.account_id, doing.target)
        problem = DependsOnRejected(op_id=str(first)) if first else problem
    if meant.result is not Result.CONFLICT or op.said is None:
        return _answer(op, meant.result, problem, state=_in_short(problem).state)
    stands = current(problem.extra) | (await _values(doing, op.said.payload) if op.asked.type == AMEND else {})
    return _answer(op, meant.result, problem, current=stands, yours=op.said.payload)


async def _values(doing: Doing, wanted: dict[str, Any]) -> dict[str, Any]:
    """The values that stand where an operation wanted others."""
    found = await record.get(doing.way, doing.actor, doing.target)
    category = orjson.loads(found["category"]) if found["category"] else {}
    known = {name: found[name] for name in ("priority", "title", "description")}
    known |= {"category_code": category.get("code"), "location": [found["lon"], found["lat"]]}
    return {name: value for name, value in known.items() if name in wanted} | {"version": found["version"]}


def _in_short(problem: Problem) -> Refused:
    state = problem.extra.get("status_now") or problem.extra.get("state")
    return Refused(problem.slug(), problem.status, state, problem.extra.get("reason"))


def _doing(batch: Batch, op: Read, connection: Any, held: Held) -> Doing:
    said = op.said
    return Doing(
        connection,
        batch.actor,
        op.once(batch.actor, batch.device_id),
        op.observed(batch.skew, held.now),
        (said.target if said else None) or NOTHING,
        said.base_version if said else None,
        batch.database.settings.track_keep_days,
    )


def _answer(op: Read, result: Result, problem: Problem | None = None, **more: Any) -> ItemOut:
    document = problem and problem.document(PATH)
    said = {"index": op.index, "op_id": op.op_id, "device_seq": op.device_seq, "result": result, "problem": document}
    return ItemOut.model_validate(said | more)
