"""In which steps the demo district comes to be, and how it is seen that a step has been taken."""

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app.agency import service as agency
from app.agency.competence.service import add_competences
from app.agency.officer.service import enrol_officer
from app.agency.schemas import AgencyOut
from app.catalogue import service as catalogue
from app.catalogue.calendar.service import import_calendar
from app.catalogue.schemas import CategoryFilter
from app.core.db import Database, Session
from app.core.problems import NotFound
from app.coverage.checkpoint import service as checkpoint
from app.coverage.minimum import service as minimum
from app.coverage.minimum.schemas import MinimumFilters
from app.grid.area import service as ground
from app.grid.beat.service import make_beat
from app.grid.plan.service import import_grid
from app.identity import service as identity
from app.identity.models import OrganisationKind
from app.identity.workflow import Actor, Grant, Role
from app.roster import service as roster
from app.roster.template.service import open_template
from seed.load import files, people, policies

NOWHERE = UUID(int=0)
"""Where the system is granted its role while there is no organisation yet."""
Say = Callable[[str], None]


class Unpublishable(Exception):
    """The grid plan has errors."""


async def system(session: Session) -> Actor:
    """The system as the caller, with every organisation of the demo district that is there already."""
    account = await identity.ensure_system_account(session)
    role = Grant(Role.SYSTEM, NOWHERE, is_centre=True, reach=frozenset())
    nodes = (await agency.agencies(session, Actor.of(account.id, account.username, (role,)))).items
    places = list(_ids(node for node in nodes if node.code == files.ROOT))
    if places:
        role = Grant(Role.SYSTEM, places[0], is_centre=True, reach=frozenset(places))
    return Actor.of(account.id, account.username, (role,))


def _ids(nodes: Iterator[AgencyOut] | Sequence[AgencyOut]) -> Iterator[UUID]:
    for node in nodes:
        yield node.id
        yield from _ids(node.children)


async def _lay_ground(session: Session, _: Actor) -> str:
    areas = await ground.add_areas(session, files.areas())
    done = await import_grid(session, files.plan(), publish=True)
    if not done.report.is_publishable:
        raise Unpublishable(done.report.counts)
    return f"{len(areas)} areas, {done.report.cells} cells in force"


async def _has_ground(session: Session, _: Actor) -> bool:
    return await _found(ground.area(session, files.ROOT))


async def _open_agencies(session: Session, by: Actor) -> str:
    await import_calendar(session, by, files.calendar())
    centres = [await agency.open_centre(session, by, body) for body in files.centres()]
    departments = [await agency.open_department(session, by, body) for body in files.departments()]
    rules = await add_competences(session, by, files.competences())
    return f"{len(centres)} centres, {len(departments)} departments, {len(rules)} competences"


async def _has_agencies(session: Session, by: Actor) -> bool:
    return await _found(agency.find(session, by, files.ROOT, OrganisationKind.CENTRE))


async def _publish_catalogue(session: Session, by: Actor) -> str:
    draft = await catalogue.import_scheme(session, by, files.scheme())
    made = await catalogue.publish_scheme(session, by, draft.id, draft.version)
    return f"{made.categories} categories, edition {made.edition} in force"


async def _has_catalogue(session: Session, by: Actor) -> bool:
    body = files.scheme()
    wanted = CategoryFilter(scheme=body.code, edition=body.edition, category=body.categories[0].code)
    return await _found(catalogue.find_category(session, by, wanted, "en"))


def _posting(password: str) -> "Make":
    async def post(session: Session, by: Actor) -> str:
        accounts = await identity.open_accounts(session, by, files.accounts(password))
        officers = [await enrol_officer(session, by, body) for body in files.officers()]
        beats = [await make_beat(session, by, body) for body in files.beats()]
        patrols = [await roster.open_patrol(session, by, body) for body in files.patrols()]
        shifts = [await open_template(session, by, body) for body in files.shift_templates()]
        crews = f"{len(beats)} beats, {len(patrols)} joint patrols, {len(shifts)} shift templates"
        return f"{len(accounts)} accounts, {len(officers)} officers, {crews}"

    return post


async def _has_posts(session: Session, by: Actor) -> bool:
    return bool(await identity.accounts(session, by, None, 1))


async def _ask_for_proof(session: Session, by: Actor) -> str:
    points = [await checkpoint.make(session, by, body) for body in files.checkpoints()]
    needs = [await minimum.make(session, by, body) for body in files.minimums()]
    return f"{len(points)} checkpoints, {len(needs)} streets with a minimum"


async def _has_proof(session: Session, by: Actor) -> bool:
    return bool((await minimum.minimums(session, by, MinimumFilters(limit=1), None)).items)


async def _found(looking: Awaitable[Any]) -> bool:
    try:
        await looking
    except NotFound:
        return False
    return True


Make = Callable[[Session, Actor], Awaitable[str]]


class Step(NamedTuple):
    """One transaction: what it makes, and whether that is there."""

    title: str
    is_done: Callable[[Session, Actor], Awaitable[bool]]
    make: Make


def steps(password: str) -> tuple[Step, ...]:
    """All steps in their order."""
    return (
        Step("Ground", _has_ground, _lay_ground),
        Step("Organisation", _has_agencies, _open_agencies),
        Step("Catalogue", _has_catalogue, _publish_catalogue),
        Step("People", _has_posts, _posting(password)),
        Step("Teams", people.are_there, people.offer_and_second),
        Step("Patrol proof", _has_proof, _ask_for_proof),
        Step("Policies", policies.are_there, policies.publish),
    )


async def make(database: Database, password: str, say: Say) -> bool:
    """Take every step that has not been taken; whether there was one."""
    made = False
    for step in steps(password):
        async with database.write() as session:
            by = await system(session)
            if await step.is_done(session, by):
                continue
            said = await step.make(session, by)
        say(f"  {step.title}: {said}")
        made = True
    return made
