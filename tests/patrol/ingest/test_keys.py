"""A device's key may upload and nothing else; a mistake shows while a device is set up, and never after that."""

from typing import Any

import pytest
import structlog
from fastapi import FastAPI

from app.core.settings import Settings
from app.patrol.device.workflow import Quarantine, Refusal, Standing, against
from app.patrol.ingest.access import BURST_FIXES
from tests.patrol.ingest.devices import Devices, ago

NOBODYS = "lqd_01a20000-0000-7000-8000-000000000000.secret"


async def test_a_phones_fix_goes_to_the_patrol_its_officer_is_on_duty_with(devices: Devices) -> None:
    answer = await devices.send(id="phone-1")
    assert (answer.status_code, answer.content) == (200, b"")
    assert await devices.stored() == [(118.6, "PA", "good")]


async def test_a_vehicles_fix_goes_to_its_patrol(devices: Devices) -> None:
    vehicle = await devices.registered(code="car-1", patrol="PA", datum="gcj02")
    assert (await devices.send(vehicle["key"])).status_code == 200
    ((lon, patrol, _),) = await devices.stored()
    assert (patrol, lon != 118.6, abs(lon - 118.6) < 0.01) == ("PA", True, True)


async def test_off_duty_a_phone_is_told_nothing_and_nothing_of_it_is_kept(devices: Devices) -> None:
    idle = await devices.registered(code="phone-2", officer="U2")
    assert (await devices.send(idle["key"])).status_code == 200
    assert (await devices.stored(), await devices.quarantined(idle)) == ([], {"not_on_duty": 1})


@pytest.mark.parametrize("key", ["", "x", "lqd_", NOBODYS, "\x00", "é"])
async def test_no_device_is_let_in_without_a_key_of_its_own(devices: Devices, key: str) -> None:
    answer = await devices.world.client.get("/v1/ingest/osmand", params={"lat": 1, "lon": 1, "key": key})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")


async def test_a_key_reads_nothing_and_gives_positions_by_no_other_way(devices: Devices) -> None:
    headers = {"X-API-Key": devices.phone["key"], "Idempotency-Key": "k"}
    client, bearer = devices.world.client, {"Authorization": f"Bearer {devices.phone['key']}"}
    answers = [await client.get(path, headers=how) for path in ("/v1/me", "/v1/devices") for how in (headers, bearer)]
    answers += [await client.post("/v1/positions", headers=headers, json={"positions": [{}]})]
    assert [answer.status_code for answer in answers] == [401] * 5


async def test_while_it_is_set_up_a_wrong_key_or_name_shows(devices: Devices) -> None:
    assert (await devices.send(f"lqd_{devices.phone['id']}.typo")).status_code == 401
    wrong = await devices.send(id="phone-7")
    assert (wrong.status_code, wrong.json()["type"]) == (404, "/problems/unknown-device")
    assert (await devices.quarantined(), await devices.stored()) == ({}, [])


async def test_after_that_everything_is_a_success_and_counted(devices: Devices) -> None:
    await devices.send(id="phone-1")
    answers = [await devices.send(f"lqd_{devices.phone['id']}.typo"), await devices.send(id="phone-7")]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert await devices.quarantined() == {"wrong_key": 1, "other_device": 1}
    assert len(await devices.stored()) == 1


async def test_a_new_key_ends_the_old_one_but_what_the_phone_holds_back_is_not_lost(devices: Devices) -> None:
    await devices.send()
    made = await devices.world.post("a_dispatcher", f"/v1/devices/{devices.phone['id']}/key")
    assert (await devices.send(timestamp=ago(4))).status_code == 401  # it keeps its queue until the new key is entered
    assert (await devices.send(made.json()["key"], timestamp=ago(3))).status_code == 200
    assert (await devices.send(timestamp=ago(2))).status_code == 200
    assert await devices.quarantined() == {"wrong_key": 1}


@pytest.mark.parametrize(("how", "reason"), [("key", "key_revoked"), ("off", "inactive")])
async def test_a_revoked_key_and_a_device_out_of_use_end_at_once(devices: Devices, how: str, reason: str) -> None:
    await devices.send()
    world, path = devices.world, f"/v1/devices/{devices.phone['id']}"
    if how == "key":
        await world.client.delete(f"{path}/key", headers=world.who("a_dispatcher"))
    else:
        await world.patch("a_dispatcher", path, {"is_active": False})
    assert (await devices.send(timestamp=ago(1))).status_code == 200
    assert (len(await devices.stored()), await devices.quarantined()) == (1, {reason: 1})


async def test_the_key_comes_whatever_way_an_app_can_send_one(devices: Devices) -> None:
    key, client = devices.phone["key"], devices.world.client
    fix = {"lat": 32.06, "lon": 118.6}
    answers = [
        await client.get("/v1/ingest/osmand", params=fix, headers={"Authorization": f"Bearer {key}"}),
        await client.get("/v1/ingest/osmand", params=fix, headers={"X-API-Key": key}),
        await client.get("/v1/ingest/osmand", params=fix, auth=("phone-1", key)),
        await client.get("/v1/ingest/osmand", params=fix, headers={"Authorization": "Basic !"}),
        await client.get("/v1/ingest/osmand", params=fix, headers={b"Authorization": "Basic é".encode("latin-1")}),
        await client.get("/v1/ingest/osmand", params=fix, headers={"Authorization": f"Digest {key}"}),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 401, 401, 401]


async def test_a_key_in_the_address_is_in_no_log(devices: Devices) -> None:
    with structlog.testing.capture_logs() as lines:
        await devices.send()
        await devices.send(f"lqd_{devices.phone['id']}.typo")
    assert [line["path"] for line in lines if line["event"] == "request"] == ["/v1/ingest/osmand"] * 2
    assert "lqd_" not in str(lines)


async def test_a_device_that_floods_is_dropped_without_being_told(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.patrol.ingest.access.BURST_FIXES", 2.0)
    monkeypatch.setattr("app.patrol.ingest.access.STEADY_FIXES", 0.0)
    assert [(await devices.send(timestamp=ago(9 - n))).status_code for n in range(4)] == [200] * 4
    assert (len(await devices.stored()), await devices.quarantined()) == (2, {})
    monkeypatch.setattr("app.patrol.ingest.access.STEADY_FIXES", BURST_FIXES * 1e6)
    await devices.send(timestamp=ago(1))
    assert (len(await devices.stored()), await devices.quarantined()) == (3, {"too_many": 2})


async def test_a_guessers_flood_takes_nothing_from_the_device(
    devices: Devices, monkeypatch: pytest.MonkeyPatch
) -> None:
    await devices.send()
    monkeypatch.setattr("app.patrol.ingest.access.BURST_FIXES", 2.0)
    monkeypatch.setattr("app.patrol.ingest.access.STEADY_FIXES", 0.0)
    for _ in range(4):
        assert (await devices.send(f"lqd_{devices.phone['id']}.guess")).status_code == 200
    await devices.send(timestamp=ago(1))
    assert (len(await devices.stored()), await devices.quarantined()) == (2, {"wrong_key": 2})


async def test_when_a_device_was_seen_is_kept_to_the_minute_without_a_new_version(devices: Devices) -> None:
    await devices.send()
    shown = await devices.shown()
    assert (shown["version"], shown["last_seen_at"] is not None, shown["key_used_at"] is not None) == (1, True, True)
    await devices.send(timestamp=ago(1))
    assert await devices.shown() == shown
    path, world = f"/v1/devices/{devices.phone['id']}", devices.world
    assert (await world.client.delete(path, headers=world.who("a_dispatcher"))).status_code == 409


@pytest.mark.parametrize("adapter", ["osmand", "owntracks", "traccar", "overland", "native"])
async def test_an_adapter_that_is_off_is_not_there(
    devices: Devices, api: FastAPI, settings: Settings, monkeypatch: pytest.MonkeyPatch, adapter: str
) -> None:
    monkeypatch.setitem(api.state._state, "settings", settings.model_copy(update={"ingest": frozenset()}))
    headers = {"Authorization": f"Bearer {devices.phone['key']}"}
    body = {"positions": [{"observed_at": "2026-11-25T00:00:00Z", "location": [1, 1]}]}
    answer = await devices.world.client.post(f"/v1/ingest/{adapter}", json=body, headers=headers)
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("standing", "found"),
    [
        (None, Refusal.UNKNOWN_KEY),
        (Standing(True, True, True, False, True), None),
        (Standing(True, True, False, False, True), None),
        (Standing(False, True, False, False, True), Refusal.UNKNOWN_KEY),
        (Standing(False, False, True, True, False), Quarantine.WRONG_KEY),
        (Standing(True, False, False, True, False), Quarantine.KEY_REVOKED),
        (Standing(True, True, False, False, False), Quarantine.INACTIVE),
        (Standing(True, False, False, False, True), Refusal.UNKNOWN_DEVICE),
        (Standing(True, False, True, False, True), Quarantine.OTHER_DEVICE),
    ],
)
def test_what_stands_against_an_upload_is_one_table(standing: Standing | None, found: Any) -> None:
    assert against(standing) == found
