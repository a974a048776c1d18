"""Who is on duty in the demo district: shifts for the days ahead, and the crews whose shift is running signed on."""

from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from app.core.db import Database, Session
from app.core.problems import Problem
from app.dispatch.crews import service as crews
from app.dispatch.crews.schemas import PatrolFilter, PatrolOut
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.patrol import service as positions
from app.patrol.schemas import Fix
from app.roster import service as roster
from app.roster.schemas import ShiftFilter, ShiftIn, ShiftOut, SignOffIn
from app.roster.signing import service as signing
from seed.load import files
from seed.load.files import Record
from seed.load.steps import Say, system

DAYS_AHEAD = 7
LONGEST_AGO = timedelta(days=2)
OLD_S = 600
"""A crew whose last fix is older says again where it is."""
ENOUGH = 10_000
Thing = TypeVar("Thing")
Done = TypeVar("Done")


def wished(now: datetime) -> Iterator[ShiftIn]:
    """Every shift of the duty plan that is not over, up to seven days ahead, crew by crew."""
    plan = files.document("organisation")["shift_plan"]
    today = now.astimezone(ZoneInfo(plan["timezone"])).date()
    for crew in files.records("crews"):
        for ahead in range(-1, DAYS_AHEAD + 1):
            shift = _planned(plan, crew, today + timedelta(days=ahead))
            if shift is not None and shift.ends_at > now:
                yield shift


def _planned(plan: Record, crew: Record, on: date) -> ShiftIn | None:
    """A crew's shift that starts on a date, if it works: without a phase it stands by every day on its first beat.

    The others take the next of their beats each time the cycle begins anew.
    """
    number = (on - date.fromisoformat(plan["anchor_on"])).days
    cycle, stands_by = plan["cycle"], crew["phase"] is None
    kind = "standby" if stands_by else cycle[(number - crew["phase"]) % len(cycle)]
    hours = next((row for row in files.records("shift_templates") if row["code"] == kind), None)
    if hours is None:
        return None
    starts, ends = time.fromisoformat(hours["starts"]), time.fromisoformat(hours["ends"])
    zone, last = ZoneInfo(plan["timezone"]), on + timedelta(days=ends <= starts)
    return ShiftIn.model_validate(
        {
            "patrol": crew["code"],
            "beat": crew["beats"][0 if stands_by else number // len(cycle) % len(crew["beats"])],
            "starts_at": datetime.combine(on, starts, zone),
            "ends_at": datetime.combine(last, ends, zone),
            "crew": [{"officer": one, "is_leader": one == crew["leader"]} for one in crew["members"]],
        }
    )


async def top_up(database: Database, say: Say) -> None:
    """Plan what is missing, sign off whose shift is over, sign on whose shift is running, say where all are."""
    async with database.write() as session:
        by = await system(session)
        now: datetime = await instant(session)
        planned = await _shifts(session, by, now)
        on_duty = await _on_duty(session, by)
    desk = _Desk(database, by, say)
    missing = [shift for shift in wished(now) if not any(_clash(shift, other) for other in planned)]
    of_a_crew = [list(shifts) for _, shifts in groupby(missing, key=lambda shift: shift.patrol)]
    made = sum(len(shifts) for shifts in await desk.each(of_a_crew, roster.open_shifts))
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
        async with database.write_lane() as lane:
            await positions.store(lane, by, fixes)


async def _shifts(session: Session, by: Actor, now: datetime) -> list[ShiftOut]:
    """The district's shifts from those that may still run to the last one planned."""
    since = [now - LONGEST_AGO, UUID(int=0)]
    return await roster.shifts(session, by, ShiftFilter(centre=files.ROOT), since, ENOUGH)


async def _on_duty(session: Session, by: Actor) -> list[PatrolOut]:
    """The demo's own patrols that are on duty."""
    wanted = PatrolFilter(on_duty=True, centre=files.ROOT)
    own = {crew["code"] for crew in files.records("crews")}
    return [patrol for patrol in await crews.patrols(session, by, wanted, None, ENOUGH) if patrol.code in own]


def _clash(wanted: ShiftIn, other: ShiftOut) -> bool:
    """Whether a planned shift has the same patrol or one of its officers at the same time."""
    if wanted.ends_at <= other.starts_at or other.ends_at <= wanted.starts_at:
        return False
    aboard = {member.number for group in other.crew for member in group.members}
    return wanted.patrol == other.patrol.code or any(seat.officer in aboard for seat in wanted.crew)
