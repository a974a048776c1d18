"""What becomes of an upload: stored once, marked, counted, all of it or nothing."""

import json
from typing import Any

import pytest
from sqlalchemy import text

from app.core.settings import Settings
from app.patrol.device import queries
from tests.patrol.ingest.devices import Devices, ago

ALARMS = text("SELECT payload->>'alarm', payload->>'device', scope FROM outbox WHERE topic = 'terminal.alarm'")


async def post(devices: Devices, adapter: str, body: Any, key: str | None = None) -> tuple[int, Any]:
    """An upload from the phone by this adapter."""
    headers = {"Authorization": f"Bearer {key or devices.phone['key']}"}
    answer = await devices.world.client.post(f"/v1/ingest/{adapter}", json=body, headers=headers)
    return answer.status_code, answer.content and answer.json()


async def test_a_phone_that_makes_its_places_up_is_marked(devices: Devices) -> None:
    await devices.send(mock="true")
    assert await devices.stored() == [(118.6, "PA", "mock")]


async def test_a_sign_of_life_is_seen_and_stores_nothing(devices: Devices) -> None:
    assert await post(devices, "traccar", {"device_id": "phone-1", "location": {"event": "heartbeat"}}) == (200, b"")
    assert (await devices.stored(), await devices.quarantined()) == ([], {})
    assert (await devices.shown())["last_seen_at"] is not None


async def test_a_fix_without_a_time_is_of_now(devices: Devices) -> None:
    answer = await devices.world.client.get(
        "/v1/ingest/osmand", params={"lat": 32, "lon": 118.6, "key": devices.phone["key"]}
    )
    assert answer.status_code == 200
    assert await devices.stored() == [(118.6, "PA", "good")]


async def test_what_cannot_be_kept_is_counted_by_reason_beside_what_is(devices: Devices) -> None:
    given = [{"lat": lat, "lon": 118.6, "timestamp": ago(5)} for lat in (32.06, 91, "x")]
    given += [{"lat": 32, "lon": 118.6, "timestamp": at} for at in (ago(-3 * 86400), ago(400 * 86400))]
    assert await post(devices, "osmand", given) == (200, b"")
    expected = {"bad_coordinate": 1, "unreadable": 1, "in_future": 1, "expired": 1}
    assert (len(await devices.stored()), await devices.quarantined()) == (1, expected)
    await post(devices, "osmand", given)
    assert await devices.quarantined() == dict.fromkeys(expected, 2)


async def test_hours_of_fixes_may_come_at_once(devices: Devices) -> None:
    given = [{"lat": 32.06, "lon": 118.6, "timestamp": ago(60) * 1000 + n} for n in range(6000)]
    assert await post(devices, "osmand", given) == (200, b"")
    assert len(await devices.stored()) == 6000


async def test_an_alarm_is_a_fact_for_the_centre(devices: Devices) -> None:
    await devices.send(alarm="sos")
    async with devices.world.database.read() as session:
        facts = [tuple(row) for row in await session.execute(ALARMS)]
    assert facts == [("sos", "phone-1", [devices.world.places["A"]])]


async def test_an_error_means_that_nothing_was_stored(devices: Devices, monkeypatch: pytest.MonkeyPatch) -> None:
    async def busy(*_: Any, **__: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patched:
        patched.setattr(queries.SEEN, "row", busy)
        assert (await devices.send(alarm="sos")).status_code == 503
    assert (await devices.stored(), (await devices.shown())["last_seen_at"]) == ([], None)
    assert (await devices.send()).status_code == 200


async def test_our_own_format_is_answered_fix_by_fix_in_the_datum_it_names(devices: Devices) -> None:
    fix = {"observed_at": "2026-01-01T00:00:00Z", "location": [118.6, 32.06]}
    vehicle = await devices.registered(code="car-1", patrol="PA", datum="gcj02", app="native")
    status, told = await post(devices, "native", {"positions": [fix | {"patrol": "PB"}]}, vehicle["key"])
    assert (status, told["stored"], [one["reason"] for one in told["not_stored"]]) == (200, 0, ["expired"])
    fix |= {"observed_at": f"{ago(5)}", "datum": "wgs84"}
    assert (await post(devices, "native", {"positions": [fix]}, vehicle["key"]))[1]["stored"] == 1
    assert await devices.stored() == [(118.6, "PA", "good")]


async def test_nothing_about_networks_or_people_reaches_the_database(devices: Devices) -> None:
    message = {
        "_type": "location",
        "lat": 32.06,
        "lon": 118.6,
        "tst": ago(5),
        "SSID": "my-home",
        "inregions": ["school"],
    }
    assert await post(devices, "owntracks", message) == (200, [])
    async with devices.world.database.read() as session:
        rows = str((await session.execute(text("SELECT p::text, d::text FROM position p, device d"))).all())
    assert "phone-1" in rows
    assert not [word for word in ("my-home", "school") if word in rows]


@pytest.mark.parametrize(("given", "named"), [("", set()), ("osmand, owntracks", {"osmand", "owntracks"})])
def test_adapters_are_switched_on_by_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, given: str, named: set[str]
) -> None:
    monkeypatch.setenv("LIANQIN_INGEST", given)
    read = Settings(database_url=settings.database_url, secret=settings.secret)
    assert read.ingest == named


def test_an_adapter_that_there_is_not_stops_the_start(settings: Settings) -> None:
    with pytest.raises(ValueError, match="ingest"):
        Settings.model_validate(json.loads('{"ingest": "carrier-pigeon"}') | {"database_url": settings.database_url})
