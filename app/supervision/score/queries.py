"""Every statement about scores after whistles."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, RunningClock
from app.incident.queries import seen_by
from app.incident.workflow import STEP_IN
from app.linkage.models import Summons, SummonsEntry, Whistle
from app.linkage.workflow import SummonsAction
from app.supervision.score.models import WhistleScore

STEPS = tuple(kind.value for kind in STEP_IN.values())


async def whistle(session: Session, caller: Actor, whistle_id: UUID, *, held: bool = False) -> Any:
    """A whistle with its incident and its centre, if the caller may see the incident; `held` until commit."""
    statement = (
        select(Whistle, Incident, Organisation)
        .join(Incident, Incident.id == Whistle.incident_id)
        .join(Organisation, Organisation.id == Whistle.centre_id)
        .where(Whistle.id == whistle_id, seen_by(caller))
    )
    if held:
        statement = statement.with_for_update(of=Whistle, key_share=True)
    return (await session.execute(statement)).one_or_none()


async def code_of(session: Session, organisation_id: UUID) -> str | None:
    """The code of an organisation."""
    return await session.scalar(select(Organisation.code).where(Organisation.id == organisation_id))


async def called(session: Session, whistle_id: UUID) -> Sequence[Row[Summons, str, bool]]:
    """The summons of a whistle, each with its department's code and whether it was ever missed."""
    entry = aliased(SummonsEntry)
    missed = select(entry.seq).where(entry.summons_id == Summons.id, entry.action == SummonsAction.MISS.value).exists()
    statement = (
        select(Summons, Organisation.code, missed)
        .join(Organisation, Organisation.id == Summons.department_id)
        .where(Summons.whistle_id == whistle_id)
        .order_by(Summons.id)
    )
    return (await session.execute(statement)).all()


async def clocks(session: Session, incident_id: UUID) -> Sequence[RunningClock]:
    """The clocks of an incident."""
    return (await session.scalars(select(RunningClock).where(RunningClock.incident_id == incident_id))).all()


async def scores(session: Session, whistle_id: UUID) -> Sequence[Row[WhistleScore, str]]:
    """The scores of a whistle in the order they were given, with who gave them."""
    statement = select(WhistleScore, Account.username).join(Account, Account.id == WhistleScore.account_id)
    return (
        await session.execute(statement.where(WhistleScore.whistle_id == whistle_id).order_by(WhistleScore.id))
    ).all()
