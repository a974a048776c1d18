"""The statement behind what layers say about themselves: where a caller's ground is, and since when."""

from typing import Any

from sqlalchemy import Select, any_, func, select

from app.agency.models import Centre
from app.core.db import Hot
from app.grid.models import Area, GridCell
from app.incident.models import Incident
from app.layer.queries import ground, ids

CORNERS = {"xmin": func.ST_XMin, "ymin": func.ST_YMin, "xmax": func.ST_XMax, "ymax": func.ST_YMax}


def _extent() -> Select[Any]:
    """The box of the caller's ground, and the first instants of what is in it."""
    mine = select(Area.boundary).where(Area.id.in_(ground())).subquery()
    box = func.ST_Extent(mine.c.boundary)
    first_cell = select(func.min(GridCell.valid_from)).scalar_subquery()
    reported = select(Incident.reported_at).where(Incident.home_centre_id == Centre.id)
    first = reported.order_by(Incident.reported_at).limit(1).correlate(Centre).scalar_subquery()
    reached = select(first.label("at")).where(Centre.id == any_(ids("centres")))
    earliest = reached.subquery()
    return select(
        *(corner(box).label(name) for name, corner in CORNERS.items()),
        first_cell.label("first_cell"),
        select(func.min(earliest.c.at)).scalar_subquery().label("first_incident"),
    ).select_from(mine)


EXTENT = Hot(_extent)
