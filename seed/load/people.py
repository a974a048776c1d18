"""People beside the crews: what the teams of volunteers and companies offer, who serves with which host."""

from datetime import timedelta

from app.agency.secondment import service as secondments
from app.agency.secondment.schemas import SecondmentIn
from app.agency.team import service as teams
from app.agency.team.schemas import ServicesIn
from app.core.db import Session
from app.core.once import ANY_VERSION
from app.identity.queries import now
from app.identity.workflow import Actor
from seed.load import files


async def offer_and_second(session: Session, by: Actor) -> str:
    """Give the teams their lists of services, and send officers to their hosts."""
    offering = files.records("teams")
    for row in offering:
        body = ServicesIn.model_validate({"services": row["services"]})
        await teams.offer_services(session, by, row["department"], body, ANY_VERSION)
    today = (await now(session)).date()
    sent = files.records("secondments")
    for row in sent:
        since = today - timedelta(days=row["since_days_ago"])
        until = since + timedelta(days=row["for_days"])
        turn = SecondmentIn(officer=row["officer"], host=row["host"], starts_on=since, ends_on=until)
        await secondments.second(session, by, turn)
    return f"{len(offering)} teams with their services, {len(sent)} secondments"


async def are_there(session: Session, by: Actor) -> bool:
    """Whether the first team offers something."""
    first = files.records("teams")[0]["department"]
    return bool((await teams.team(session, by, first)).services)
