"""The statements about pictures of incidents."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.core.geo import SRID, LonLat
from app.identity.models import Account
from app.identity.workflow import Actor
from app.incident.evidence.models import Evidence
from app.incident.models import Incident
from app.incident.queries import seen_by


def _shown() -> Select[Any]:
    columns: tuple[Any, ...] = (
        *(column for column in Evidence.__table__.c if column.name != "location"),
        func.ST_X(Evidence.location).label("lon"),
        func.ST_Y(Evidence.location).label("lat"),
        Account.username.label("actor"),
    )
    return select(*columns).join(Account, Account.id == Evidence.account_id)


def point(place: LonLat | None) -> ColumnElement[Any] | None:
    """The value of a location column."""
    return None if place is None else func.ST_SetSRID(func.ST_MakePoint(place.lon, place.lat), SRID)


async def page(session: Session, incident_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:
    """The pictures of an incident and of those merged into it, in the order they came; one more than asked for."""
    merged = select(Incident.id).where(Incident.master_id == incident_id)
    here = or_(Evidence.incident_id == incident_id, Evidence.incident_id.in_(merged))
    statement = _shown().where(here).order_by(Evidence.id).limit(limit + 1)
    rows: Sequence[Any] = (
        await session.execute(statement if after is None else statement.where(Evidence.id > after))
    ).all()
    return rows


async def one(session: Session, actor: Actor, evidence_id: UUID) -> Any:
    """The picture with this id, if the caller may see its incident or the one that was merged into."""
    own, master = aliased(Incident), aliased(Incident)
    among = select(Incident.id).where(seen_by(actor)).scalar_subquery()
    statement = (
        _shown()
        .join(own, own.id == Evidence.incident_id)
        .outerjoin(master, master.id == own.master_id)
        .where(Evidence.id == evidence_id, or_(own.id.in_(among), master.id.in_(among)))
    )
    return (await session.execute(statement)).one_or_none()
