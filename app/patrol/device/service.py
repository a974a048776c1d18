"""The use cases of devices: registered, bound, given a new key, taken out of use, and known by their key."""

import hashlib
import secrets
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Lane, Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.patrol.device import queries
from app.patrol.device.models import Device
from app.patrol.device.schemas import DeviceFilter, DeviceIn, DeviceMade, DeviceOut, DevicePatch, Quarantined
from app.patrol.device.setting_up import Reach, settings
from app.patrol.device.workflow import App
from app.roster import queries as roster

PREFIX = "lqd_"


class DeviceInUse(Conflict):
    """This device has sent positions: take it out of use with `is_active`, so that what it sent stays explained."""


async def register(session: Session, by: Actor, body: DeviceIn, reach: Reach) -> DeviceMade:
    """Put a device on record at a centre whose duty the caller runs, with its first key."""
    centre = await roster.centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    fields = body.model_dump(include={"code", "app", "label", "datum"}, mode="json")
    device = Device(id=body.id or uuid7(), centre_id=centre.id, is_active=True, **fields)
    await _bind(session, device, body.patrol, body.officer)
    session.add(device)
    return await _with_key(session, by, device, reach, "device.registered")


async def change(session: Session, by: Actor, device_id: UUID, body: DevicePatch, based_on: int) -> DeviceOut:
    """Change what a device is called, is bound to or gives, or take it out of use."""
    device = await _held(session, by, device_id, based_on)
    await _bind(session, device, body.patrol, body.officer)
    for field, value in body.model_dump(
        include={"label", "datum", "is_active"}, exclude_none=True, mode="json"
    ).items():
        setattr(device, field, value)
    device.version += 1
    return await _settled(session, by, device, "device.changed")


async def new_key(session: Session, by: Actor, device_id: UUID, based_on: int, reach: Reach) -> DeviceMade:
    """Give a device a new key; the one before ends at once."""
    device = await _held(session, by, device_id, based_on)
    device.key_used_at = device.key_revoked_at = None
    device.key_made_at = await instant(session)
    device.version += 1
    return await _with_key(session, by, device, reach, "device.key_made")


async def revoke_key(session: Session, by: Actor, device_id: UUID, based_on: int) -> DeviceOut:
    """End a device's key at once."""
    device = await _held(session, by, device_id, based_on)
    device.key_revoked_at = device.key_revoked_at or await instant(session)
    device.version += 1
    return await _settled(session, by, device, "device.key_revoked")


async def remove(session: Session, by: Actor, device_id: UUID, based_on: int) -> None:
    """Take a device off the record that was never in use.

    Raises:
        DeviceInUse: it has sent positions.
    """
    device = await _held(session, by, device_id, based_on)
    if device.last_seen_at is not None:
        raise DeviceInUse
    await session.delete(device)
    outbox.record(session, "device.removed", device.id, [device.centre_id], code=device.code)


async def devices(
    session: Session, caller: Actor, wanted: DeviceFilter, after: UUID | None, limit: int
) -> list[DeviceOut]:
    """Devices of the centres the caller reaches, one more than asked for."""
    rows = await queries.devices(session, caller, wanted, after, limit)
    counted: dict[UUID, list[Quarantined]] = {device.id: [] for device, *_ in rows}
    for count in await queries.quarantined(session, list(counted)):
        counted[count.device_id].append(Quarantined.model_validate(count))
    return [_shown(row, counted[row[0].id]) for row in rows]


async def device(session: Session, caller: Actor, device_id: UUID) -> DeviceOut:
    """One device."""
    row = await queries.device(session, caller, device_id)
    if row is None:
        raise NotFound
    counts = await queries.quarantined(session, [device_id])
    return _shown(row, [Quarantined.model_validate(count) for count in counts])


def named_by(key: str) -> UUID | None:
    """The device that a key `lqd_<id>.<secret>` names, whether or not it is its key."""
    try:
        return UUID(key.removeprefix(PREFIX).partition(".")[0])
    except ValueError:
        return None


def fits(key: str, sha256: bytes) -> bool:
    """Whether a key, or its secret part alone as terminals have it, is the one that was hashed."""
    return secrets.compare_digest(hashed(key.rpartition(".")[2]), bytes(sha256))


def hashed(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


async def pair(lane: Lane, device_id: UUID) -> str | None:
    """A new secret for a terminal that registers and has never been heard of; nothing for one that has."""
    secret = secrets.token_urlsafe(32)
    return secret if await queries.PAIRED.row(lane, device_id=device_id, sha256=hashed(secret)) else None


async def _held(session: Session, by: Actor, device_id: UUID, based_on: int) -> Device:
    device = await queries.device_held(session, by, device_id)
    if device is None:
        raise NotFound
    if not by.may_at(Right.DUTY_WRITE, device.centre_id):
        raise Forbidden("You do not run the duty of this centre.")
    require_version(based_on, device.version)
    return device


async def _bind(session: Session, device: Device, patrol: str | None, officer: str | None) -> None:
    """Bind to the patrol or the officer that is given, if either is."""
    if patrol is not None:
        device.patrol_id = await queries.patrol_at(session, device.centre_id, patrol)
        device.officer_id = None
        if device.patrol_id is None:
            raise Unprocessable(f"The centre has no patrol {patrol}.")
    elif officer is not None:
        if device.app == App.JT808.value:
            raise Unprocessable("A vehicle's terminal is bound to a patrol.")
        device.patrol_id, device.officer_id = None, await _officer_id(session, device.centre_id, officer)


async def _officer_id(session: Session, centre_id: UUID, number: str) -> UUID:
    """The officer, if it is one whom the centre is served by now."""
    found = (await roster.officers_by_number(session, [number])).get(number)
    above = (await roster.lineages(session, [centre_id]))[centre_id]
    if found is None or not found[0].is_active or not found[1].serves(above, await instant(session)):
        raise Unprocessable(f"There is no active officer {number} whom the centre may send.")
    return found[0].id


async def _with_key(session: Session, by: Actor, device: Device, reach: Reach, topic: str) -> DeviceMade:
    secret = secrets.token_urlsafe(32)
    device.key_sha256 = hashed(secret)
    shown = await _settled(session, by, device, topic)
    key = f"{PREFIX}{device.id}.{secret}"
    return DeviceMade(**shown.model_dump(), key=key, settings=settings(shown.app, shown.code, key, reach))


async def _settled(session: Session, by: Actor, device_: Device, topic: str) -> DeviceOut:
    await session.flush()
    await session.refresh(device_)
    facts = {"version": device_.version, "code": device_.code, "centre_id": str(device_.centre_id)}
    outbox.record(session, topic, device_.id, [device_.centre_id], **facts)
    return await device(session, by, device_.id)


def _shown(row: Any, quarantined: list[Quarantined]) -> DeviceOut:
    found, centre, patrol, officer = row
    own = {name: getattr(found, name) for name in DeviceOut.model_fields if hasattr(found, name)}
    return DeviceOut(**own, centre=centre, patrol=patrol, officer=officer, quarantined=quarantined)
