"""The statements about whistles and summons beside the incident's own: who is competent, a desk's list, a history."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID as Id

from sqlalchemy import ARRAY, Executable, Text, any_, bindparam, select, true
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.agency.competence.queries import matching
from app.agency.models import Department
from app.core.db import Hot, Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident, RunningClock
from app.incident.queries import seen_by
from app.linkage.models import Summons, SummonsEntry, Whistle
from app.linkage.workflow import SummonsState

UUID = PgUUID(as_uuid=True)


def _competent() -> Executable:
    """The rules that cover an incident's category where it is, each with its department."""
    code, area_id = bindparam("category_code", type_=Text), bindparam("area_id", type_=UUID)
    centre_id = bindparam("centre_id", type_=UUID)
    return matching(code, area_id).add_columns((Organisation.parent_id == centre_id).label("is_local"))


def _branches() -> Executable:
    """The centre's own departments that stand in the line of one of these."""
    named = Department.functional_parent == any_(bindparam("codes", type_=ARRAY(Text)))
    return (
        select(
            Organisation.id, Organisation.code, Organisation.name, Organisation.name_en, Department.functional_parent
        )
        .join(Department, Department.id == Organisation.id)
        .where(Organisation.parent_id == bindparam("centre_id", type_=UUID), named)
        .order_by(Organisation.code)
    )


def _by_code() -> Executable:
    """The departments of a jurisdiction with these codes."""
    o, root = Organisation, bindparam("root_centre_id", type_=UUID)
    is_local = (o.parent_id == bindparam("centre_id", type_=UUID)).label("is_local")
    named = o.code == any_(bindparam("codes", type_=ARRAY(Text)))
    return (
        select(o.id, o.code, o.name, o.name_en, is_local)
        .join(Department, Department.id == o.id)
        .where(named, root == any_(o.lineage))
    )


BY_CODE = Hot(_by_code)
COMPETENT = Hot(_competent)
BRANCHES = Hot(_branches)


def _listed() -> Select[Any]:
    department, centre = aliased(Organisation), aliased(Organisation)
    columns: tuple[Any, ...] = (Summons, Incident.number, Incident.status)
    return (
        select(
            *columns,
            Incident.version.label("incident_version"),
            Incident.commanding_centre_id,
            centre.parent_id,
            department.code,
            department.name,
            department.name_en,
            Whistle.kind.label("whistle_kind"),
        )
        .join(Incident, Incident.id == Summons.incident_id)
        .join(department, department.id == Summons.department_id)
        .join(centre, centre.id == Incident.commanding_centre_id)
        .outerjoin(Whistle, Whistle.id == Summons.whistle_id)
    )


async def page(  # who asks, and one parameter each of what is asked
    session: Session, caller: Actor, wanted: dict[str, Any], after: Id | None, limit: int
) -> Sequence[Any]:
    """Summons of incidents the caller may see, the newest first; one more than asked for."""
    statement = _listed().where(seen_by(caller))
    conditions: dict[str, Any] = {
        "department": lambda code: Summons.department_id.in_(select(Organisation.id).where(Organisation.code == code)),
        "state": Summons.state.in_,
        "open": lambda is_open: (Summons.state != SummonsState.RELEASED) == is_open,
        "incident": lambda incident_id: Summons.incident_id == incident_id,
        "whistle": lambda whistle_id: Summons.whistle_id == whistle_id,
        "mine": lambda mine: Summons.department_id.in_(caller.incident_departments) if mine else true(),
    }
    for name, value in wanted.items():
        statement = statement.where(conditions[name](value))
    if after is not None:
        statement = statement.where(Summons.id < after)
    rows: Sequence[Any] = (await session.execute(statement.order_by(Summons.id.desc()).limit(limit + 1))).all()
    return rows


async def one(session: Session, caller: Actor, summons_id: Id) -> Any:
    """One summons of an incident the caller may see."""
    return (await session.execute(_listed().where(Summons.id == summons_id, seen_by(caller)))).one_or_none()


async def clocks(session: Session, summons_ids: Collection[Id]) -> Sequence[RunningClock]:
    """The current limits of some summons."""
    wanted = (RunningClock.summons_id.in_(summons_ids), RunningClock.is_current)
    return (await session.scalars(select(RunningClock).where(*wanted).order_by(RunningClock.started_at))).all()


async def entries(session: Session, summons_id: Id) -> Sequence[Any]:
    """The history of a summons in order, with who."""
    statement = select(SummonsEntry, Account.username).join(Account, Account.id == SummonsEntry.actor_id)
    return (
        await session.execute(statement.where(SummonsEntry.summons_id == summons_id).order_by(SummonsEntry.seq))
    ).all()
