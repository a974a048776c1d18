"""The use cases of beats: listed, made for a centre, changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.grid.beat import queries
from app.grid.beat.schemas import BeatFilters, BeatIn, BeatOut, BeatPatch
from app.grid.models import Beat
from app.identity.models import OrganisationKind
from app.identity.queries import organisation_by_code
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right


async def beats(session: Session, caller: Actor, filters: BeatFilters, after: UUID | None) -> list[BeatOut]:
    """Beats of the centres the caller reaches, in the order they were made, one more than asked for."""
    return await _with_cells(session, await queries.page(session, filters, caller.centres, after))


async def beat(session: Session, caller: Actor, beat_id: UUID) -> BeatOut:
    """One beat with its cells."""
    row = await queries.shown(session, beat_id, caller.centres)
    if row is None:
        raise NotFound
    return (await _with_cells(session, [row]))[0]


async def beat_named(session: Session, caller: Actor, organisation: str, code: str) -> BeatOut | None:
    """The beat of this code at a centre, if there is one that the caller reaches."""
    row = await queries.shown_by_code(session, organisation, code, caller.centres)
    return None if row is None else (await _with_cells(session, [row]))[0]


async def cells_within(session: Session, shape: dict[str, Any]) -> list[str]:
    """The codes of the cells in force whose middle lies in a GeoJSON shape in WGS 84."""
    return list(await queries.codes_within(session, orjson.dumps(shape).decode()))


async def make_beat(session: Session, caller: Actor, body: BeatIn) -> BeatOut:
    """Make a beat of a centre that the caller administers.

    Raises:
        Unprocessable: there is no such centre in the caller's reach, or a cell is not in force.
    """
    centre = await organisation_by_code(session, body.organisation)
    mine = centre is not None and caller.may_at(Right.GROUND_WRITE, centre.id)
    if centre is None or centre.kind != OrganisationKind.CENTRE or not mine:
        raise Unprocessable(f"There is no centre {body.organisation} that you administer.")
    made = Beat(id=body.id or uuid7(), organisation_id=centre.id, code=body.code, name=body.name, name_en=body.name_en)
    session.add(made)
    await session.flush()
    await _choose(session, made, body.cells, body.area)
    outbox.record(session, "beat.made", made.id, [centre.id], code=body.code)
    return await beat(session, caller, made.id)


async def change_beat(session: Session, caller: Actor, beat_id: UUID, body: BeatPatch, based_on: int) -> BeatOut:
    """Change a beat; `cells` replaces all it has.

    Raises:
        NotFound, VersionStale.
        Forbidden: the caller sees the beat but does not administer its centre.
        Unprocessable: a cell is not in force.
    """
    held = await queries.held(session, beat_id)
    if held is None or held.organisation_id not in caller.centres:
        raise NotFound
    if not caller.may_at(Right.GROUND_WRITE, held.organisation_id):
        raise Forbidden
    require_version(based_on, held.version)
    held.name, held.name_en = body.name or held.name, body.name_en or held.name_en
    held.version += 1
    if body.cells is not None:
        await _choose(session, held, body.cells, body.area)
    outbox.record(session, "beat.changed", held.id, [held.organisation_id], code=held.code)
    await session.flush()
    return await beat(session, caller, beat_id)


async def _choose(session: Session, held: Beat, codes: Sequence[str], area: str | None) -> None:
    found = await queries.usable(session, codes, area)
    if missing := sorted(set(codes) - {row.code for row in found if row.now}):
        raise Unprocessable(f"There is no cell {missing[0]} in force.", missing=missing[:100])
    if len({row.tree for row in found}) > 1:
        raise Unprocessable("These codes name cells of several area trees: say in which area.")
    await queries.replace_cells(session, held.id, [row.id for row in found])


async def _with_cells(session: Session, rows: Sequence[Any]) -> list[BeatOut]:
    held: dict[UUID, list[Any]] = {row.id: [] for row in rows}
    for cell in await queries.cells(session, list(held)):
        held[cell.beat_id].append(cell)
    return [
        BeatOut.model_validate(row).model_copy(
            update={"cells": [cell.code for cell in held[row.id]], "parts": _parts(held[row.id])}
        )
        for row in rows
    ]


def _parts(cells: Sequence[Any]) -> int:
    """Into how many groups the cells fall that hang together by shared borders."""
    beside = {cell.cell_id: cell.neighbours or [] for cell in cells}
    left, parts = set(beside), 0
    while left:
        parts += 1
        reached = [left.pop()]
        while reached:
            found = left.intersection(beside[reached.pop()])
            left -= found
            reached += found
    return parts
