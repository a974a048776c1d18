"""Every fix of a patrol on duty is kept once, the newest is where it is, and nothing else is stored."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.geo import LonLat, wgs84_to_gcj02
from tests.patrol.fixes import fix, history, latest, send
from tests.roster.world import World


async def test_every_fix_is_kept_and_the_newest_wins_whatever_the_order(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(30, 118.61), fix(10, 118.63), fix(20, 118.62)) == (3, 0, {})
    assert await send(world, fix(15, 118.7)) == (1, 0, {})
    assert await latest(world) == [(118.63, "PA", "good")]
    assert [lon for lon, _ in await history(world)] == [118.61, 118.62, 118.7, 118.63]


@pytest.mark.parametrize("count", [1, 300])
async def test_sent_twice_nothing_changes(world: World, count: int) -> None:
    await world.on_duty()
    fixes = [fix((count - n) / 2) for n in range(count)]
    assert (await send(world, *fixes), await send(world, *fixes)) == ((count, 0, {}), (0, count, {}))
    assert (len(await latest(world)), len(await history(world))) == (1, count)


async def test_two_devices_of_a_crew_are_two_histories(world: World) -> None:
    await world.on_duty()
    once = fix(5, device_id="a")
    both = [once, once | {"device_id": "b", "location": [118.7, 32]}, once | {"device_id": "b"}]
    assert await send(world, *both) == (2, 1, {})
    assert await history(world) == [(118.6, "good"), (118.7, "good")]


async def test_off_duty_nothing_is_kept(world: World) -> None:
    await world.shift()
    assert await send(world, fix(1)) == (0, 0, {0: "not_on_duty"})
    assert await send(world, fix(1), by="a_idle") == (0, 0, {0: "not_on_duty"})
    assert (await latest(world), await history(world)) == ([], [])


async def test_a_patrol_is_named_at_the_callers_centre_only(world: World) -> None:
    await world.on_duty()
    named = [fix(5, patrol="PA"), fix(5, patrol="PB"), fix(5, patrol="PX")]
    assert await send(world, *named, by="a_idle") == (1, 0, {1: "unknown_patrol", 2: "unknown_patrol"})


async def test_each_bad_fix_is_named_and_the_good_ones_are_kept(world: World) -> None:
    await world.on_duty()
    bad = [fix(5, 181), fix(5) | {"location": [118, 91]}, fix(-2 * 86400), fix(31 * 86400), fix(5, patrol="PX")]
    reasons = dict(enumerate(["bad_coordinate", "bad_coordinate", "in_future", "expired", "unknown_patrol"]))
    assert await send(world, *bad, fix(5)) == (1, 0, reasons)


@pytest.mark.parametrize(
    ("wrong", "detail"),
    [
        (fix(1) | {"accuracy_m": 1e300}, "accuracy_m: Input should be less than or equal to 1000000"),
        (fix(1) | {"location": ["a", "b"]}, "location/0: Input should be a valid number"),
        (fix(1) | {"observed_at": "2026-11-23T02:00:00"}, "observed_at: Input should have timezone info"),
        (fix(1) | {"observed_at": "0001-01-01T00:00:00+14:00"}, "observed_at: Value error, is outside the years"),
        (fix(1) | {"device_id": "\x00"}, "device_id: String should match pattern"),
        (fix(1) | {"patrol": ["PA"]}, "patrol: Input should be a valid string"),
        (fix(1) | {"where": 1}, "where: Extra inputs are not permitted"),
        ("fix", "Input should be a valid dictionary"),
    ],
)
async def test_a_malformed_fix_is_named_and_keeps_nothing_back(world: World, wrong: Any, detail: str) -> None:
    await world.on_duty()
    answer = await world.post("a_member", "/v1/positions", {"positions": [fix(5), wrong]})
    [named] = answer.json()["not_stored"]
    assert (answer.json()["stored"], named["index"], named["reason"]) == (1, 1, "malformed")
    assert named["detail"].startswith(detail)


async def test_a_clock_a_little_ahead_is_kept_as_it_says_and_blocks_nobody(world: World) -> None:
    await world.on_duty()
    ahead = fix(-240)
    assert (await send(world, ahead), await send(world, ahead)) == ((1, 0, {}), (0, 1, {}))
    assert await latest(world) == [(118.6, "PA", "clock_ahead")]
    async with world.database.read() as session:
        assert await session.scalar(text("SELECT bool_and(observed_at <= now()) FROM latest_position"))


async def test_a_clock_that_is_far_ahead_counts_as_now_once_a_request(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(-3600), fix(-3500)) == (1, 1, {})
    async with world.database.read() as session:
        assert await session.scalar(text("SELECT bool_and(observed_at <= now()) FROM position"))


@pytest.mark.parametrize(
    ("place", "more", "quality"),
    [
        ([118.601, 32.06], {"accuracy_m": 500}, "coarse"),
        ([118.601, 32.06], {"speed_mps": 71}, "too_fast"),
        ([0.001, 0], {}, "zero_island"),
        ([119.6, 32.06], {"accuracy_m": 8}, "good"),
    ],
)
async def test_what_cannot_be_trusted_is_kept_and_marked(
    world: World, place: list[float], more: dict[str, Any], quality: str
) -> None:
    await world.on_duty()
    assert await send(world, fix(60), fix(10, location=place, **more)) == (2, 0, {})
    assert (await history(world))[1] == (place[0], quality)


async def test_nowhere_does_not_move_a_patrol_and_a_jump_is_marked(world: World) -> None:
    await world.on_duty()
    for one in (fix(60), fix(20, location=[0, 0])):
        await send(world, one)
    assert await latest(world) == [(118.6, "PA", "good")]
    await send(world, fix(10, 119.6))
    assert await latest(world) == [(119.6, "PA", "jump")]


async def test_a_consumer_maps_position_is_put_back_in_place(world: World) -> None:
    await world.on_duty()
    shifted = wgs84_to_gcj02(LonLat(118.6, 32.06))
    await send(world, fix(5) | {"location": list(shifted), "datum": "gcj02"})
    assert (await latest(world), await history(world)) == ([(118.6, "PA", "good")], [(118.6, "good")])


async def test_signing_on_sets_the_position_and_signing_off_deletes_the_latest_only(world: World) -> None:
    made = await world.shift()
    path = f"/v1/shifts/{made['id']}"
    here = {"location": {"type": "Point", "coordinates": [118.5, 32]}}
    assert (await world.post("a_leader", f"{path}/sign-on", here)).status_code == 200
    assert await latest(world) == [(118.5, "PA", "good")]
    assert (await world.post("a_leader", f"{path}/sign-off")).status_code == 200
    assert (await latest(world), await history(world)) == ([], [(118.5, "good")])


async def test_who_reads_only_gives_no_positions(world: World) -> None:
    answer = await world.post("u_desk", "/v1/positions", {"positions": [fix(1)]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [{"positions": []}, {"positions": [fix(1)] * 5001}, {"positions": {}}, {}, [], {"positions": [fix(1)], "more": 1}],
)
async def test_a_body_that_is_no_batch_is_refused(world: World, body: Any) -> None:
    answer = await world.post("a_member", "/v1/positions", body)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


@pytest.mark.parametrize(
    ("content", "status"),
    [('{"positions":[{"location":[NaN,1]}]}', 422), ("{", 422), ("", 422), (" " * (4 * 1024 * 1024 + 1), 413)],
)
async def test_what_is_not_json_or_too_long_is_refused(world: World, content: str, status: int) -> None:
    headers = world.who("a_member") | {"Content-Type": "application/json"}
    answer = await world.client.post("/v1/positions", content=content, headers=headers)
    assert answer.status_code == status


async def test_the_document_describes_the_batch(world: World) -> None:
    document = (await world.client.get("/openapi.json")).json()
    body = document["paths"]["/v1/positions"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert body["$ref"] == "#/components/schemas/PositionsIn"
    assert "observed_at" in document["components"]["schemas"]["Fix"]["properties"]
