"""Who looks first when a rule wants something verified: the nearest patrol of an authority that is on duty."""

from sqlalchemy import Double, Executable, bindparam, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot
from app.dispatch.queries import at_or_below, has_authority
from app.grid.queries import point
from app.patrol.models import LatestPosition
from app.roster.models import Patrol, Shift
from app.roster.queries import ON_DUTY


def _nearest() -> Executable:
    here = point(bindparam("lon", type_=Double), bindparam("lat", type_=Double))
    centre = bindparam("centre_id", type_=PgUUID(as_uuid=True))
    return (
        select(LatestPosition.patrol_id)
        .join(Shift, Shift.patrol_id == LatestPosition.patrol_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(ON_DUTY, at_or_below(Patrol.centre_id, centre), has_authority(Shift.id))
        .order_by(LatestPosition.location.op("<->")(here))
        .limit(literal_column("1"))
    )


NEAREST = Hot(_nearest)
