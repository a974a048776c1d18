"""The use cases of secondments: an officer is sent to a host, called back early, relieved by the next turn."""

from datetime import date
from typing import Any
from uuid import UUID

from app.agency.models import Officer
from app.agency.queries import above, organisation_seen
from app.agency.secondment import queries
from app.agency.secondment.models import Secondment
from app.agency.secondment.schemas import EndIn, SecondmentFilter, SecondmentIn, SecondmentOut
from app.agency.secondment.workflow import state_on
from app.agency.workflow import may
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Unprocessable
from app.identity.models import Organisation
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right


async def second(session: Session, by: Actor, body: SecondmentIn) -> SecondmentOut:
    """Send an officer of a department the caller administers to a host.

    Raises:
        Unprocessable: there is no such officer or host, it is all in the past, or it follows nothing at that host.
        Conflict: the officer is seconded on some of these days already (the database's own constraint).
    """
    officer = await queries.officer_held(session, body.officer)
    if officer is None or not may(by, Right.ORGANISATION_WRITE, officer.department_id):
        raise Unprocessable(f"There is no active officer {body.officer} whom you may send.")
    host = await _host(session, by, body, officer)
    made = Secondment(
        id=body.id or uuid7(),
        officer_id=officer.id,
        department_id=officer.department_id,
        host_id=host.id,
        starts_on=body.starts_on,
        ends_on=body.ends_on,
        follows_id=body.follows,
    )
    session.add(made)
    await session.flush()
    return await _announced(session, by, made, officer, "secondment.opened")


async def _host(session: Session, by: Actor, body: SecondmentIn, officer: Officer) -> Organisation:
    host = await organisation_seen(session, by, body.host)
    if host is None:
        raise Unprocessable(f"There is no centre or department {body.host} that you see.")
    if host.id in (officer.department_id, officer.centre_id):
        raise Unprocessable("The officer serves there already.")
    if body.ends_on < await queries.today(session, host.id):
        raise Unprocessable("These days are over.")
    if body.follows is not None:
        before = await queries.held(session, by, body.follows)
        if before is None or before.host_id != host.id or before.starts_on >= body.starts_on:
            raise Unprocessable("The next turn is at the same host and starts later than the one it follows.")
    return host


async def end(session: Session, by: Actor, id: UUID, body: EndIn, based_on: int) -> SecondmentOut:
    """End a secondment early, from today on at the earliest: by who administers the home department or the host."""
    found = await queries.held(session, by, id)
    if found is None:
        raise NotFound
    # Held like for a seat: whoever is being seated now is seated by what holds then.
    officer = await session.get_one(Officer, found.officer_id, with_for_update=True)
    if not any(may(by, Right.ORGANISATION_WRITE, place) for place in (found.department_id, found.host_id)):
        raise Forbidden("You administer neither side.")
    require_version(based_on, found.version)
    if found.ended_on is not None:
        raise Unprocessable("It was ended before.")
    if body.ended_on < await queries.today(session, found.host_id):
        raise Unprocessable("It ends today at the earliest: days that are over stay as they were.")
    found.ended_on, found.end_reason = body.ended_on, body.reason
    found.version += 1
    await session.flush()
    return await _announced(session, by, found, officer, "secondment.ended")


async def secondment(session: Session, caller: Actor, id: UUID) -> SecondmentOut:
    """One secondment."""
    row = await queries.secondment(session, caller, id)
    if row is None:
        raise NotFound
    return _shown(row)


async def secondments(
    session: Session, caller: Actor, wanted: SecondmentFilter, after: tuple[date, UUID] | None, limit: int
) -> list[SecondmentOut]:
    """Secondments the caller may see by their last day, one more than asked for."""
    return [_shown(row) for row in await queries.secondments(session, caller, wanted, after, limit)]


async def _announced(session: Session, by: Actor, row: Secondment, officer: Officer, topic: str) -> SecondmentOut:
    scope = await above(session, [place for place in (row.department_id, row.host_id, officer.centre_id) if place])
    facts = {"officer": officer.number, "starts_on": str(row.starts_on), "ends_on": str(row.ends_on)}
    until = None if row.ended_on is None else str(row.ended_on)
    outbox.record(session, topic, row.id, scope, version=row.version, ended_on=until, **facts)
    await session.flush()
    return await secondment(session, by, row.id)


def _shown(row: Any) -> SecondmentOut:
    state = state_on(row.today, row.starts_on, row.ends_on, row.ended_on)
    return SecondmentOut.model_validate(row._asdict() | {"state": state})
