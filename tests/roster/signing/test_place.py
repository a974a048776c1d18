"""A crew signs on inside its beat; its leader, or who runs the duty, decides everywhere else."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.roster.world import HERE, World

OUTSIDE = {"location": [119.01, 32.5], "accuracy_m": 8}
"""About 940 m east of the beat."""
JUST_OUTSIDE = {"location": [119.002, 32.5], "accuracy_m": 8}


async def sign_on(world: World, name: str, body: Any = None, **shift: Any) -> httpx.Response:
    """Try to sign on to a new shift."""
    made = await world.shift(**shift)
    return await world.post(name, f"/v1/shifts/{made['id']}/sign-on", body)


async def test_a_member_signs_the_crew_on_inside_the_beat(world: World) -> None:
    answer = await sign_on(world, "a_member", HERE)
    shown = answer.json()
    assert (answer.status_code, shown["on_duty"], shown["presence"]) == (200, True, "present")
    assert (shown["signed_on_distance_m"], shown["signed_on_by"]) == (0, str(world.accounts["a_member"]))


async def test_outside_a_member_is_refused_with_the_distance(world: World) -> None:
    answer = await sign_on(world, "a_member", OUTSIDE | {"reason": "road closed"})
    problem = answer.json()
    assert (answer.status_code, problem["type"], problem["reason"]) == (
        409,
        "/problems/sign-on-refused",
        "outside_beat",
    )
    assert (900 < problem["distance_m"] < 960, problem["tolerance_m"]) == (True, 200)


@pytest.mark.parametrize("name", ["a_leader", "a_dispatcher"])
async def test_outside_the_leader_or_who_runs_the_duty_gives_a_reason(world: World, name: str) -> None:
    made = await world.shift()
    path = f"/v1/shifts/{made['id']}/sign-on"
    silent = await world.post(name, path, OUTSIDE)
    assert (silent.status_code, silent.json()["reason"]) == (409, "outside_beat")
    shown = (await world.post(name, path, OUTSIDE | {"reason": "briefing at the centre"})).json()
    assert (900 < shown["signed_on_distance_m"] < 960, shown["signed_on_reason"]) == (True, "briefing at the centre")


@pytest.mark.parametrize(("accuracy_m", "status"), [(8, 200), (0, 200)])
async def test_a_little_outside_is_within_the_tolerance(world: World, accuracy_m: float, status: int) -> None:
    answer = await sign_on(world, "a_member", JUST_OUTSIDE | {"accuracy_m": accuracy_m})
    assert answer.status_code == status


async def test_the_tolerance_is_the_centres(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"sign_on_tolerance_m": 50}'"""))
    refused = await sign_on(world, "a_member", JUST_OUTSIDE)
    assert (refused.json()["reason"], refused.json()["tolerance_m"]) == ("outside_beat", 50)


async def test_how_exact_the_fix_is_counts_for_the_crew(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"sign_on_tolerance_m": 100}'"""))
    assert (await sign_on(world, "a_member", JUST_OUTSIDE | {"accuracy_m": 99})).status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        None,
        HERE | {"accuracy_m": 500},
        HERE | {"observed_at": (datetime.now(UTC) - timedelta(hours=1)).isoformat()},
    ],
)
async def test_without_a_fix_that_says_anything_the_leader_decides(world: World, body: Any) -> None:
    made = await world.shift()
    path = f"/v1/shifts/{made['id']}/sign-on"
    refused = await world.post("a_member", path, body)
    assert (refused.status_code, refused.json()["reason"], refused.json()["distance_m"]) == (409, "no_fix", None)
    assert (await world.post("a_leader", path, body)).status_code == 200


async def test_without_a_beat_the_leader_decides(world: World) -> None:
    made = await world.shift(beat=None)
    path = f"/v1/shifts/{made['id']}/sign-on"
    assert (await world.post("a_member", path, HERE)).json()["reason"] == "no_beat"
    assert (await world.post("a_leader", path, HERE)).status_code == 200


async def test_a_leader_who_holds_no_right_over_the_duty_decides_for_the_own_crew(world: World) -> None:
    crew = [{"officer": "M1", "is_leader": True}, {"officer": "U1"}]
    assert (await sign_on(world, "a_member", None, crew=crew)).status_code == 200


async def test_a_consumer_maps_position_is_put_back_in_place_first(world: World) -> None:
    shifted = {"location": [119.0085, 32.5], "accuracy_m": 0, "datum": "gcj02"}
    refused = await sign_on(world, "a_member", shifted)
    assert refused.status_code == 409
    assert refused.json()["distance_m"] < 700
