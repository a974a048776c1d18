"""The statements that list requests."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased

from app.command.request.schemas import RequestFilter
from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.incident.request.models import Request
from app.incident.request.workflow import RequestState

Asker, Decider = aliased(Account), aliased(Account)


def _approved_before() -> ColumnElement[int]:
    """How many of the kind were approved in the incident's present round."""
    other = aliased(Request)
    same = select(func.count()).where(other.incident_id == Request.incident_id, other.kind == Request.kind)
    mine = same.where(other.round == Incident.round, other.state == RequestState.APPROVED.value)
    return mine.correlate(Request, Incident).scalar_subquery()


def _conditions(wanted: RequestFilter, incident_id: UUID | None) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if incident_id is not None:
        found.append(Request.incident_id == incident_id)
    if wanted.kind is not None:
        found.append(Request.kind == wanted.kind.value)
    if wanted.state is not None:
        found.append(Request.state == wanted.state.value)
    if wanted.misdispatch is not None:
        found.append(Request.is_misdispatch == wanted.misdispatch)
    if wanted.centre is not None:
        centre = select(Organisation.id).where(Organisation.code == wanted.centre).scalar_subquery()
        found.append(Incident.commanding_centre_id == centre)
    return found


async def requests(
    session: Session, caller: Actor, wanted: RequestFilter, incident_id: UUID | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Requests about incidents the caller may see in the order they were asked, one more than asked for."""
    conditions = [seen_by(caller), *_conditions(wanted, incident_id)]
    if after is not None:
        conditions.append(Request.id > after)
    asked_by, decided_by = Asker.username.label("asked_by"), Decider.username.label("decided_by")
    statement = (
        select(Request, Incident, asked_by, decided_by, _approved_before().label("approved_before"))
        .join(Incident, Incident.id == Request.incident_id)
        .join(Asker, Asker.id == Request.asked_by)
        .outerjoin(Decider, Decider.id == Request.decided_by)
    )
    return (await session.execute(statement.where(*conditions).order_by(Request.id).limit(limit + 1))).all()
