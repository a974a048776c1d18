"""The use case of an upload: whose key it is, what stands against it, and what becomes of each fix."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

import orjson

from app.core.db import BulkLane
from app.core.geo import Datum
from app.core.problems import Problem
from app.identity.service import NotSignedIn
from app.patrol import service as positions
from app.patrol.batch import Batch
from app.patrol.device import queries as devices
from app.patrol.device.service import fits, named_by
from app.patrol.device.workflow import Quarantine, Refusal, Standing, against
from app.patrol.ingest import queries
from app.patrol.ingest.access import Terms
from app.patrol.ingest.reading import Reading, Upload
from app.patrol.schemas import MAX_FIXES, Fix, PositionsOut
from app.patrol.service import Sender

DeviceRow = Mapping[str, Any]
NOTHING = PositionsOut(stored=0, repeated=0, not_stored=[])


class UnknownDevice(Problem):
    """The device calls itself by another name than the one this key was made for."""

    status = 404


async def receive(lane: BulkLane, terms: Terms, key: str, upload: Upload) -> PositionsOut:
    """Store what came with a key, or count it.

    Raises:
        NotSignedIn: the key was never one, or is not the one of a device that is being set up.
        UnknownDevice: a device that is being set up calls itself by another name.
    """
    device_id = named_by(key)
    device = None if device_id is None else await devices.BY_ID.row(lane, device_id=device_id)
    return await take(lane, terms, device, key, upload)


async def take(lane: BulkLane, terms: Terms, device: DeviceRow | None, key: str, upload: Upload) -> PositionsOut:
    """The same for a device that was looked up by whatever names it."""
    standing = None if device is None else _standing(device, key, upload)
    found = against(standing)
    if device is None or standing is None or isinstance(found, Refusal):
        raise UnknownDevice if found is Refusal.UNKNOWN_DEVICE else NotSignedIn("This is no device's key.")
    if not terms.take(device["id"], upload.size, key_fits=standing.key_fits):
        return NOTHING
    # All or nothing: an error says that nothing was stored.
    async with lane.transaction():
        if found is None:
            return await _store(lane, terms, device, upload)
        await _count(lane, device, Counter({found.value: upload.size}))
        return NOTHING


def _standing(device: DeviceRow, key: str, upload: Upload) -> Standing:
    return Standing(
        key_fits=fits(key, device["key_sha256"]),
        name_fits=upload.names <= {device["code"]},
        is_enrolled=device["key_used_at"] is not None,
        is_revoked=device["key_revoked_at"] is not None,
        is_active=device["is_active"],
    )


async def _store(lane: BulkLane, terms: Terms, device: DeviceRow, upload: Upload) -> PositionsOut:
    """Store the fixes of a device in good standing, record its alarms, and count what was not kept."""
    lost = Counter(upload.lost)
    lost[Quarantine.TOO_MANY.value] += terms.dropped(device["id"])
    for alarm in sorted(upload.alarms):
        await queries.ALARM.row(lane, **_alarm(device, alarm))
    sender = Sender(patrol_id=device["patrol_id"], officer_id=device["officer_id"])
    given, answer = upload.readings, NOTHING
    for at in range(0, len(given), MAX_FIXES):
        batch = Batch.of([_fix(device, one) for one in given[at : at + MAX_FIXES]])
        answer = await positions.store(lane, sender, batch, terms.keep_days)
        lost.update(one.reason.value for one in answer.not_stored)
    if device["is_stale"] or device["key_used_at"] is None:
        await devices.SEEN.row(lane, device_id=device["id"])
    await _count(lane, device, lost)
    return answer


def _fix(device: DeviceRow, one: Reading) -> Fix:
    return Fix(
        device_id=device["code"],
        observed_at=one.observed_at or device["now"],
        location=[one.lon, one.lat],
        datum=one.datum or Datum(device["datum"]),
        accuracy_m=one.accuracy_m,
        speed_mps=one.speed_mps,
        heading_deg=one.heading_deg,
        battery=one.battery,
        is_mock=one.is_mock,
    )


def _alarm(device: DeviceRow, alarm: str) -> dict[str, Any]:
    """The fact that an alarm was raised; what it means for whom is for who watches over people's safety."""
    bound = {name: str(device[name]) for name in ("patrol_id", "officer_id") if device[name]}
    payload = {"device": device["code"], "alarm": alarm, "centre_id": str(device["centre_id"])} | bound
    return {"device_id": device["id"], "scope": [device["centre_id"]], "payload": orjson.dumps(payload).decode()}


async def _count(lane: BulkLane, device: DeviceRow, lost: Counter[str]) -> None:
    if counted := {reason: fixes for reason, fixes in sorted(lost.items()) if fixes}:
        await devices.COUNTED.row(lane, **devices.counts(device["id"], counted))
