"""Reading a reporter's contact: for a purpose, and on record in the same transaction."""

from uuid import UUID

from app.core.db import Session
from app.core.problems import NotFound
from app.identity.workflow import Actor, Right
from app.incident.contact import queries
from app.incident.contact.models import ContactReading
from app.incident.contact.schemas import ReadingOut, ReporterOut
from app.incident.service import places_of, require_right, seen


async def read(session: Session, caller: Actor, incident_id: UUID, purpose: str) -> ReporterOut:
    """The contact of who reported.

    Raises:
        NotFound: the incident is out of reach, or nobody left a contact.
        Forbidden: the caller may read contacts, but not here.
    """
    incident = await seen(session, caller, incident_id)
    require_right(caller, places_of(incident), Right.CONTACTS_READ)
    contact = await queries.reporter(session, incident_id)
    if contact is None:
        raise NotFound("Nobody left a contact.")
    session.add(ContactReading(incident_id=incident_id, account_id=caller.account_id, purpose=purpose))
    await session.flush()
    return ReporterOut.model_validate(contact)


async def readings(session: Session, caller: Actor, incident_id: UUID, after: int, limit: int) -> list[ReadingOut]:
    """Who read the contact and what for, in order; one more than asked for."""
    incident = await seen(session, caller, incident_id)
    require_right(caller, places_of(incident), Right.AUDIT_READ)
    return [ReadingOut.model_validate(row) for row in await queries.readings(session, incident_id, after, limit)]
