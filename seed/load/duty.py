"""Who is on duty in the demo district: a roster for each centre, and the crews whose shift is running signed on."""

from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar
from uuid import UUID

from app.core.db import Database, Session
from app.core.problems import Problem
from app.dispatch.crews import service as crews
from app.dispatch.crews.schemas import PatrolFilter, PatrolOut
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.patrol import service as positions
from app.patrol.batch import Batch
from app.patrol.schemas import Fix
from app.patrol.service import Sender
from app.roster import service as roster
from app.roster.schemas import ShiftFilter, ShiftOut, SignOffIn
from app.roster.signing import service as signing
from seed.load import files, rosters
from seed.load.steps import Say, system

LONGEST_AGO = timedelta(days=2)
OLD_S = 600
"""A crew whose last fix is older says again where it is."""
ENOUGH = 10_000
Thing = TypeVar("Thing")
Done = TypeVar("Done")


async def top_up(database: Database, say: Say) -> None:
    """Publish rosters that are missing, sign off whose shift is over, sign on whose is running, say where all are."""
    async with database.write() as session:
        by = await system(session)
        now: datetime = await instant(session)
        on_duty = await _on_duty(session, by)
    desk = _Desk(database, by, say)
    made = sum(await desk.each([centre["code"] for centre in files.records("centres")], rosters.plan))
    over = [patrol for patrol in on_duty if patrol.shift and patrol.shift.ends_at <= now]
    left = len(await desk.each(over, _sign_off))
    async with database.read() as session:
        running = [shift for shift in await _shifts(session, by, now) if shift.starts_at <= now < shift.ends_at]
        busy = {patrol.code for patrol in await _on_duty(session, by)}
    waiting = [shift for shift in running if shift.signed_on_at is None and shift.patrol.code not in busy]
    came = len(await desk.each(waiting, _sign_on))
    await _say_where(database, by, now)
    say(f"  Duty: {made} shifts planned, {left} crews signed off, {came} signed on")


class _Desk:
    """Does something to each of many, one transaction apiece: what somebody changed by hand stops only its own."""

    def __init__(self, database: Database, by: Actor, say: Say) -> None:
        self.database, self.by, self.say = database, by, say

    async def each(self, things: Iterable[Thing], do: Callable[[Session, Actor, Thing], Awaitable[Done]]) -> list[Done]:
        """What was done; what was refused is said and left as it is."""
        done: list[Done] = []
        for thing in things:
            try:
                async with self.database.write() as session:
                    done.append(await do(session, self.by, thing))
            except Problem as refused:
                self.say(f"  Left as it is: {refused}")
        return done


async def _sign_off(session: Session, by: Actor, patrol: PatrolOut) -> ShiftOut:
    assert patrol.shift is not None, "it is on duty"  # noqa: S101  # a programming error
    return await crews.sign_off(session, by, patrol.shift.id, patrol.shift.version, SignOffIn())


async def _sign_on(session: Session, by: Actor, shift: ShiftOut) -> ShiftOut:
    return await signing.sign_on(session, by, shift.id, shift.version)


async def _say_where(database: Database, by: Actor, now: datetime) -> None:
    """Crews that have not said for a while where they are say it again; those that never did, where they begin."""
    begin = {crew["code"]: crew["initial_position"] for crew in files.records("crews")}
    async with database.read() as session:
        silent = [one for one in await _on_duty(session, by) if one.position is None or one.position.age_s > OLD_S]
    fixes = [
        Fix(
            patrol=patrol.code,
            observed_at=now,
            location=list(patrol.position.location.coordinates) if patrol.position else begin[patrol.code],
        )
        for patrol in silent
    ]
    if fixes:
        async with database.position_lane() as lane:
            await positions.store(lane, Sender.of(by), Batch.of(fixes), database.settings.track_keep_days)


async def _shifts(session: Session, by: Actor, now: datetime) -> list[ShiftOut]:
    """The district's shifts from those that may still run to the last one planned."""
    since = [now - LONGEST_AGO, UUID(int=0)]
    return await roster.shifts(session, by, ShiftFilter(centre=files.ROOT), since, ENOUGH)


async def _on_duty(session: Session, by: Actor) -> list[PatrolOut]:
    """The demo's own patrols that are on duty."""
    wanted = PatrolFilter(on_duty=True, centre=files.ROOT)
    own = {crew["code"] for crew in files.records("crews")}
    return [patrol for patrol in await crews.patrols(session, by, wanted, None, ENOUGH) if patrol.code in own]
