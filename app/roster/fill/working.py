"""How fills are worked on: taken by one worker at a time, solved in a process of their own, heard of every second."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog

from app.core.db import Database
from app.identity.queries import now as instant
from app.roster.fill import child, queries
from app.roster.fill.models import RosterFill
from app.roster.fill.problem import Progress, Proposal
from app.roster.fill.schemas import ProgressOut, ProposalOut, SeatOut, ShortageOut, SpreadOut
from app.roster.fill.telling import Told, told
from app.roster.fill.workflow import ATTEMPTS, BEAT_S, FillState
from app.roster.wish.schemas import AnswerOut, Side, WishesAnswered

log = structlog.get_logger()
POLL_S = 1.0
LONGEST_LINE = 64 * 1024 * 1024
OVERTIME_S = 30
"""Beyond its time a solver still builds its model and writes its proposal; after this it hangs."""
Say = Callable[[Progress], None]


class Unwanted(Exception):  # not an error: what is to be done is to stop
    """The fill was cancelled, or another worker has taken it over."""


class SolverEnded(Exception):
    """The solver ended without a proposal."""


async def tend(database: Database, stop: asyncio.Event) -> None:
    """Work on one fill after the other until told to stop; what fails is logged and said on the fill."""
    while not stop.is_set():
        taken = None
        try:
            taken = await take(database)
            if taken is not None:
                await carry_out(database, taken, stop)
        except Exception as error:
            log.exception("fill_failed", error=type(error).__name__)
        if taken is None:
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), POLL_S)


async def take(database: Database) -> RosterFill | None:
    """The fill to work on now, as one that is worked on; one that was taken too often is given up."""
    async with database.write() as session:
        fill = await queries.next_fill(session)
        if fill is None:
            return None
        now = await instant(session)
        if fill.attempt < ATTEMPTS:
            begin(fill, now)
            return fill
        fill.state, fill.ended_at, fill.version = FillState.FAILED.value, now, fill.version + 1
        fill.failure = f"Its worker was lost {ATTEMPTS} times."
        return None


def begin(fill: RosterFill, now: datetime) -> None:
    """Make a fill one that is worked on."""
    fill.state, fill.started_at, fill.beat_at = FillState.RUNNING.value, now, now
    fill.attempt, fill.version = fill.attempt + 1, fill.version + 1


async def carry_out(database: Database, fill: RosterFill, stop: asyncio.Event, say: Say | None = None) -> None:
    """Solve what a fill asks for and keep the proposal; told to stop, leave the fill to the next worker."""
    try:
        async with database.read() as session:
            known = await told(session, await queries.roster(session, fill.roster_id), fill)
        facts = _done(known, await _Solver(database, fill, stop, say).proposal(known))
    except Unwanted:
        return
    except Exception as error:
        log.exception("fill_failed", fill=str(fill.id), error=type(error).__name__)
        said = str(error) if isinstance(error, SolverEnded) else type(error).__name__
        facts = {"state": FillState.FAILED.value, "failure": f"The solver failed: {said}"}
    if stop.is_set() and "proposal" not in facts:
        facts = {"state": FillState.QUEUED.value}
    async with database.write() as session:
        ended = {} if facts["state"] == FillState.QUEUED else {"ended_at": await instant(session)}
        kept = await queries.settle(session, fill.id, fill.attempt, **facts, **ended)
    log.info("fill_ended", fill=str(fill.id), state=facts["state"], kept=kept)


class _Solver:
    """A process that solves one fill."""

    def __init__(self, database: Database, fill: RosterFill, stop: asyncio.Event, say: Say | None) -> None:
        self.database, self.fill, self.stop, self.say = database, fill, stop, say
        self.progress: Progress | None = None

    async def proposal(self, known: Told) -> Proposal:
        """Run it to its end.

        Raises:
            Unwanted, SolverEnded.
        """
        command = (sys.executable, "-m", child.__name__)
        process = await asyncio.create_subprocess_exec(*command, stdin=PIPE, stdout=PIPE, limit=LONGEST_LINE)
        reading = asyncio.create_task(self._read(process, known))
        try:
            async with asyncio.timeout(self.fill.seconds + OVERTIME_S):
                while not reading.done():
                    await asyncio.wait({reading}, timeout=BEAT_S)
                    await self._beat()
            return await reading
        finally:
            reading.cancel()
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()

    async def _read(self, process: Process, known: Told) -> Proposal:
        assert process.stdin is not None, "it is a pipe"  # noqa: S101  # a programming error
        assert process.stdout is not None, "it is a pipe"  # noqa: S101  # as above
        task = child.Task(known.problem, self.fill.seconds, self.fill.seed)
        process.stdin.write(child.task.dump_json(task) + b"\n")
        await process.stdin.drain()
        async for line in process.stdout:
            heard = child.told.validate_json(line)
            if isinstance(heard, Proposal):
                return heard
            self.progress = heard
            if self.say is not None:
                self.say(heard)
        raise SolverEnded(f"it ended with code {await process.wait()}")

    async def _beat(self) -> None:
        if self.stop.is_set():
            raise SolverEnded("told to stop")
        progress = None if self.progress is None else _shown(self.progress)
        try:
            async with self.database.write() as session:
                is_wanted = await queries.beat(session, self.fill.id, self.fill.attempt, progress)
        except Exception as error:  # noqa: BLE001  # a database that is away for a moment costs no search
            log.warning("fill_beat_failed", fill=str(self.fill.id), error=type(error).__name__)
            return
        if not is_wanted:
            raise Unwanted


def _shown(progress: Progress) -> dict[str, Any]:
    return ProgressOut.model_validate(progress).model_dump(mode="json")


def _answered(known: Told, proposal: Proposal) -> list[WishesAnswered]:
    """What is made of wishes, officer by officer."""
    by_officer: dict[UUID, list[AnswerOut]] = defaultdict(list)
    for one in proposal.answers:
        wish, turn = one.wish, one.wish.turn
        facts = {"granted": one.granted, "of": one.of, "counts": one.counts, "why": one.why, "trait": wish.trait}
        times = {"starts_at": turn.starts_at, "ends_at": turn.ends_at} if turn else {}
        side = Side.RATHER if wish.is_for else Side.RATHER_NOT
        by_officer[one.officer_id].append(AnswerOut.model_validate({"wish": side} | facts | times))
    return [
        WishesAnswered(officer=known.numbers[id], share=proposal.shares.get(id), answers=answers)
        for id, answers in by_officer.items()
    ]


def _done(known: Told, proposal: Proposal) -> dict[str, Any]:
    """What is kept of a proposal: seats by officers' numbers, shortages by patrols and times."""
    starts = {shift.id: shift.starts_at for shift in known.problem.shifts}
    shown = ProposalOut(
        seats=[
            SeatOut(shift_id=seat.shift_id, officer=known.numbers[seat.officer_id], is_leader=seat.is_leader)
            for seat in proposal.seats
        ],
        shortages=[
            ShortageOut(
                shift_id=short.shift_id,
                patrol=known.patrols[short.shift_id],
                starts_at=starts[short.shift_id],
                want=short.want,
                code=short.name,
                missing=short.missing,
                why=dict(short.why),
            )
            for short in proposal.shortages
        ],
        spreads={name: SpreadOut.model_validate(spread) for name, spread in proposal.spreads.items()},
        leave_refused=proposal.leave_refused,
        wishes=_answered(known, proposal),
    )
    return {
        "state": FillState.DONE.value,
        "proposal": shown.model_dump(mode="json"),
        "basis": {str(id): version for id, version in known.versions.items()},
        "progress": _shown(proposal.best),
    }
