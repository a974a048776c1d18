"""Who sets, pauses and ends a welfare check, and who sees it."""

from typing import Any

import httpx
import pytest

from tests.roster.world import World


async def make(world: World, name: str = "a_dispatcher", **body: Any) -> httpx.Response:
    """Try to set a check for PA."""
    return await world.post(name, "/v1/welfare-checks", {"patrol": "PA"} | body)


async def advance(
    world: World, name: str, made: dict[str, Any], action: str, reason: str | None = "r"
) -> httpx.Response:
    """Pause, resume or cancel."""
    body = {"action": action} | ({"reason": reason} if reason else {})
    return await world.post(name, f"/v1/welfare-checks/{made['id']}/transitions", body)


async def test_the_crew_or_who_runs_the_duty_sets_it_for_a_patrol_on_duty(world: World) -> None:
    assert (await make(world)).json()["detail"] == "There is no patrol PA on duty."
    await world.on_duty()
    answers = [(await make(world, name)).status_code for name in ("b_dispatcher", "a_idle", "u_desk")]
    assert answers == [422, 403, 403]
    assert (await make(world, "a_member", every_s=900)).json()["every_s"] == 900


async def test_a_patrol_has_one_and_each_of_its_officers_too(world: World) -> None:
    await world.on_duty()
    answers = [(await make(world, officer=officer)).status_code for officer in (None, "M1", None, "M1", "U1", "V1")]
    assert answers == [201, 201, 409, 409, 201, 422]


async def test_it_is_asked_first_when_the_dispatcher_says(world: World) -> None:
    await world.on_duty()
    made = (await make(world, first_s=900, every_s=3600)).json()
    assert made["due_at"] < (await make(world, officer="M1", every_s=3600)).json()["due_at"]


async def test_it_stands_still_while_paused_and_starts_anew(world: World) -> None:
    await world.on_duty()
    made = (await make(world)).json()
    paused = (await advance(world, "a_dispatcher", made, "pause")).json()
    assert (paused["state"], paused["due_at"], "resume" in paused["allowed_actions"]) == ("paused", None, True)
    resumed = (await advance(world, "a_dispatcher", made, "resume", None)).json()
    assert (resumed["state"], resumed["due_at"] is not None) == ("waiting", True)
    ended = (await advance(world, "a_dispatcher", made, "cancel")).json()
    assert (ended["state"], ended["allowed_actions"]) == ("ended", [])
    assert (await make(world)).status_code == 201


async def test_a_move_out_of_order_or_by_somebody_else_is_refused(world: World) -> None:
    await world.on_duty()
    made = (await make(world)).json()
    assert (await advance(world, "a_dispatcher", made, "resume")).json()["type"] == "/problems/welfare-move-illegal"
    assert (await advance(world, "a_member", made, "pause")).status_code == 403
    assert (await advance(world, "b_dispatcher", made, "pause")).status_code == 404
    assert (await advance(world, "a_dispatcher", made, "pause", None)).status_code == 422
    answer = await world.post("a_dispatcher", f"/v1/welfare-checks/{made['id']}/answer", {"answer": "ok"})
    assert answer.status_code == 403


async def test_checks_are_found_by_state_centre_and_patrol_in_pages(world: World) -> None:
    await world.on_duty()
    first, second = (await make(world)).json(), (await make(world, officer="M1")).json()

    async def found(name: str = "district", **wanted: Any) -> list[str]:
        return [one["id"] for one in (await world.get(name, "/v1/welfare-checks", **wanted)).json()["items"]]

    assert await found(centre="D", patrol="PA", state="waiting") == [second["id"], first["id"]]
    assert await found(centre="B") == await found("b_dispatcher") == await found(live="false") == []
    page = (await world.get("district", "/v1/welfare-checks", limit=1)).json()
    assert await found(limit=1, cursor=page["next"]) == [first["id"]]


@pytest.mark.parametrize("body", [{"every_s": 1}, {"grace_s": 10**9}, {"patrol": "\x00"}, {"note": "\x00"}])
async def test_a_check_of_the_wrong_shape_is_refused(world: World, body: dict[str, Any]) -> None:
    assert (await make(world, **body)).status_code == 422
