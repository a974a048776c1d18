"""In which order the jurisdiction of a fleet is made, all in one transaction and in the system's name."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import update

from app.agency import service as agency
from app.agency.officer.schemas import OfficerIn
from app.agency.officer.service import enrol_officer
from app.agency.schemas import DepartmentIn
from app.catalogue.calendar.service import import_calendar
from app.core.db import Database, Session
from app.core.settings import Settings
from app.grid.area import service as ground
from app.grid.plan import service as plans
from app.identity import service as identity
from app.identity.schemas import AccountIn
from app.identity.workflow import Actor, Role
from app.replay.fleet.mapping import FleetMapping
from app.roster import service as roster
from app.roster.models import Shift
from app.roster.schemas import MAX_SHIFTS, PatrolIn, ShiftIn
from app.roster.workflow import Vehicle
from seed.fleet.survey import FleetSurvey
from seed.jurisdiction import bodies
from seed.jurisdiction.making import is_there, system
from seed.jurisdiction.squares import drawn

POSTS = (Role.PATROL_MEMBER, Role.DISPATCHER)
"""Who gives the positions of all, and who looks at the map that comes of them."""


@dataclass(frozen=True, slots=True)
class Made:
    """What there is now."""

    cells: int
    patrols: int
    shifts: int
    accounts: list[str]


async def make(settings: Settings, path: Path, mapping: FleetMapping, password: str, last_on: date) -> Made | None:
    """Make the jurisdiction of a fleet, with the duties its vehicles did up to a day; nothing if it is there already.

    Raises:
        Unreadable: the file, or it has no located row.
        PlanHasErrors: its points make no grid.
    """
    database = Database(settings)
    try:
        return await make_in(database, path, mapping, password, last_on)
    finally:
        await database.close()


async def make_in(database: Database, path: Path, mapping: FleetMapping, password: str, last_on: date) -> Made | None:
    """The same in a database that is open."""
    async with database.read() as session:
        if await is_there(session, mapping.jurisdiction.code):
            return None
    survey = FleetSurvey(path, mapping, last_on)
    async with database.write() as session:
        return await _make(session, survey, path.name, password)


async def _make(session: Session, survey: FleetSurvey, source: str, password: str) -> Made:
    squares, code = drawn(survey), survey.wanted.code
    account = await identity.ensure_system_account(session)
    by = system(account.id, [])
    await ground.add_areas(session, bodies.areas(survey, squares))
    plan = await plans.draft(session, bodies.plan(survey, squares, source))
    # In force before the first day: what was observed lies in the cells of its own time.
    plan = await plans.publish(session, plan.id, survey.begins_at, plan.version)
    await import_calendar(session, by, bodies.calendar(survey))
    centres = [await agency.open_centre(session, by, body) for body in bodies.centres(survey, squares)]
    by = system(account.id, [centre.id for centre in centres])
    whole = survey.wanted
    body = DepartmentIn(code=f"{code}.fleet", name=whole.name, name_en=whole.name_en, parent=code, area=code)
    await agency.open_department(session, by, body)
    accounts = await identity.open_accounts(session, by, list(_accounts(code, password)))
    await _man(session, by, survey)
    shifts = await _record_duty(session, by, survey)
    return Made(len(squares.codes), len(survey.vehicles), shifts, [one.username for one in accounts])


def _accounts(code: str, password: str) -> Iterator[AccountIn]:
    for post in POSTS:
        grants = [{"role": post, "organisation": code}]
        yield AccountIn.model_validate(
            {"username": f"{code}.{post}", "display_name": f"{code} {post}", "password": password, "grants": grants}
        )


async def _man(session: Session, by: Actor, survey: FleetSurvey) -> None:
    """Each vehicle is a patrol, with one officer who stands for whoever drove it."""
    centre, department = survey.codes[0], f"{survey.wanted.code}.fleet"
    for code, (vehicle, _) in sorted(survey.vehicles.items()):
        name = vehicle[:100]
        patrol = PatrolIn(code=code, name=name, name_en=name, centre=centre, vehicle=Vehicle.CAR)
        await roster.open_patrol(session, by, patrol)
        await enrol_officer(session, by, OfficerIn(number=code, display_name=name, department=department))


async def _record_duty(session: Session, by: Actor, survey: FleetSurvey) -> int:
    """A shift for each day a vehicle was out, signed on and off as planned: duty that is over cannot be signed now."""
    made, left = 0, _shifts(survey)
    while wanted := list(islice(left, MAX_SHIFTS)):
        planned = [shift.id for shift in await roster.open_shifts(session, by, wanted)]
        signed = {"signed_on_at": Shift.starts_at, "signed_off_at": Shift.ends_at}
        await session.execute(update(Shift).where(Shift.id.in_(planned)).values(signed))
        session.expunge_all()
        made += len(planned)
    return made


def _shifts(survey: FleetSurvey) -> Iterator[ShiftIn]:
    zone = ZoneInfo(survey.zone)
    for patrol, (_, days) in sorted(survey.vehicles.items()):
        for day in sorted(days):
            starts = datetime.combine(day, time(), zone)
            ends = min(datetime.combine(day + timedelta(days=1), time(), zone), starts + timedelta(days=1))
            crew = [{"officer": patrol, "is_leader": True}]
            yield ShiftIn.model_validate({"patrol": patrol, "starts_at": starts, "ends_at": ends, "crew": crew})
