"""A neighbourhood watch for the small town: volunteers of street A on duty with a patrol of their own, P-V."""

from datetime import timedelta

from geoalchemy2 import WKTElement
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.agency.models import Department, Officer
from app.core.geo import SRID
from app.core.ids import uuid7
from app.identity.models import Account, Organisation, RoleGrant
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift
from tests import make


async def add(session: AsyncSession, town: make.Town) -> None:
    """The team `watch`, the account `volunteer1` with a role at street A, and their patrol on duty near `make.A1`."""
    street, team = town.organisations["A"], uuid7()
    town.organisations["watch"] = team
    lineage = [town.organisations["D"], street, team]
    places = {"parent_id": street, "lineage": lineage}
    await _add(
        session, Organisation(id=team, kind="department", code="watch", name="志愿队", name_en="Watch", **places)
    )
    await _add(session, Department(id=team, kind="volunteer", area_id=town.areas["A"]))
    town.accounts["volunteer1"] = uuid7()
    await _add(session, Account(id=town.accounts["volunteer1"], username="volunteer1", display_name="volunteer1"))
    grant = {"account_id": town.accounts["volunteer1"], "role": "volunteer"}
    await _add(session, RoleGrant(organisation_id=street, **grant))
    await _crew(session, town)


async def _crew(session: AsyncSession, town: make.Town) -> None:
    now = await session.scalar(select(func.now()))
    assert now is not None
    starts, ends, street = now - timedelta(hours=1), now + timedelta(hours=6), town.organisations["A"]
    town.patrols["P-V"], town.shifts["P-V"] = uuid7(), uuid7()
    names = {"code": "P-V", "name": "志愿队", "name_en": "Watch"}
    await _add(session, Patrol(id=town.patrols["P-V"], centre_id=street, vehicle="foot", **names))
    period = {"starts_at": starts, "ends_at": ends, "signed_on_at": starts}
    await _add(session, Shift(id=town.shifts["P-V"], patrol_id=town.patrols["P-V"], centre_id=street, **period))
    officer = Officer(
        id=uuid7(), number="V-1", display_name="V-1", department_id=town.organisations["watch"], centre_id=street,
        account_id=town.accounts["volunteer1"], skills=[],
    )  # fmt: skip
    await _add(session, officer)
    seat = {"shift_id": town.shifts["P-V"], "officer_id": officer.id, "department_id": officer.department_id}
    await _add(session, CrewMember(account_id=officer.account_id, is_leader=True, during=Range(starts, ends), **seat))
    place = WKTElement("POINT(118.6051 32.0051)", srid=SRID)
    await _add(session, LatestPosition(patrol_id=town.patrols["P-V"], location=place, observed_at=now))


async def _add(session: AsyncSession, row: object) -> None:
    session.add(row)
    await session.flush()
