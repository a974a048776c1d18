"""The newest position of a patrol on duty is kept, and nothing else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.geo import LonLat, wgs84_to_gcj02
from tests.roster.world import World

NOW = datetime.now(UTC)
STORED = text(
    "SELECT round(ST_X(location)::numeric, 5)::float, code, quality FROM latest_position JOIN patrol ON id = patrol_id"
)


def fix(seconds_ago: float, lon: float = 118.6, **more: Any) -> dict[str, Any]:
    return {"observed_at": (NOW - timedelta(seconds=seconds_ago)).isoformat(), "location": [lon, 32.06]} | more


async def send(world: World, *fixes: dict[str, Any], by: str = "a_member") -> tuple[int, dict[int, str]]:
    """How many were stored, and why the others were not."""
    answer = await world.post(by, "/v1/positions", {"positions": fixes})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["stored"], {one["index"]: one["reason"] for one in body["not_stored"]}


async def stored(world: World) -> list[Any]:
    """The rows, each its longitude, whether it is of PA, and its quality."""
    async with world.database.read() as session:
        return [tuple(row) for row in await session.execute(STORED)]


async def test_a_crews_newest_fix_wins_whatever_the_order(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(30, 118.61), fix(10, 118.63), fix(20, 118.62)) == (
        1,
        {0: "superseded", 2: "superseded"},
    )
    assert await send(world, fix(15, 118.7)) == (0, {0: "superseded"})
    assert await stored(world) == [(118.63, "PA", "good")]


async def test_sent_twice_nothing_changes(world: World) -> None:
    await world.on_duty()
    assert (await send(world, fix(10)), await send(world, fix(10))) == ((1, {}), (0, {0: "superseded"}))
    assert len(await stored(world)) == 1


async def test_off_duty_nothing_is_kept(world: World) -> None:
    await world.shift()
    assert await send(world, fix(1)) == (0, {0: "not_on_duty"})
    assert await send(world, fix(1), by="a_idle") == (0, {0: "not_on_duty"})
    assert await stored(world) == []


async def test_a_fix_from_before_duty_is_not_kept(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(600)) == (0, {0: "not_on_duty"})


async def test_a_patrol_is_named_at_the_callers_centre_only(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(5, patrol="PA"), fix(5, patrol="PB"), fix(5, patrol="PX"), by="a_idle") == (
        1,
        {1: "unknown_patrol", 2: "unknown_patrol"},
    )


async def test_each_bad_fix_is_named_and_the_good_one_is_kept(world: World) -> None:
    await world.on_duty()
    bad = [fix(5, 181), fix(5) | {"location": [118, 91]}, fix(-2 * 86400)]
    reasons = {0: "bad_coordinate", 1: "bad_coordinate", 2: "in_future"}
    assert await send(world, *bad, fix(5)) == (1, reasons)


async def test_a_clock_that_is_ahead_blocks_nobody(world: World) -> None:
    await world.on_duty()
    assert await send(world, fix(-3600)) == (1, {})
    assert await stored(world) == [(118.6, "PA", "clock_ahead")]
    async with world.database.read() as session:
        assert await session.scalar(text("SELECT bool_and(observed_at <= now()) FROM latest_position"))


@pytest.mark.parametrize(("lon", "accuracy_m", "quality"), [(118.601, 500, "coarse"), (119.6, 8, "jump")])
async def test_what_cannot_be_trusted_is_marked(world: World, lon: float, accuracy_m: float, quality: str) -> None:
    await world.on_duty()
    await send(world, fix(60))
    await send(world, fix(10, lon, accuracy_m=accuracy_m))
    assert await stored(world) == [(lon, "PA", quality)]


async def test_a_consumer_maps_position_is_put_back_in_place(world: World) -> None:
    await world.on_duty()
    shifted = wgs84_to_gcj02(LonLat(118.6, 32.06))
    await send(world, fix(5) | {"location": list(shifted), "datum": "gcj02"})
    assert await stored(world) == [(118.6, "PA", "good")]


async def test_signing_on_sets_the_position_and_signing_off_deletes_it(world: World) -> None:
    made = await world.shift()
    path = f"/v1/shifts/{made['id']}"
    here = {"location": {"type": "Point", "coordinates": [118.5, 32]}}
    assert (await world.post("a_leader", f"{path}/sign-on", here)).status_code == 200
    assert await stored(world) == [(118.5, "PA", "good")]
    assert (await world.post("a_leader", f"{path}/sign-off")).status_code == 200
    assert await stored(world) == []


async def test_who_reads_only_gives_no_positions(world: World) -> None:
    answer = await world.post("u_desk", "/v1/positions", {"positions": [fix(1)]})
    assert answer.status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"positions": []},
        {"positions": [fix(1)] * 5001},
        {"positions": [fix(1) | {"accuracy_m": 1e300}]},
        {"positions": [fix(1) | {"location": ["a", "b"]}]},
        {"positions": [fix(1) | {"device_id": "\x00"}]},
    ],
)
async def test_a_batch_of_the_wrong_shape_is_refused(world: World, body: Any) -> None:
    assert (await world.post("a_member", "/v1/positions", body)).status_code == 422


async def test_what_is_no_number_is_no_coordinate(world: World) -> None:
    await world.on_duty()
    content = '{"positions":[{"observed_at":"2026-11-23T00:00:00Z","location":[NaN,Infinity]}]}'
    headers = world.who("a_member") | {"Content-Type": "application/json"}
    answer = await world.client.post("/v1/positions", content=content, headers=headers)
    assert answer.status_code in (200, 422)
    assert await stored(world) == []
