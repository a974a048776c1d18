"""The one statement that locates a point."""

from typing import Any

from sqlalchemy import DateTime, Double, bindparam, func, select
from sqlalchemy.sql import Select

from app.agency.models import Centre, CentreArea
from app.core.db import Hot
from app.grid.queries import cells_near
from app.identity.models import Organisation


def _near() -> Select[Any]:
    """The cells around a point with the centre that commands each first; the one that holds the point comes first."""
    at = func.coalesce(bindparam("at", type_=DateTime(timezone=True)), func.now())
    near = cells_near(
        bindparam("lon", type_=Double()), bindparam("lat", type_=Double()), bindparam("reach_m", type_=Double()), at
    ).subquery()
    return (
        select(
            near,
            Centre.id.label("centre_id"),
            Centre.level.label("centre_level"),
            Organisation.code.label("centre_code"),
            Organisation.name.label("centre_name"),
            Organisation.name_en.label("centre_name_en"),
        )
        .outerjoin(CentreArea, CentreArea.area_id == near.c.area_id)
        .outerjoin(Centre, Centre.id == CentreArea.centre_id)
        .outerjoin(Organisation, Organisation.id == Centre.id)
        .order_by(near.c.holds.desc(), near.c.code, near.c.id)
    )


NEAR = Hot(_near)
