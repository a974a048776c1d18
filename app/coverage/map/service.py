"""The use case of the coverage map: which places were looked at in a period, how much, and how long ago."""

from typing import Any

from app.core.db import Session
from app.core.pages import page_of
from app.core.problems import Unprocessable
from app.coverage.map import queries
from app.coverage.map.schemas import (
    CoverageFeature,
    CoverageFeatures,
    CoverageFilters,
    CoverageForm,
    CoverageOut,
    CoveragePage,
)
from app.coverage.map.workflow import LONGEST, Period, period
from app.grid.queries import now as instant
from app.identity.workflow import Actor

CURSOR = "coverage"


async def coverage(
    session: Session, caller: Actor, wanted: CoverageFilters, after: queries.After
) -> CoveragePage | CoverageFeatures:
    """Places of the centres the caller reaches, by their code.

    Raises:
        Unprocessable: the period is empty, ahead, or longer than 92 days.
    """
    now = await instant(session)
    asked = period(wanted.from_, wanted.until, now)
    if asked is None:
        raise Unprocessable(f"A period begins before it ends, not in the future, and has at most {LONGEST.days} days.")
    rows = await queries.page(session, caller, wanted, asked, after)
    about = {
        "from_at": asked.from_at,
        "until_at": asked.until_at,
        "computed_until": await queries.computed_until(session),
    }
    listed = page_of(CURSOR, list(rows), wanted.limit, "code", "id")
    if wanted.f is CoverageForm.GEOJSON:
        features = [_feature(row, asked) for row in listed.items]
        return CoverageFeatures(features=features, next=listed.next, **about)
    return CoveragePage(items=[_shown(row, asked) for row in listed.items], next=listed.next, **about)


def _feature(row: Any, asked: Period) -> CoverageFeature:
    return CoverageFeature(id=row.id, geometry=row.boundary, properties=_shown(row, asked))


def _shown(row: Any, asked: Period) -> CoverageOut:
    since = None if row.last_at is None else max(0, round((asked.end_at - row.last_at).total_seconds()))
    figures = {name: getattr(row, name) for name in ("cells", "visited", "visits", "most_patrols", "gap_s")}
    return CoverageOut(
        id=row.id,
        code=row.code,
        name=row.name,
        name_en=row.name_en,
        share=round(row.visited / row.cells, 4),
        dwell_s=float(row.dwell_s),
        last_at=row.last_at,
        since_s=since,
        **figures,
    )
