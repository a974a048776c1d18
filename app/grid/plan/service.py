"""The use cases of grid plans: drafted from GeoJSON, checked, published at an instant, imported in one go."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar
from uuid import UUID

from pydantic import ValidationError

from app.core import outbox
from app.core.db import Session
from app.core.geo import Datum
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.grid import files, geojson
from app.grid import queries as ground
from app.grid.check.schemas import Report
from app.grid.check.service import examine
from app.grid.models import CellKind, GridPlan, PlanStatus, Scheme
from app.grid.plan import queries
from app.grid.plan.schemas import (
    AreaDividedElsewhere,
    Drawn,
    PlanDetail,
    PlanFilters,
    PlanHasErrors,
    PlanIn,
    PlanNotDraft,
    PlanOut,
    PlanTooEarly,
)

UNIT_COMMUNITY = 12
MAX_CODE = 255
MAX_TOLD = 20
KINDS = {kind.value: kind.value for kind in CellKind} | {
    "单元网格": CellKind.UNIT.value,
    "综合网格": CellKind.GENERAL.value,
    "基础网格": CellKind.GENERAL.value,
    "专属网格": CellKind.DEDICATED.value,
}


class WrongFeature(Unprocessable):
    """A property of a feature cannot be read; the pointers say which."""

    members: ClassVar[dict[str, Any]] = {
        "errors": [{"pointer": "/features/0/properties/code", "detail": "There is no code."}]
    }


async def plans(session: Session, filters: PlanFilters, after: UUID | None) -> list[PlanOut]:
    """Plans in the order they were made, one more than asked for."""
    return [PlanOut.model_validate(row) for row in await queries.page(session, filters, after)]


async def plan(session: Session, plan_id: UUID) -> PlanDetail:
    """The plan with the report of its last check."""
    row = await queries.shown(session, plan_id)
    if row is None:
        raise NotFound
    return PlanDetail.model_validate(row)


async def draft(session: Session, body: PlanIn) -> PlanDetail:
    """Store a draft plan with its cells.

    Raises:
        Unprocessable: the area, the coordinate system, a property or a geometry cannot be read; pointers say where.
        TooLarge: there are too many vertices.
    """
    area = await ground.area(session, body.area)
    if area is None:
        raise Unprocessable(f"There is no area {body.area}.")
    how = geojson.reading(body.datum, body.crs)
    drawn = await asyncio.to_thread(_drawn, body, how)
    made = GridPlan(
        id=body.id or uuid7(),
        area_id=area.id,
        name=body.name,
        scheme=body.scheme.value,
        source=body.source,
        read_as=how.label,
    )
    session.add(made)
    await session.flush()
    await queries.add_cells(session, made, drawn)
    outbox.record(session, "grid_plan.drafted", made.id, [], area=area.code, cells=len(drawn.codes))
    return await plan(session, made.id)


def _drawn(body: PlanIn, how: geojson.Reading) -> Drawn:
    faults: list[dict[str, str]] = []

    def column(name: str, read: Callable[[dict[str, Any]], str]) -> list[str]:
        found: list[str] = []
        for i, feature in enumerate(body.features):
            try:
                found.append(read(feature.properties or {}))
            except ValueError as error:
                faults.append({"pointer": f"/features/{i}/properties/{name}", "detail": str(error)})
        return found

    codes = column(body.code_property, lambda held: _code(held.get(body.code_property)))
    kinds = column(body.kind_property, lambda held: _kind(held.get(body.kind_property)))
    communities = column(body.community_property or body.code_property, lambda held: _community(held, body))
    if faults:
        told = faults[:MAX_TOLD]
        raise WrongFeature(f"{told[0]['pointer']}: {told[0]['detail']}", errors=told)
    return Drawn(codes, kinds, communities, geojson.polygons([feature.geometry for feature in body.features], how))


def _code(value: Any) -> str:
    text = str(value) if isinstance(value, int) and not isinstance(value, bool) else value
    if not isinstance(text, str) or not text or not text.isprintable() or len(text) > MAX_CODE:
        raise ValueError("A code is a printable text or a whole number.")
    return text


def _kind(value: Any) -> str:
    if value is None:
        return CellKind.UNIT.value
    if not isinstance(value, str) or value not in KINDS:
        raise ValueError(f"A kind is one of {', '.join(KINDS)}.")
    return KINDS[value]


def _community(held: dict[str, Any], body: PlanIn) -> str:
    if body.community_property:
        return _code(held.get(body.community_property))
    if body.scheme is Scheme.FREE:
        raise ValueError("A free code does not name its community: say which property does (community_property).")
    return _code(held.get(body.code_property))[:UNIT_COMMUNITY]


async def discard(session: Session, plan_id: UUID, based_on: int) -> None:
    """Throw a draft away with its cells.

    Raises:
        NotFound, VersionStale.
        PlanNotDraft: it is published, and stays for old incidents.
    """
    held = await _draft_held(session, plan_id, based_on)
    outbox.record(session, "grid_plan.discarded", held.id, [])
    await session.delete(held)


async def _draft_held(session: Session, plan_id: UUID, based_on: int) -> GridPlan:
    held = await queries.held(session, plan_id)
    if held is None:
        raise NotFound
    require_version(based_on, held.version)
    if held.status == PlanStatus.PUBLISHED:
        raise PlanNotDraft
    return held


async def check(session: Session, plan_id: UUID) -> Report:
    """Check a draft and keep the report; of a published plan, the report it was published with."""
    held = await queries.held(session, plan_id)
    if held is None:
        raise NotFound
    if held.status == PlanStatus.PUBLISHED:
        return Report.model_validate(held.report)
    return await examine(session, held)


async def publish(session: Session, plan_id: UUID, effective_from: datetime | None, based_on: int) -> PlanDetail:
    """Put a plan in force from an instant (default: now) and end the one before it there. Old cells stay.

    Raises:
        NotFound, VersionStale.
        PlanNotDraft: it is published already.
        PlanTooEarly: a plan of the area is published from that instant or later.
        AreaDividedElsewhere: a plan of an area above or below is in force at that instant.
        PlanHasErrors: with the report.
    """
    held = await _draft_held(session, plan_id, based_on)
    at = effective_from or await ground.now(session)
    await _free(session, held, at)
    report = await examine(session, held)
    if not report.is_publishable:
        raise PlanHasErrors(report=report.model_dump(mode="json"))
    await _enforce(session, held, at)
    return await plan(session, plan_id)


async def _free(session: Session, held: GridPlan, at: datetime) -> None:
    if later := await queries.later(session, held, at):
        raise PlanTooEarly(plan=later)
    if other := await queries.elsewhere(session, held, at):
        raise AreaDividedElsewhere(plan=other)


async def _enforce(session: Session, held: GridPlan, at: datetime) -> None:
    await queries.end_previous(session, held, at)
    held.status, held.effective_from = PlanStatus.PUBLISHED.value, at
    held.published_at = await ground.now(session)
    held.version += 1
    await session.flush()
    await queries.put_in_force(session, held, at)
    await queries.join_neighbours(session, held)
    await queries.carry_beats(session, held, at)
    outbox.record(session, "grid_plan.published", held.id, [], effective_from=at.isoformat())
    await session.flush()


def read_as(body: PlanIn) -> str:
    """The coordinate system a plan's positions are read in, in words."""
    return geojson.reading(body.datum, body.crs).label


def plan_of_file(path: Path, datum: str | None, crs: str | None, **about: Any) -> PlanIn:
    """The plan in a file of features, to import; `about` is the rest of its fields.

    Raises:
        UnknownReference: neither the caller nor the file's `crs` member says the coordinate system.
        Unprocessable: the file does not hold a plan.
    """
    collection = files.read(path)
    named = crs or collection.get("crs")
    if datum is not None and datum not in list(Datum):
        raise Unprocessable(f"A datum is {' or '.join(Datum)}.")
    how = geojson.reading(Datum(datum) if datum else None, named)
    try:
        return PlanIn(features=collection["features"], crs=named, datum=how.datum, **about)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        raise Unprocessable(f"/{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}") from None


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of an import: the plan and its report, and whether it stays."""

    plan: PlanDetail
    report: Report
    is_kept: bool

    def told(self) -> list[str]:
        """The outcome in lines for a terminal: what is wrong, then what became of the plan."""
        findings = [one.told() for one in self.report.findings[:MAX_TOLD]]
        total = f"{self.report.cells} cells, {self.report.errors} errors, {self.report.warnings} warnings."
        if not self.is_kept:
            fate = "Dry run: nothing is kept."
        elif self.plan.effective_from:
            fate = f"Plan {self.plan.id} is in force from {self.plan.effective_from.isoformat()}."
        else:
            fate = f"Plan {self.plan.id} is a draft."
        return [*findings, total, fate]


async def import_grid(session: Session, body: PlanIn, *, publish: bool = False, dry_run: bool = False) -> Imported:
    """Draft and check a plan, and publish it from now if that is wanted and nothing stands against it.

    A dry run does all of it and takes it back. A plan with errors stays a draft, to be looked at.
    """
    async with session.begin_nested() as whole:
        made = await draft(session, body)
        held = await queries.held(session, made.id)
        assert held is not None, "it was made a moment ago"  # noqa: S101  # a programming error
        report = await examine(session, held)
        if publish and report.is_publishable:
            at = await ground.now(session)
            await _free(session, held, at)
            await _enforce(session, held, at)
        await session.flush()
        shown = await plan(session, made.id)
        if dry_run:
            await whole.rollback()
    return Imported(shown, report, not dry_run)
