"""In which order a jurisdiction is made, all in one transaction and in the system's name."""

from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from app.agency import service as agency
from app.catalogue import service as catalogue
from app.catalogue.calendar.service import import_calendar
from app.core.db import Database, Session
from app.core.problems import NotFound
from app.core.settings import Settings
from app.grid.area import service as ground
from app.grid.plan.service import import_grid
from app.identity import service as identity
from app.identity.workflow import Actor, Grant, Role
from app.replay.mapping import Mapping, Unreadable
from seed.jurisdiction import bodies
from seed.jurisdiction.squares import Squares, drawn
from seed.jurisdiction.survey import Survey, jurisdiction

NOWHERE = UUID(int=0)
"""Where the system is granted its role while there is no organisation yet."""


@dataclass(frozen=True, slots=True)
class Made:
    """What there is now."""

    areas: int
    cells: int
    centres: int
    categories: int
    accounts: list[str]


async def make(settings: Settings, path: Path, mapping: Mapping, password: str) -> Made | None:
    """Make the jurisdiction of a mapping out of a file's points; nothing if its root area is there already.

    Raises:
        Unreadable: the file, or its points make no grid.
    """
    database = Database(settings)
    try:
        return await make_in(database, path, mapping, password)
    finally:
        await database.close()


async def make_in(database: Database, path: Path, mapping: Mapping, password: str) -> Made | None:
    """The same in a database that is open."""
    async with database.read() as session:
        if await is_there(session, jurisdiction(mapping).code):
            return None
    survey = Survey(path, mapping)
    squares = drawn(survey)
    async with database.write() as session:
        return await _make(session, survey, squares, path.name, password)


async def is_there(session: Session, code: str) -> bool:
    """Whether there is an area with this code."""
    try:
        await ground.area(session, code)
    except NotFound:
        return False
    return True


async def _make(session: Session, survey: Survey, squares: Squares, source: str, password: str) -> Made:
    account = await identity.ensure_system_account(session)
    by = system(account.id, [])
    areas = await ground.add_areas(session, bodies.areas(survey, squares))
    grid = await import_grid(session, bodies.plan(survey, squares, source), publish=True)
    if not grid.report.is_publishable:
        raise Unreadable(f"The generated grid has errors: {grid.report.counts}")
    await import_calendar(session, by, bodies.calendar(survey))
    centres = [await agency.open_centre(session, by, body) for body in bodies.centres(survey, squares)]
    by = system(account.id, [centre.id for centre in centres])
    draft = await catalogue.import_scheme(session, by, bodies.scheme(survey, source))
    scheme = await catalogue.publish_scheme(session, by, draft.id, draft.version)
    posts = list(bodies.accounts(survey.wanted.code, password))
    accounts = await identity.open_accounts(session, by, posts)
    return Made(
        len(areas), grid.report.cells, len(centres), scheme.categories, [account.username for account in accounts]
    )


def system(account_id: UUID, centres: list[UUID]) -> Actor:
    """The system as the caller, reaching the centres that are there."""
    place = centres[0] if centres else NOWHERE
    return Actor.of(account_id, "system", (Grant(Role.SYSTEM, place, is_centre=True, reach=frozenset(centres)),))
