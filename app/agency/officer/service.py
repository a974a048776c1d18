"""The use cases of officers: put on a department's books, moved, taken off duty for good."""

from app.agency.models import Officer
from app.agency.officer import queries
from app.agency.officer.schemas import OfficerIn, OfficerOut, OfficerPatch
from app.agency.queries import above
from app.agency.service import CENTRE, DEPARTMENT, administered
from app.agency.workflow import may
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right


async def enrol_officer(session: Session, by: Actor, body: OfficerIn) -> OfficerOut:
    """Put an officer on the books of a department, based at a centre."""
    officer = Officer(id=body.id or uuid7(), number=body.number, display_name=body.display_name, skills=body.skills)
    await _post(session, by, officer, body)
    session.add(officer)
    return await _shown(session, officer, "officer.enrolled")


async def change_officer(session: Session, by: Actor, number: str, body: OfficerPatch, based_on: int) -> OfficerOut:
    """Change an officer; moving one needs rights at both departments."""
    officer = await queries.officer_reached(session, by, number)
    if officer is None:
        raise NotFound
    if not may(by, Right.ORGANISATION_WRITE, officer.department_id):
        raise Forbidden
    require_version(based_on, officer.version)
    await _post(session, by, officer, body)
    officer.display_name = body.display_name or officer.display_name
    officer.skills = officer.skills if body.skills is None else body.skills
    officer.is_active = officer.is_active if body.is_active is None else body.is_active
    officer.version += 1
    return await _shown(session, officer, "officer.changed")


async def _post(session: Session, by: Actor, officer: Officer, body: OfficerIn | OfficerPatch) -> None:
    """Set department, centre and account where they are given."""
    given = body.model_fields_set
    if body.department is not None:
        officer.department_id = (await administered(session, by, body.department, DEPARTMENT)).id
    if "centre" in given:
        centre = None if body.centre is None else await administered(session, by, body.centre, CENTRE)
        officer.centre_id = None if centre is None else centre.id
    if "account" in given:
        officer.account_id = None if body.account is None else await queries.account_id(session, by, body.account)
        if body.account is not None and officer.account_id is None:
            raise Unprocessable(f"There is no account {body.account} that you reach.")


async def _shown(session: Session, officer: Officer, topic: str) -> OfficerOut:
    await session.flush()
    scope = await above(session, [place for place in (officer.department_id, officer.centre_id) if place])
    outbox.record(session, topic, officer.id, scope, number=officer.number)
    await session.flush()
    return OfficerOut.model_validate(await queries.officer(session, officer.id))
