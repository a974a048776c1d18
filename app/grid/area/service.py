"""The use cases of the area tree: areas listed, shown, added as one or as a tree, changed and moved."""

from collections.abc import Sequence
from typing import Any

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.grid import geojson
from app.grid.area import queries
from app.grid.area.schemas import AreaFilters, AreaIn, AreaOut, AreaPatch
from app.grid.models import Area
from app.grid.queries import hold_tree


async def areas(session: Session, filters: AreaFilters, after: str | None) -> list[AreaOut]:
    """Areas in the order of their codes, one more than asked for."""
    return [AreaOut.model_validate(row) for row in await queries.page(session, filters, after)]


async def area(session: Session, code: str, *, boundary: bool = False) -> AreaOut:
    """The area with this code."""
    rows = await queries.shown(session, [code], boundary=boundary)
    if not rows:
        raise NotFound
    return AreaOut.model_validate(rows[0])


async def add_areas(session: Session, bodies: Sequence[AreaIn]) -> list[AreaOut]:
    """Add areas; parents may stand anywhere in the same list.

    Raises:
        Unprocessable: a parent is unknown, or the list goes in a circle, or a code comes twice.
    """
    known = await queries.held(session, sorted({body.parent for body in bodies if body.parent}))
    for i, body in _parents_first(bodies, set(known)):
        above = known[body.parent] if body.parent else None
        area_id = body.id or uuid7()
        made = Area(
            **body.model_dump(include={"code", "level", "kind", "name", "name_en"}),
            id=area_id,
            parent_id=above.id if above else None,
            lineage=[*(above.lineage if above else []), area_id],
            boundary=_boundary(body, "/boundary" if len(bodies) == 1 else f"/areas/{i}/boundary"),
        )
        session.add(made)
        known[body.code] = made
        outbox.record(session, "area.added", area_id, [], code=body.code)
    await session.flush()
    rows = await queries.shown(session, [body.code for body in bodies], boundary=False)
    found = {row.code: AreaOut.model_validate(row) for row in rows}
    return [found[body.code] for body in bodies]


def _parents_first(bodies: Sequence[AreaIn], known: set[str]) -> list[tuple[int, AreaIn]]:
    """The list in an order in which each parent comes before its children."""
    named = {body.code: (i, body) for i, body in enumerate(bodies)}
    if len(named) < len(bodies):
        raise Unprocessable("A code comes twice in the list.")
    if unknown := sorted({body.parent for body in bodies if body.parent} - known - set(named)):
        raise Unprocessable(f"There is no area {unknown[0]}.", unknown=unknown[:100])
    children: dict[str | None, list[str]] = {}
    for body in bodies:
        children.setdefault(body.parent if body.parent in named else None, []).append(body.code)
    ordered: list[str] = []
    layer = children.get(None, [])
    while layer:
        ordered += layer
        layer = [child for code in layer for child in children.get(code, [])]
    if len(ordered) < len(bodies):
        raise Unprocessable("These areas stand above each other in a circle.", areas=sorted(set(named) - set(ordered)))
    return [named[code] for code in ordered]


async def change_area(session: Session, code: str, body: AreaPatch, based_on: int) -> AreaOut:
    """Change an area. A new name shows at once on every cell whose plan has not ended; a new parent moves all below.

    Raises:
        NotFound, VersionStale.
        Unprocessable: the new parent is unknown or stands below the area.
    """
    held = await queries.held(session, [code, body.parent] if body.parent else [code])
    area = held.get(code)
    if area is None:
        raise NotFound
    require_version(based_on, area.version)
    await hold_tree(session, area.id)
    area.level, area.name = body.level or area.level, body.name or area.name
    area.name_en, area.kind = body.name_en or area.name_en, body.kind or area.kind
    if body.boundary is not None:
        area.boundary = _boundary(body, "/boundary")
    area.version += 1
    await session.flush()
    if body.parent is not None:
        await _move(session, area, held.get(body.parent))
    await queries.refresh_places(session, area.id)
    outbox.record(session, "area.changed", area.id, [], code=code)
    return await _again(session, code)


async def _move(session: Session, area: Area, parent: Area | None) -> None:
    if parent is None:
        raise Unprocessable("There is no such parent.")
    if area.id in parent.lineage:
        raise Unprocessable("An area cannot stand below itself.")
    area.parent_id = parent.id
    await session.flush()
    await queries.move_lineage(session, area, parent.lineage)


async def _again(session: Session, code: str) -> AreaOut:
    session.expire_all()
    return await area(session, code)


def _boundary(body: AreaIn | AreaPatch, pointer: str) -> Any:
    if body.boundary is None:
        return None
    return queries.polygon(geojson.boundary(body.boundary.model_dump(), body.datum, pointer))
