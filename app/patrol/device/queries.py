"""Every statement about devices."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Row,
    Text,
    Update,
    any_,
    bindparam,
    column,
    func,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from app.agency.models import Officer
from app.core.db import Hot
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.patrol.device.models import Device, DeviceQuarantine
from app.patrol.device.schemas import DeviceFilter
from app.patrol.device.workflow import App
from app.roster.models import Patrol
from app.roster.queries import at_or_below

DeviceRow = Row[Device, str, str | None, str | None]
DEVICE_ID = bindparam("device_id", type_=PgUUID(as_uuid=True))


def _visible(caller: Actor) -> ColumnElement[bool]:
    return Device.centre_id == any_(literal(list(caller.centres), ARRAY(PgUUID(as_uuid=True))))


def _devices() -> Select[Device, str, str | None, str | None]:
    return (
        select(Device, Organisation.code, Patrol.code, Officer.number)
        .join(Organisation, Organisation.id == Device.centre_id)
        .outerjoin(Patrol, Patrol.id == Device.patrol_id)
        .outerjoin(Officer, Officer.id == Device.officer_id)
    )


async def devices(
    session: AsyncSession, caller: Actor, wanted: DeviceFilter, after: UUID | None, limit: int
) -> Sequence[DeviceRow]:
    """Devices of the centres the caller reaches in the order they were made, one more than asked for."""
    conditions: list[ColumnElement[bool]] = [_visible(caller)]
    if wanted.centre is not None:
        conditions.append(at_or_below(wanted.centre))
    if wanted.app is not None:
        conditions.append(Device.app == wanted.app.value)
    if wanted.is_active is not None:
        conditions.append(Device.is_active.is_(wanted.is_active))
    if after is not None:
        conditions.append(Device.id > after)
    return (await session.execute(_devices().where(*conditions).order_by(Device.id).limit(limit + 1))).all()


async def device(session: AsyncSession, caller: Actor, device_id: UUID) -> DeviceRow | None:
    """One device of a centre the caller reaches."""
    return (await session.execute(_devices().where(Device.id == device_id, _visible(caller)))).one_or_none()


async def device_held(session: AsyncSession, caller: Actor, device_id: UUID) -> Device | None:
    """The same, its row held until commit."""
    statement = select(Device).where(Device.id == device_id, _visible(caller)).with_for_update()
    return await session.scalar(statement.execution_options(populate_existing=True))


async def quarantined(session: AsyncSession, device_ids: Sequence[UUID]) -> Sequence[DeviceQuarantine]:
    """What of these devices was not kept."""
    q = DeviceQuarantine
    return (await session.scalars(select(q).where(q.device_id.in_(device_ids)).order_by(q.device_id, q.reason))).all()


async def patrol_at(session: AsyncSession, centre_id: UUID, code: str) -> UUID | None:
    """The patrol of this centre with this code."""
    return await session.scalar(select(Patrol.id).where(Patrol.code == code, Patrol.centre_id == centre_id))


def _known(condition: ColumnElement[bool]) -> Select[Any]:
    d = Device
    columns: tuple[Any, ...] = (d.id, d.code, d.centre_id, d.patrol_id, d.officer_id, d.datum, d.is_active)
    stale = func.coalesce(d.last_seen_at < func.now() - func.make_interval(0, 0, 0, 0, 0, 1), True)
    state: tuple[Any, ...] = (d.key_sha256, d.key_used_at, d.key_revoked_at, stale.label("is_stale"))
    return select(*columns, *state, func.now().label("now")).where(condition)


BY_ID = Hot(lambda: _known(Device.id == DEVICE_ID))
BY_NUMBER = Hot(lambda: _known(Device.code == bindparam("code", type_=Text)).where(Device.app == App.JT808.value))


def _seen() -> Update:
    """Note that a device was heard of, and since when its key is in use."""
    values = {
        "last_seen_at": func.now(),
        "key_used_at": func.coalesce(Device.key_used_at, func.now()),
        "updated_at": Device.updated_at,
    }
    return update(Device).where(Device.id == DEVICE_ID).values(values)


def _counted() -> Any:
    """Add fixes that were not kept to a device's counters."""
    given = func.unnest(bindparam("reasons", type_=ARRAY(Text)), bindparam("fixes", type_=ARRAY(BigInteger)))
    rows = given.table_valued(column("reason", Text), column("fixes", BigInteger), name="given").render_derived()
    put = insert(DeviceQuarantine).from_select(
        ["device_id", "reason", "fixes"], select(DEVICE_ID, rows.c.reason, rows.c.fixes).order_by(rows.c.reason)
    )
    values = {"fixes": DeviceQuarantine.fixes + put.excluded.fixes, "last_at": func.now()}
    return put.on_conflict_do_update(index_elements=["device_id", "reason"], set_=values)


def _paired() -> Update:
    """Give a terminal that has never been heard of a new key, once it registers."""
    waits = (Device.id == DEVICE_ID, Device.key_used_at.is_(None), Device.key_revoked_at.is_(None), Device.is_active)
    values = {"key_sha256": bindparam("sha256"), "key_made_at": func.now(), "version": Device.version + 1}
    return update(Device).where(*waits).values(values).returning(Device.id)


SEEN = Hot(_seen)
COUNTED = Hot(_counted)
PAIRED = Hot(_paired)


def counts(device_id: UUID, lost: Mapping[str, int]) -> dict[str, Any]:
    """Counted fixes as the statement's values."""
    return {"device_id": device_id, "reasons": list(lost), "fixes": list(lost.values())}
