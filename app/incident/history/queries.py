"""The statements about an incident's moves and notes."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Executable, Text, bindparam, func, insert, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.orm import aliased

from app.core.db import Hot, Session
from app.core.outbox import Event
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.history.models import IncidentNote
from app.incident.models import Incident, IncidentMove
from app.incident.queries import LINK_GRANT, seen_by


async def moves(session: Session, incident_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """The lines of an incident's history in order, with who and where; one more than asked for."""
    centre, before = aliased(Organisation), aliased(Organisation)
    statement = (
        select(IncidentMove, Account.username, centre.code.label("centre"), before.code.label("from_centre"))
        .join(Account, Account.id == IncidentMove.actor_id)
        .join(centre, centre.id == IncidentMove.centre_id)
        .outerjoin(before, before.id == IncidentMove.from_centre_id)
        .where(IncidentMove.incident_id == incident_id, IncidentMove.seq > after)
        .order_by(IncidentMove.seq)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()


async def seen_numbers(session: Session, caller: Actor, numbers: Collection[str]) -> set[str]:
    """Those of these numbers that are of incidents the caller may see."""
    return set(await session.scalars(select(Incident.number).where(Incident.number.in_(numbers), seen_by(caller))))


async def notes(session: Session, incident_id: UUID, after: UUID | None, limit: int) -> Sequence[Any]:
    """The notes of an incident in the order they were left, with who; one more than asked for."""
    statement = (
        select(IncidentNote, Account.username)
        .join(Account, Account.id == IncidentNote.account_id)
        .where(IncidentNote.incident_id == incident_id)
        .order_by(IncidentNote.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement if after is None else statement.where(IncidentNote.id > after))).all()


def _supplement() -> Executable:
    """A note of who reported, with its fact for those whose incident it is."""
    of, g = Incident, LINK_GRANT.c
    ids = {name: bindparam(name, type_=PgUUID(as_uuid=True)) for name in ("id", "incident_id", "actor_id")}
    said: dict[str, Any] = {name: bindparam(name, type_=Text) for name in ("kind", "topic", "role", "note", "by")}
    kept: dict[str, Any] = {"id": ids["id"], "incident_id": ids["incident_id"], "account_id": ids["actor_id"]}
    kept |= {name: said[name] for name in ("kind", "role", "note")}
    called = select(g.department_id).where(g.incident_id == of.id, g.ends_at.is_(None)).correlate(of)
    own = func.array_remove(array([of.home_centre_id, of.lead_department_id]), None)
    members: dict[str, Any] = {
        "note_id": ids["id"],
        "by": said["by"],
        "centre_id": of.commanding_centre_id,
        "incident_id": of.id,
    }
    told: list[Any] = []
    for name, value in members.items():
        told += [literal_column(f"'{name}'"), value]
    fact = select(
        said["topic"],
        of.id,
        func.array_cat(own, func.array(called.scalar_subquery())),
        func.jsonb_build_object(*told),
    ).where(of.id == ids["incident_id"])
    logged = insert(Event).from_select(["topic", "subject_id", "scope", "payload"], fact, include_defaults=False)
    noted = insert(IncidentNote).values(kept)
    return select(literal_column("1")).add_cte(noted.cte("noted"), logged.cte("logged"))


SUPPLEMENT = Hot(_supplement)
