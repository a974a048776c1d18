"""HTTP of grid plans."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response

from app.core.db import Read, Write
from app.core.once import KeyReused, StillRunning, base_version
from app.core.pages import InvalidCursor, Page, decode, page_of
from app.core.problems import (
    InvalidRequest,
    NotFound,
    TooLarge,
    Unprocessable,
    VersionMissing,
    VersionStale,
    problems,
)
from app.grid.check.schemas import Report
from app.grid.geojson import UnknownReference, WrongGeometry
from app.grid.plan import service
from app.grid.plan.schemas import (
    AreaDividedElsewhere,
    PlanDetail,
    PlanFilters,
    PlanHasErrors,
    PlanIn,
    PlanNotDraft,
    PlanOut,
    PlanTooEarly,
    PublishIn,
)
from app.grid.plan.service import WrongFeature
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Right

router = APIRouter(prefix="/v1/grid-plans", tags=["ground"])
BasedOn = Annotated[int, Depends(base_version)]
READS = [needs(Right.GROUND_READ)]
WRITES = [needs(Right.GROUND_WRITE)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)
ONCE = (KeyReused, StillRunning)
UNREADABLE = (Unprocessable, UnknownReference, WrongFeature, WrongGeometry, TooLarge)
CHECKED: dict[int | str, dict[str, Any]] = {200: {"model": PlanDetail, "description": "Checked, and not kept."}}
NOT_NOW = (PlanHasErrors, PlanNotDraft, PlanTooEarly, AreaDividedElsewhere)


@router.get("", dependencies=READS, responses=problems(*REFUSED, InvalidCursor))
async def list_plans(filters: Annotated[PlanFilters, Query()], session: Read) -> Page[PlanOut]:
    """Plans in the order they were made."""
    after = decode("grid-plans", filters.cursor, UUID)
    return page_of(
        "grid-plans", await service.plans(session, filters, after[0] if after else None), filters.limit, "id"
    )


@router.get("/{plan_id}", dependencies=READS, responses=problems(*REFUSED, NotFound))
async def show_plan(plan_id: UUID, session: Read, response: Response) -> PlanDetail:
    """One plan with the report of its last check."""
    found = await service.plan(session, plan_id)
    response.headers["ETag"] = f'"{found.version}"'
    return found


@router.post(
    "",
    status_code=201,
    dependencies=WRITES,
    response_model=PlanDetail,
    responses=CHECKED | problems(*REFUSED, *UNREADABLE, *ONCE),
)
async def draft_plan(
    body: PlanIn,
    session: Write,
    once: OnceKey,
    dry_run: Annotated[bool, Query(description="Check only; keep nothing.")] = False,  # noqa: FBT002  # of a query
) -> Response:
    """Import GeoJSON as a draft plan. The coordinate system must be said; it is never guessed.

    With `dry_run` the answer is 200: the plan with the report of its check, and nothing of it is kept.
    """
    if dry_run:
        return await once.reply(session, (await service.import_grid(session, body, dry_run=True)).plan)
    return await once.reply(session, await service.draft(session, body), 201)


@router.delete(
    "/{plan_id}",
    status_code=204,
    dependencies=WRITES,
    responses=problems(*REFUSED, NotFound, PlanNotDraft, VersionStale, VersionMissing),
)
async def discard_plan(plan_id: UUID, session: Write, based_on: BasedOn) -> None:
    """Throw a draft away with its cells."""
    await service.discard(session, plan_id, based_on)


@router.post("/{plan_id}/check", dependencies=WRITES, responses=problems(*REFUSED, NotFound))
async def check_plan(plan_id: UUID, session: Write) -> Report:
    """Check a draft: polygons, overlaps, holes, codes, communities. The report is kept with the plan."""
    return await service.check(session, plan_id)


@router.post(
    "/{plan_id}/publish",
    dependencies=WRITES,
    response_model=PlanDetail,
    responses=problems(*REFUSED, NotFound, *NOT_NOW, VersionStale, VersionMissing, *ONCE),
)
async def publish_plan(
    plan_id: UUID, session: Write, once: OnceKey, based_on: BasedOn, body: PublishIn | None = None
) -> Response:
    """Put a draft in force from an instant, now by default; the plan before it ends there, and its cells stay."""
    asked = body or PublishIn()
    return await once.reply(session, await service.publish(session, plan_id, asked.effective_from, based_on))
