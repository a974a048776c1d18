"""Devices are registered by who runs the duty of a centre, each with a key that is shown once."""

import base64
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx
import pytest
from sqlalchemy import text

from tests.roster.world import World

PHONE = {"code": "phone-1", "app": "owntracks", "centre": "A", "officer": "U1"}
VEHICLE = {"code": "013800000001", "app": "jt808", "centre": "A", "patrol": "PA"}


async def registered(world: World, **changes: Any) -> dict[str, Any]:
    """A device of street A."""
    answer = await world.post("a_dispatcher", "/v1/devices", PHONE | changes)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def delete(world: World, name: str, path: str, **headers: str) -> httpx.Response:
    """A DELETE by this account."""
    return await world.client.delete(path, headers=world.who(name) | headers)


async def test_a_phone_is_bound_to_an_officer_and_its_key_is_shown_once(world: World) -> None:
    made = await registered(world)
    assert (made["officer"], made["patrol"], made["centre"], made["datum"]) == ("U1", None, "A", "wgs84")
    assert made["key"].startswith(f"lqd_{made['id']}.")
    assert len(base64.urlsafe_b64decode(made["key"].rpartition(".")[2] + "=")) == 32
    shown = (await world.get("a_dispatcher", f"/v1/devices/{made['id']}")).json()
    assert {"key", "settings"}.isdisjoint(shown)
    async with world.database.read() as session:
        row = str((await session.execute(text("SELECT * FROM device"))).one())
    assert made["key"].rpartition(".")[2] not in row


async def test_a_repeat_is_answered_without_the_key(world: World) -> None:
    once = {"Idempotency-Key": "the same"}
    first = await world.post("a_dispatcher", "/v1/devices", PHONE, **once)
    again = await world.post("a_dispatcher", "/v1/devices", PHONE, **once)
    assert (first.status_code, again.status_code, first.json()["id"]) == (201, 201, again.json()["id"])
    assert (again.json()["key"], again.json()["settings"]) == ("", [])


async def test_a_vehicles_terminal_goes_by_its_number_without_leading_zeros(world: World) -> None:
    answer = await world.post("a_dispatcher", "/v1/devices", VEHICLE)
    assert (answer.json()["code"], answer.json()["patrol"]) == ("13800000001", "PA")


@pytest.mark.parametrize(
    "changes",
    [
        {"officer": None},
        {"patrol": "PA"},
        {"officer": "nobody"},
        {"officer": "V1"},
        {"officer": None, "patrol": "PB"},
        {"centre": "B"},
        {"app": "jt808"},
        {"app": "jt808", "code": "12ab", "officer": None, "patrol": "PA"},
        {"app": "jt808", "code": "1" * 21, "officer": None, "patrol": "PA"},
        {"app": "telegraph"},
        {"code": "a b"},
        {"label": "\x00"},
    ],
)
async def test_what_cannot_be_registered_is_refused(world: World, changes: dict[str, Any]) -> None:
    answer = await world.post("a_dispatcher", "/v1/devices", PHONE | changes)
    assert answer.status_code == 422, answer.text


async def test_a_code_is_given_once(world: World) -> None:
    await registered(world)
    assert (await world.post("a_dispatcher", "/v1/devices", PHONE)).status_code == 409


async def test_who_does_not_run_the_duty_registers_nothing(world: World) -> None:
    assert (await world.post("a_member", "/v1/devices", PHONE)).status_code == 403
    assert (await world.post("b_dispatcher", "/v1/devices", PHONE)).status_code == 422


async def test_another_streets_devices_do_not_exist(world: World) -> None:
    made = await registered(world)
    path = f"/v1/devices/{made['id']}"
    assert (await world.get("b_dispatcher", "/v1/devices")).json()["items"] == []
    answers = [
        await world.get("b_dispatcher", path),
        await world.patch("b_dispatcher", path, {"is_active": False}),
        await world.post("b_dispatcher", f"{path}/key"),
        await delete(world, "b_dispatcher", f"{path}/key"),
        await delete(world, "b_dispatcher", path),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert [one["code"] for one in (await world.get("district", "/v1/devices")).json()["items"]] == ["phone-1"]


async def test_devices_are_listed_by_what_is_asked_and_in_pages(world: World) -> None:
    for number in (1, 2, 3):
        await registered(world, code=f"phone-{number}", app="osmand" if number == 2 else "owntracks")
    page = (await world.get("district", "/v1/devices", limit=2)).json()
    rest = (await world.get("district", "/v1/devices", cursor=page["next"])).json()
    assert [one["code"] for one in page["items"] + rest["items"]] == ["phone-1", "phone-2", "phone-3"]
    assert [one["code"] for one in (await world.get("district", "/v1/devices", app="osmand")).json()["items"]] == [
        "phone-2"
    ]
    assert (await world.get("district", "/v1/devices", centre="B")).json()["items"] == []
    assert (await world.get("district", "/v1/devices", cursor="no")).status_code == 422


async def test_a_device_is_bound_anew_from_the_version_that_was_seen(world: World) -> None:
    made = await registered(world)
    path = f"/v1/devices/{made['id']}"
    stale = await world.patch("a_dispatcher", path, {"patrol": "PA"}, **{"If-Match": '"7"'})
    changed = await world.patch("a_dispatcher", path, {"patrol": "PA", "datum": "gcj02"}, **{"If-Match": '"1"'})
    assert (stale.status_code, changed.status_code, changed.headers["ETag"]) == (412, 200, '"2"')
    assert (changed.json()["patrol"], changed.json()["officer"], changed.json()["datum"]) == ("PA", None, "gcj02")


async def test_a_terminal_is_not_bound_to_a_person(world: World) -> None:
    made = (await world.post("a_dispatcher", "/v1/devices", VEHICLE)).json()
    answer = await world.patch("a_dispatcher", f"/v1/devices/{made['id']}", {"officer": "U1"})
    assert answer.status_code == 422


async def test_a_new_key_comes_with_settings_and_a_revoked_one_says_when(world: World) -> None:
    made = await registered(world)
    again = (await world.post("a_dispatcher", f"/v1/devices/{made['id']}/key")).json()
    assert again["key"] != made["key"]
    assert again["settings"]
    ended = await delete(world, "a_dispatcher", f"/v1/devices/{made['id']}/key")
    assert ended.json()["key_revoked_at"] is not None


async def test_a_device_that_never_sent_anything_can_be_taken_off_the_record(world: World) -> None:
    made = await registered(world)
    path = f"/v1/devices/{made['id']}"
    assert (await delete(world, "a_dispatcher", path)).status_code == 204
    assert (await world.get("a_dispatcher", path)).status_code == 404


async def test_each_app_is_told_exactly_what_to_enter(world: World) -> None:
    told: dict[tuple[str, str], tuple[str, str]] = {}
    for app in ("osmand", "owntracks", "traccar", "overland", "native"):
        made = await registered(world, code=f"of-{app}", app=app)
        told |= {(one["program"], one["where"][:4]): (one["value"], made["key"]) for one in made["settings"]}
    link, key = told["OwnTracks", "open"]
    document = json.loads(base64.b64decode(unquote(link.partition("inline=")[2])))
    assert (document["url"], document["password"]) == ("http://test/v1/ingest/owntracks", key)
    assert (document["mode"], document["deviceId"]) == (3, "of-owntracks")
    link, key = told["Overland", "open"]
    asked = parse_qs(urlsplit(link).query)
    assert asked == {"url": ["http://test/v1/ingest/overland"], "token": [key], "device_id": ["of-overland"]}
    url, key = told["GPSLogger", "Log "]
    assert f"key={key}&id=of-osmand" in url
    assert "speed_mps=%SPD" in url
    assert "&speed=" not in url
    assert told["Traccar Client 9 and later", "Serv"][0].startswith("http://test/v1/ingest/traccar?key=lqd_")
