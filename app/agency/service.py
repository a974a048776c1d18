"""The use cases of the organisation: centres and departments made, changed and seen; who commands which area."""

from collections.abc import Sequence
from uuid import UUID

from app.agency import queries
from app.agency.models import Centre, Department
from app.agency.schemas import (
    Agencies,
    AgencyOut,
    CentreIn,
    CentreOut,
    CentrePatch,
    DepartmentIn,
    DepartmentOut,
    DepartmentPatch,
)
from app.agency.workflow import may
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.grid.models import Area
from app.identity.models import Organisation, OrganisationKind
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right

CENTRE, DEPARTMENT = OrganisationKind.CENTRE, OrganisationKind.DEPARTMENT


async def open_centre(session: Session, by: Actor, body: CentreIn) -> CentreOut:
    """Open a centre: its place in the organisation, its ground, and who commands which area from now on.

    Raises:
        Forbidden: the caller may not change the parent; the first centre of a jurisdiction is the system's to make.
        Unprocessable: parent, area or calendar is unknown, the parent commands no higher, or not this ground.
        Conflict: the code is taken, or another centre commands the ground.
    """
    parent = None if body.parent is None else await administered(session, by, body.parent, CENTRE)
    if parent is None and not may(by, Right.ORGANISATION_WRITE, None):
        raise Forbidden("The first centre of a jurisdiction is made when the system is set up.")
    ground = await areas_of(session, [body.area, *body.further_areas])
    if parent is not None:
        await _fits_below(session, parent, body.level, ground)
    calendar_id = await _calendar(session, body.calendar, ground[0])
    place = _organisation(body, CENTRE, parent)
    await _claim(session, place.id, ground)
    session.add(place)
    await session.flush()
    session.add(
        Centre(
            id=place.id,
            level=body.level,
            area_id=ground[0].id,
            further_area_ids=[area.id for area in ground[1:]],
            calendar_id=calendar_id,
            settings=body.settings.model_dump(mode="json"),
        )
    )
    await rebuild_centre_areas(session)
    outbox.record(session, "centre.opened", place.id, place.lineage, code=place.code, level=body.level)
    return await show_centre(session, place.id)


async def change_centre(session: Session, by: Actor, code: str, body: CentrePatch, based_on: int) -> CentreOut:
    """Change a centre; further areas and settings given replace those it has."""
    place = await hold(session, by, code, CENTRE, based_on)
    centre = await session.get_one(Centre, place.id)
    _rename(place, body)
    own = await session.get_one(Area, centre.area_id)
    if body.further_areas is not None:
        ground = await areas_of(session, [own.code, *body.further_areas])
        if place.parent_id is not None:
            await _fits_below(session, await session.get_one(Organisation, place.parent_id), centre.level, ground)
        await _claim(session, place.id, ground)
        centre.further_area_ids = [area.id for area in ground[1:]]
        await rebuild_centre_areas(session)
    if "calendar" in body.model_fields_set:
        centre.calendar_id = await _calendar(session, body.calendar, own)
    if body.settings is not None:
        centre.settings = body.settings.model_dump(mode="json")
    await changed(session, place, "centre.changed")
    return await show_centre(session, place.id)


async def rebuild_centre_areas(session: Session) -> None:
    """Say again which centre commands which area first; call it whenever areas are added or moved."""
    await queries.hold_grounds(session)
    await session.flush()
    await queries.rebuild_centre_areas(session)


async def open_department(session: Session, by: Actor, body: DepartmentIn) -> DepartmentOut:
    """Open a department under a centre or another department of the same jurisdiction."""
    parent = await administered(session, by, body.parent, CENTRE, DEPARTMENT)
    (area,) = await areas_of(session, [body.area])
    await same_jurisdiction(session, parent, area)
    place = _organisation(body, DEPARTMENT, parent)
    session.add(place)
    await session.flush()
    facts = body.model_dump(mode="json", include={"kind", "is_vertical", "functional_parent"})
    session.add(Department(id=place.id, area_id=area.id, **facts))
    outbox.record(session, "department.opened", place.id, place.lineage, code=place.code)
    await session.flush()
    return await show_department(session, place.id)


async def change_department(
    session: Session, by: Actor, code: str, body: DepartmentPatch, based_on: int
) -> DepartmentOut:
    """Change a department; its code and its place in the organisation stay."""
    place = await hold(session, by, code, DEPARTMENT, based_on)
    department = await session.get_one(Department, place.id)
    _rename(place, body)
    department.kind = body.kind or department.kind
    department.is_vertical = department.is_vertical if body.is_vertical is None else body.is_vertical
    if "functional_parent" in body.model_fields_set:
        department.functional_parent = body.functional_parent
    if body.area is not None:
        (area,) = await areas_of(session, [body.area])
        await same_jurisdiction(session, place, area)
        department.area_id = area.id
    await changed(session, place, "department.changed")
    return await show_department(session, place.id)


async def show_centre(session: Session, id: UUID) -> CentreOut:
    """A centre as it is shown."""
    return CentreOut.model_validate(await queries.centre(session, id))


async def show_department(session: Session, id: UUID) -> DepartmentOut:
    """A department as it is shown."""
    return DepartmentOut.model_validate(await queries.department(session, id))


async def find(session: Session, caller: Actor, code: str, kind: OrganisationKind) -> UUID:
    """The id of the organisation of this kind with this code, if the caller sees it."""
    place = await queries.organisation_seen(session, caller, code, kind)
    if place is None:
        raise NotFound
    return place.id


async def agencies(session: Session, caller: Actor) -> Agencies:
    """The organisation as the caller may see it: a node whose parent is out of sight stands at the top."""
    nodes: dict[UUID, AgencyOut] = {}
    top: list[AgencyOut] = []
    for row in await queries.tree(session, caller):
        nodes[row.id] = AgencyOut.model_validate(row)
        siblings = nodes[row.parent_id].children if row.parent_id in nodes else top
        siblings.append(nodes[row.id])
    return Agencies(items=top)


def _organisation(body: CentreIn | DepartmentIn, kind: OrganisationKind, parent: Organisation | None) -> Organisation:
    id = body.id or uuid7()
    return Organisation(
        id=id,
        kind=kind.value,
        code=body.code,
        name=body.name,
        name_en=body.name_en,
        parent_id=None if parent is None else parent.id,
        lineage=[*([] if parent is None else parent.lineage), id],
    )


async def administered(session: Session, by: Actor, code: str, *kinds: OrganisationKind) -> Organisation:
    """The organisation of one of these kinds with this code, which the caller may change.

    Raises:
        Unprocessable: there is none that the caller sees.
        Forbidden: the caller sees it only.
    """
    place = await queries.organisation_seen(session, by, code, *kinds)
    if place is None:
        raise Unprocessable(f"There is no {' or '.join(kinds)} {code} that you see.")
    if not may(by, Right.ORGANISATION_WRITE, place.id):
        raise Forbidden(f"You do not administer {code}.")
    return place


async def hold(session: Session, by: Actor, code: str, kind: OrganisationKind, based_on: int) -> Organisation:
    """The organisation with this code, held until commit, for who administers it and knows its version."""
    place = await queries.organisation_held(session, await find(session, by, code, kind))
    if not may(by, Right.ORGANISATION_WRITE, place.id):
        raise Forbidden(f"You do not administer {code}.")
    require_version(based_on, place.version)
    return place


def _rename(place: Organisation, body: CentrePatch | DepartmentPatch) -> None:
    place.name = body.name or place.name
    place.name_en = body.name_en or place.name_en


async def changed(session: Session, place: Organisation, topic: str, people: Sequence[UUID] = ()) -> None:
    """Count and record a change of an organisation, for it and all above, and for these accounts."""
    place.version += 1
    outbox.record(session, topic, place.id, [*place.lineage, *people], code=place.code)
    await session.flush()


async def areas_of(session: Session, codes: Sequence[str]) -> list[Area]:
    """The areas with these codes, in their order.

    Raises:
        Unprocessable: there is none with one of them.
    """
    found = await queries.areas(session, codes)
    if unknown := sorted(set(codes) - found.keys()):
        raise Unprocessable(f"There is no area {', '.join(unknown[:10])}.")
    return [found[code] for code in dict.fromkeys(codes)]


async def same_jurisdiction(session: Session, place: Organisation, *areas: Area) -> None:
    """Refuse areas of another tree than the one an organisation stands in."""
    own = await queries.ground(session, place.id)
    for area in areas:
        if own is None or not set(own.lineage) & set(area.lineage):
            raise Unprocessable(f"The area {area.code} is not of the jurisdiction of {place.code}.")


async def _fits_below(session: Session, parent: Organisation, level: int, ground: list[Area]) -> None:
    above = await session.get_one(Centre, parent.id)
    if above.level <= level:
        raise Unprocessable(f"The parent's level {above.level} must be higher than {level}.")
    commanded = {above.area_id, *above.further_area_ids}
    if outside := [area.code for area in ground if not commanded & set(area.lineage)]:
        raise Unprocessable(f"The parent does not command {', '.join(outside)}.")


async def _claim(session: Session, centre_id: UUID, ground: list[Area]) -> None:
    await queries.hold_grounds(session)
    if await queries.commanded(session, [area.id for area in ground], but=centre_id):
        raise Conflict("A centre commands one of these areas already.")


async def _calendar(session: Session, code: str | None, area: Area) -> UUID | None:
    if code is None:
        return None
    found = await queries.calendar_id(session, code, area)
    if found is None:
        raise Unprocessable(f"There is no calendar {code}.")
    return found
