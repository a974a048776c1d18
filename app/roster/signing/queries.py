"""The statement about where a crew signs on."""

from typing import Any

from sqlalchemy import ColumnElement, Double, cast, func, null, select

from app.agency.models import Centre
from app.core.db import Session
from app.core.geo import SRID
from app.grid.models import BeatCell, GridCell
from app.roster.models import Shift
from app.roster.schemas import Whereabouts
from app.roster.workflow import TOLERANCE_M


async def beat_around(session: Session, shift: Shift, place: Whereabouts | None) -> tuple[float | None, float]:
    """How many metres a place is outside the shift's beat (null: no beat, no place); how many its centre allows."""
    allowed = select(cast(Centre.settings.op("->>")("sign_on_tolerance_m"), Double)).where(Centre.id == shift.centre_id)
    away: ColumnElement[Any] = null()
    if place is not None and shift.beat_id is not None:
        here = func.ST_SetSRID(func.ST_MakePoint(place.lon, place.lat), SRID)
        cells = select(func.min(func.ST_DistanceSphere(GridCell.boundary, here))).join(BeatCell)
        away = cells.where(BeatCell.beat_id == shift.beat_id).scalar_subquery()
    outside_m, tolerance_m = (await session.execute(select(away, allowed.scalar_subquery()))).one()
    return outside_m, TOLERANCE_M if tolerance_m is None else tolerance_m
