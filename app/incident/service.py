"""What every use case around one incident asks first: may this caller see it, and do something about it."""

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

from app.core.db import Session
from app.core.problems import Conflict, NotFound
from app.identity.service import Forbidden
from app.identity.workflow import SENIORITY, Actor, Right, Role
from app.incident import queries
from app.incident.models import Incident


class IncidentEnded(Conflict):
    """The incident has ended: nothing is added to it any more."""

    members: ClassVar[dict[str, Any]] = {"status_now": "closed"}


async def seen(session: Session, caller: Actor, incident_id: UUID, *, held: bool = False) -> Incident:
    """The incident, if the caller may see it; `held` keeps it from moving until commit.

    Raises:
        NotFound: there is none, or it is out of the caller's reach.
    """
    look = queries.incident_held if held else queries.incident
    found = await look(session, caller, incident_id)
    if found is None:
        raise NotFound
    return found


def require_right(caller: Actor, places: Collection[UUID], *rights: Right) -> None:
    """Refuse a caller who has none of these rights where the incident is, but only elsewhere.

    Raises:
        Forbidden.
    """
    if not any(caller.may_at(right, place) for right in rights for place in places):
        raise Forbidden("Your roles here do not include this.", missing_rights=sorted(rights))


def role_at(caller: Actor, incident: Incident, places: Collection[UUID]) -> Role:
    """The role in which this caller does something about the incident: the first in the order of the roles."""
    held = next(roles for place in (incident.commanding_centre_id, *places) if (roles := caller.roles_at(place)))
    return min(held, key=SENIORITY.__getitem__)


def places_of(incident: Incident) -> list[UUID]:
    """The organisations whose incident this is: the centre of its ground and the department that leads."""
    return [place for place in (incident.home_centre_id, incident.lead_department_id) if place]


async def audience(session: Session, incident: Incident) -> list[UUID]:
    """The organisations that may see facts about this incident and add to it: with them, the departments called."""
    return list(dict.fromkeys([*places_of(incident), *await queries.linked(session, incident.id)]))
