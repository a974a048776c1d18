"""The statement behind what layers say about themselves: where a caller's ground is, and since when."""

from typing import Any

from sqlalchemy import ARRAY, Select, bindparam, func, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot
from app.grid.models import Area, GridCell
from app.incident.models import Incident
from app.layer.queries import ground


def _extent() -> Select[Any]:
    """The box of the caller's ground, and the first instants of what is in it."""
    mine = select(Area.boundary).where(Area.id.in_(ground())).subquery()
    box = func.ST_Extent(mine.c.boundary)
    first_cell = select(func.min(GridCell.valid_from)).scalar_subquery()
    centre = func.unnest(bindparam("centres", type_=ARRAY(PgUUID(as_uuid=True)))).column_valued("centre")
    first = (
        select(Incident.reported_at).where(Incident.home_centre_id == centre).order_by(Incident.reported_at).limit(1)
    )
    return select(
        *(func.__getattr__(f"ST_{corner}")(box).label(corner.lower()) for corner in ("XMin", "YMin", "XMax", "YMax")),
        first_cell.label("first_cell"),
        select(func.min(first.correlate(centre).scalar_subquery()))
        .select_from(centre)
        .scalar_subquery()
        .label("first_incident"),
    ).select_from(mine)


EXTENT = Hot(_extent)
