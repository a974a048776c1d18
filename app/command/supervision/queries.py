"""The statements about supervision orders beside the incident's own."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID as Id

from sqlalchemy import ColumnElement, Executable, and_, bindparam, false, func, literal_column, select
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.command.record.queries import obj
from app.command.supervision.schemas import OrderFilter
from app.core.db import Hot, Session
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.supervision.models import SupervisionEntry, SupervisionOrder

UUID = PgUUID(as_uuid=True)
O = SupervisionOrder  # noqa: E741  # the subject of every line below


def _of_incident() -> Executable:
    """The orders on an incident that were not lifted, with the centres that press; and an organisation by its code."""
    centre, target = aliased(Organisation), aliased(Organisation)
    shown = {column.name: column for column in O.__table__.c}
    named = obj(id=target.id, code=target.code, name=target.name, name_en=target.name_en)
    return (
        select(obj(**shown, centre=centre.code, target=named).label("shown"))
        .select_from(O)
        .join(centre, centre.id == O.centre_id)
        .join(target, target.id == O.target_id)
        .where(O.incident_id == bindparam("incident_id", type_=UUID), O.state != literal_column("'lifted'"))
        .order_by(O.id)
    )


def _organisation() -> Executable:
    o = Organisation
    return select(o.id, o.code, o.name, o.name_en).where(o.id == bindparam("id", type_=UUID))


OF_INCIDENT = Hot(_of_incident)
ORGANISATION = Hot(_organisation)


def _listed(caller: Actor) -> Select[Any]:
    centre, target = aliased(Organisation), aliased(Organisation)
    columns: tuple[Any, ...] = (O, Incident.number, Incident.status, Incident.version, centre.code.label("centre"))
    named = {name: getattr(target, name).label(f"target_{name}") for name in ("code", "name", "name_en")}
    return (
        select(*columns, *named.values(), func.now().label("now"))
        .join(Incident, Incident.id == O.incident_id)
        .join(centre, centre.id == O.centre_id)
        .join(target, target.id == O.target_id)
        .where(seen_by(caller))
    )


def _late() -> ColumnElement[bool]:
    return and_(O.state == "open", O.reply_due_at < func.now())


def _wanted(caller: Actor, wanted: OrderFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.open is not None:
        found.append((O.state == "open") == wanted.open)
    if wanted.mine is not None:
        places = [*caller.incident_centres, *caller.incident_departments]
        found.append(O.target_id.in_(places) == wanted.mine if places else (false() == wanted.mine))
    if wanted.overdue is not None:
        found.append(_late() == wanted.overdue)
    if wanted.grade is not None:
        found.append(O.grade.in_(wanted.grade))
    for code, column in ((wanted.target, O.target_id), (wanted.centre, O.centre_id)):
        if code is not None:
            found.append(column.in_(select(Organisation.id).where(Organisation.code == code)))
    if wanted.incident is not None:
        found.append(O.incident_id == wanted.incident)
    return found


async def page(session: Session, caller: Actor, wanted: OrderFilter, after: Id | None) -> Sequence[Any]:
    """Orders on incidents the caller may see, the newest first, one more than asked for."""
    statement = _listed(caller).where(*_wanted(caller, wanted)).order_by(O.id.desc()).limit(wanted.limit + 1)
    if after is not None:
        statement = statement.where(O.id < after)
    rows: Sequence[Any] = (await session.execute(statement)).all()
    return rows


async def one(session: Session, caller: Actor, order_id: Id) -> Any | None:
    """One order, if the caller may see its incident."""
    return (await session.execute(_listed(caller).where(O.id == order_id))).one_or_none()


async def entries(session: Session, order_id: Id) -> Sequence[Any]:
    """The history of an order, in order, with who."""
    e = SupervisionEntry
    statement = select(e, Account.username).join(Account, Account.id == e.account_id).where(e.order_id == order_id)
    rows: Sequence[Any] = (await session.execute(statement.order_by(e.seq))).all()
    return rows


async def open_on(session: Session, incident_id: Id) -> Sequence[SupervisionOrder]:
    """The orders that press somebody on an incident, the incident held until commit, and the orders."""
    await session.execute(select(Incident.id).where(Incident.id == incident_id).with_for_update(read=True))
    statement = select(O).where(O.incident_id == incident_id, O.state == "open").order_by(O.id)
    return (await session.scalars(statement.with_for_update())).all()
