"""The use cases of minimums: set, counted live, and watched: a void is said once, and so is its end."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from app.agency.queries import organisation_seen
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.pages import Page, page_of
from app.core.problems import NotFound, Unprocessable
from app.coverage.minimum import queries
from app.coverage.minimum.schemas import (
    LiveOut,
    MinimumFilters,
    MinimumIn,
    MinimumOut,
    MinimumPatch,
    MinimumPlace,
    PlaceKind,
    Void,
    VoidFilters,
    VoidOut,
)
from app.coverage.minimum.workflow import Lack, Turn, applies, turn
from app.coverage.models import CoverageMinimum, CoverageVoid
from app.grid.queries import now as instant
from app.identity.models import OrganisationKind
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster.queries import beats_by_code, centre_by_code
from app.roster.schemas import Named

CURSOR, LIVE, VOIDS = "coverage-minimums", "coverage-live", "coverage-voids"


async def make(session: Session, by: Actor, body: MinimumIn) -> MinimumOut:
    """Say how many patrols a place needs, at a centre whose duty the caller runs.

    Raises:
        Unprocessable: there is no such centre, place on its ground, or department.
    """
    centre = await centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    made = CoverageMinimum(
        id=body.id or uuid7(),
        centre_id=centre.id,
        weekdays=sorted(body.weekdays),
        starts=body.starts,
        ends=body.ends,
        department_id=await _department(session, by, body.department),
        vehicle=body.vehicle.value if body.vehicle else None,
        needed=body.needed,
        **await _place(session, centre.id, body),
    )
    session.add(made)
    return await _settled(session, by, made, "coverage_minimum.made")


async def _place(session: Session, centre_id: UUID, body: MinimumIn) -> dict[str, Any]:
    if body.beat is not None:
        beats = await beats_by_code(session, [centre_id], [body.beat])
        if (found := beats.get((centre_id, body.beat))) is None:
            raise Unprocessable(f"The centre has no beat {body.beat}.")
        return {"beat_id": found}
    if body.area is not None:
        if (found := await queries.area_of(session, centre_id, body.area)) is None:
            raise Unprocessable(f"The centre commands no area {body.area}.")
        return {"area_id": found}
    if not await queries.has_cell(session, centre_id, body.cell or ""):
        raise Unprocessable(f"The centre commands no cell {body.cell}.")
    return {"cell_code": body.cell}


async def _department(session: Session, by: Actor, code: str | None) -> UUID | None:
    if code is None:
        return None
    found = await organisation_seen(session, by, code, OrganisationKind.DEPARTMENT)
    if found is None:
        raise Unprocessable(f"There is no department {code}.")
    return found.id


async def change(session: Session, by: Actor, minimum_id: UUID, body: MinimumPatch, based_on: int) -> MinimumOut:
    """Change how many are needed, or take the minimum out of use.

    Raises:
        NotFound, VersionStale.
        Forbidden: the caller sees the minimum but does not run the duty of its centre.
    """
    held = await queries.held(session, by, minimum_id)
    if held is None:
        raise NotFound
    if not by.may_at(Right.DUTY_WRITE, held.centre_id):
        raise Forbidden
    require_version(based_on, held.version)
    for field, value in body.model_dump(exclude_none=True).items():
        setattr(held, field, value)
    held.version += 1
    return await _settled(session, by, held, "coverage_minimum.changed")


async def _settled(session: Session, by: Actor, row: CoverageMinimum, topic: str) -> MinimumOut:
    await session.flush()
    await session.refresh(row)
    outbox.record(session, topic, row.id, [row.centre_id], needed=row.needed)
    return await minimum(session, by, row.id)


async def minimum(session: Session, caller: Actor, minimum_id: UUID) -> MinimumOut:
    """One minimum."""
    row = await queries.shown(session, caller, minimum_id)
    if row is None:
        raise NotFound
    return _shown(row)


async def minimums(session: Session, caller: Actor, wanted: MinimumFilters, after: UUID | None) -> Page[MinimumOut]:
    """Minimums of the centres the caller reaches, in the order they were made."""
    found = [_shown(row) for row in await queries.page(session, caller, wanted, after)]
    return page_of(CURSOR, found, wanted.limit, "id")


async def live(session: Session, caller: Actor, wanted: MinimumFilters, after: UUID | None) -> Page[LiveOut]:
    """Each minimum with how many patrols are there now."""
    rows = await queries.page(session, caller, wanted, after)
    listed = page_of(LIVE, [_Listed(row) for row in rows], wanted.limit, "id")
    ids = [one.id for one in listed.items]
    counts, lacking = await queries.present(session, ids), await queries.lacking(session, ids)
    now = await instant(session)
    items = [_live(one.row, counts[one.id], lacking.get(one.id), now) for one in listed.items]
    return Page(items=items, next=listed.next)


class _Listed:
    """A row under its minimum's id, for a page."""

    def __init__(self, row: Any) -> None:
        self.row, self.id = row, row.CoverageMinimum.id


def _live(row: Any, present: int, void: CoverageVoid | None, now: datetime) -> LiveOut:
    needed = _needed(row, now)
    is_said = void is not None and void.opened_at is not None
    return LiveOut(
        minimum=_shown(row),
        applies=needed > 0,
        present=present,
        short=max(0, needed - present),
        void=Void.model_validate(void, from_attributes=True) if is_said else None,
    )


def _needed(row: Any, now: datetime) -> int:
    """How many patrols are needed now: none while the minimum does not apply."""
    one = row.CoverageMinimum
    local = now.astimezone(ZoneInfo(row.zone))
    return one.needed if one.is_active and applies(local, one.weekdays, one.starts, one.ends) else 0


def _shown(row: Any) -> MinimumOut:
    one = row.CoverageMinimum
    return MinimumOut(
        id=one.id,
        version=one.version,
        created_at=one.created_at,
        updated_at=one.updated_at,
        centre=Named.model_validate(row.Organisation),
        place=_placed(row),
        weekdays=one.weekdays,
        starts=one.starts,
        ends=one.ends,
        department=row.department,
        vehicle=one.vehicle,
        needed=one.needed,
        is_active=one.is_active,
    )


def _placed(row: Any) -> MinimumPlace:
    code = row.CoverageMinimum.cell_code
    if code is not None:
        return MinimumPlace(kind=PlaceKind.CELL, code=code, name=code, name_en=code)
    kind, place = (PlaceKind.BEAT, row.Beat) if row.Beat else (PlaceKind.AREA, row.Area)
    return MinimumPlace(kind=kind, code=place.code, name=place.name, name_en=place.name_en)


async def voids(session: Session, caller: Actor, wanted: VoidFilters, after: UUID | None) -> Page[VoidOut]:
    """Voids of the centres the caller reaches, the newest first."""
    listed = page_of(VOIDS, list(await queries.voids(session, caller, wanted, after)), wanted.limit, "id")
    items = [
        VoidOut(minimum=_shown(row), **Void.model_validate(row.CoverageVoid, from_attributes=True).model_dump())
        for row in listed.items
    ]
    return Page(items=items, next=listed.next)


async def watch(session: Session) -> int:
    """Compare every minimum with what is there, and record voids and their ends; how many were recorded.

    A minimum that another process decides on now is left to it: each turn is recorded once.
    """
    ids = await queries.take(session)
    counts, lacking = await queries.present(session, ids), await queries.lacking(session, ids)
    now = await instant(session)
    return sum([await _decide(session, row, counts, lacking, now) for row in await queries.named(session, ids)])


async def _decide(
    session: Session, row: Any, counts: dict[UUID, int], lacking: dict[UUID, CoverageVoid], now: datetime
) -> bool:
    one = row.CoverageMinimum
    void, present, needed = lacking.get(one.id), counts[one.id], _needed(row, now)
    before = Lack(void.since_at, void.opened_at, void.enough_since_at, void.lowest) if void else None
    after, said = turn(before, present, needed, now)
    if after is None and void is not None and said is Turn.NOTHING:
        await queries.drop(session, void)
    elif after is not None and void is None:
        void = CoverageVoid(id=uuid7(), minimum_id=one.id, centre_id=one.centre_id, **after._asdict())
        session.add(void)
    elif after is not None and void is not None:
        void.opened_at, void.enough_since_at, void.lowest = after.opened_at, after.enough_since_at, after.lowest
    elif void is not None:
        void.ended_at = now
    if void is not None and said is not Turn.NOTHING:
        _record(session, void, row, said, present=present, needed=needed)
    return said is not Turn.NOTHING


def _record(session: Session, void: CoverageVoid, row: Any, said: Turn, **counts: int) -> None:
    topic = "coverage_void.opened" if said is Turn.OPENED else "coverage_void.ended"
    facts = {"minimum_id": str(void.minimum_id), "since_at": void.since_at.isoformat(), "turn": said.value}
    place = _placed(row).model_dump(mode="json")
    outbox.record(session, topic, void.id, [void.centre_id], place=place, **facts, **counts)
