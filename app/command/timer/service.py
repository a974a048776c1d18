"""The timer: what is due is claimed, done and recorded in one transaction, whatever happens to the workers.

Work is counted as begun before it is done, on a connection of its own, so that work which kills its worker is counted
too. What was never begun goes in batches; what was begun and has not ended goes alone, so that it stops nothing else.
"""

import time
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
import structlog
from asyncpg.exceptions import DeadlockDetectedError, LockNotAvailableError, UniqueViolationError

from app.command.move.service import NotYourMove
from app.command.record.service import calendar
from app.command.record.view import parsed
from app.command.service import Change
from app.command.timer import queries
from app.command.timer.effects import EFFECTS, Turn
from app.command.timer.schemas import ActionsOut, ParkedOut
from app.command.timer.workflow import MOST_FAILURES, MOST_TRIES, PAUSE_S, jumped
from app.core.db import Database, Lane, Session
from app.core.problems import NotFound
from app.identity import service as identity
from app.identity.workflow import Actor, Grant, Role
from app.incident.service import seen
from app.supervision.workflow import PRESSERS, Due, pressing

log = structlog.get_logger()
BATCH = 20
"""Incidents held by one transaction: requests about them wait for it, some 100 ms."""
ANOTHER_WAS_QUICKER = (DeadlockDetectedError, LockNotAvailableError, UniqueViolationError)
ALARM_S = 60.0
Claimed = Sequence[Mapping[str, Any]]


def steady() -> float:
    """Seconds of the machine's clock that nobody sets, through sleep as well."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Timer:
    """One worker's timer: what it trusts of the database's clock, and how its work has gone lately."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.account_id: UUID | None = None
        self.trusted_s: float | None = None
        self.is_held = False
        self.alarmed_at = -ALARM_S
        self.failures = 0
        self.waits_until = 0.0

    async def sweep(self, due: Due) -> int:
        """Do a batch of what is due of a kind, or one piece that failed before; says how many were begun."""
        await self._system()
        if not await self._may_fire():
            return 0
        return await self._batch(due) or await self._single(due)

    async def _may_fire(self) -> bool:
        """Whether the database's clock can be trusted: time that jumps must not make everything late at once."""
        async with self.database.read_lane() as lane:
            row = await queries.CLOCK_NOW.row(lane)
        assert row is not None, "the statement gives one row"  # noqa: S101  # a programming error
        return self.trusts(row["wall"], steady())

    def trusts(self, wall: datetime, steady_s: float) -> bool:
        """Whether the database's instant fits what was seen before; if not, nothing fires until it does again."""
        offset = wall.timestamp() - steady_s
        self.is_held = self.trusted_s is not None and jumped(offset, self.trusted_s)
        if not self.is_held:
            self.trusted_s, self.alarmed_at = offset, -ALARM_S
        elif steady_s - self.alarmed_at >= ALARM_S:
            self.alarmed_at = steady_s
            log.error("clock_jumped", seconds=round(offset - (self.trusted_s or 0.0), 1), firing=False)
        return not self.is_held

    async def _batch(self, due: Due) -> int:
        found: Claimed = ()
        try:
            async with self.database.write_lane() as lane:
                found = await queries.FRESH[due].rows(lane, batch=BATCH)
                if found:
                    await self._do(lane, due, found)
        except Exception as error:
            log.exception("batch_failed", due=due, size=len(found), error=type(error).__name__)
            return 0
        self.failures = 0 if found else self.failures
        return len(found)

    async def _single(self, due: Due) -> int:
        if self._pauses():
            return 0
        found: Claimed = ()
        try:
            async with self.database.write_lane() as lane:
                found = await queries.DOUBTFUL[due].rows(lane)
                if found and found[0]["tries"] < MOST_TRIES:
                    await self._do(lane, due, found)
        except ANOTHER_WAS_QUICKER:
            await self._write_apart(queries.FORGIVE, due, found)
        except Exception as error:
            self.failures += 1
            log.exception("timer_failed", due=due, subject=str(found[0]["subject_id"]) if found else None)
            await self._write_apart(queries.FAIL, due, found, error=f"{type(error).__name__}: {error}"[:500])
            await self._park(due, found)
        else:
            if found and found[0]["tries"] >= MOST_TRIES:
                await self._park(due, found)
        return len(found)

    def _pauses(self) -> bool:
        """Whether so much has failed in a row that trying on would only park what is healthy."""
        if self.failures >= MOST_FAILURES:
            log.error("timer_pauses", failures=self.failures, seconds=PAUSE_S)
            self.failures, self.waits_until = 0, steady() + PAUSE_S
        return steady() < self.waits_until

    async def _do(self, lane: Lane, due: Due, found: Claimed) -> None:
        """Count the work as begun, do it, and forget that it was begun, with it."""
        begun = [{name: row[name] for name in ("subject_id", "incident_id")} for row in found]
        await self._write_apart(queries.BEGIN, due, found, begun=orjson.dumps(begun, default=str).decode())
        actor_id = await self._system()
        ids = [row["incident_id"] for row in found]
        shows = {"actor_id": actor_id, "centres": [], "departments": []}  # nobody looks: nothing need be in sight
        rows = await queries.LOAD.rows(lane, ids=ids, direction="up", centre=None, **shows)
        records = {row["id"]: row for row in rows}
        for row in found:
            await self._turn(lane, due, row["subject_id"], records[row["incident_id"]])
        await queries.END.rows(lane, kind=due.value, ids=[row["subject_id"] for row in found])

    async def _turn(self, lane: Lane, due: Due, subject_id: UUID, row: Mapping[str, Any]) -> None:
        record = parsed(row)
        home: UUID = record["home_centre_id"]
        grant = Grant(Role.SYSTEM, home, is_centre=True, reach=frozenset({home}))
        actor = Actor.of(await self._system(), identity.SYSTEM, (grant,))
        change = Change(record, actor, await calendar(lane, record["calendar_id"]))
        if await EFFECTS[due](Turn(lane, change, orjson.loads(row["orders"])), subject_id):
            await change.keep(lane)

    async def _write_apart(self, statement: Any, due: Due, found: Claimed, **values: Any) -> list[Mapping[str, Any]]:
        ids = [row["subject_id"] for row in found]
        async with self.database.write_lane() as apart:
            written: list[Mapping[str, Any]] = await statement.rows(apart, kind=due.value, ids=ids, **values)
        return written

    async def _park(self, due: Due, found: Claimed) -> None:
        for row in await self._write_apart(queries.PARK, due, found):
            log.error("work_parked", due=due, subject=str(row["subject_id"]))

    async def _system(self) -> UUID:
        if self.account_id is None:
            async with self.database.write() as session:
                self.account_id = (await identity.ensure_system_account(session)).id
        return self.account_id


async def actions(session: Session, caller: Actor, incident_id: UUID) -> ActionsOut:
    """The steps that an incident's clocks have climbed.

    Raises:
        NotFound: there is no such incident, or the caller may not see it.
    """
    await seen(session, caller, incident_id)
    names = ("clock_id", "step", "share", "after_min", "state", "due_at", "at", "late_s", "acts", "skipped")
    rows = await queries.actions(session, incident_id)
    items = [{n: getattr(r.ClockAction, n) for n in names} | {"kind": r.kind, "round": r.round} for r in rows]
    return ActionsOut.model_validate({"items": items})


async def parked(session: Session, caller: Actor, after: UUID | None, limit: int) -> list[ParkedOut]:
    """Parked work of incidents the caller may see, one more than asked for."""
    return [_parked(row.Trial, row.number) for row in await queries.parked(session, caller, after, limit)]


async def retry(session: Session, caller: Actor, due: Due, subject_id: UUID) -> ParkedOut:
    """Let parked work be begun anew.

    Raises:
        NotFound: nothing of the kind is parked, or the caller may not see it.
        NotYourMove: the caller does not command the incident.
    """
    row = await queries.parked_held(session, caller, due, subject_id)
    if row is None:
        raise NotFound
    if pressing(caller, row.commanding_centre_id) is None:
        raise NotYourMove("Tried anew by who commands the incident.", roles=sorted(PRESSERS), allowed=[])
    shown = _parked(row.Trial, row.number)
    await queries.forget(session, row.Trial)
    return shown


def _parked(trial: Any, number: str) -> ParkedOut:
    names = ("kind", "subject_id", "incident_id", "tries", "error", "parked_at")
    return ParkedOut.model_validate({name: getattr(trial, name) for name in names} | {"incident": number})
