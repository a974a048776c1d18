"""An SOS is answered for by a named duty role, and seen by those it concerns."""

from typing import Any

import httpx
import pytest

from tests.roster.world import World


async def raised(world: World) -> dict[str, Any]:
    """An SOS of a crew on duty."""
    await world.on_duty()
    sos: dict[str, Any] = (await world.post("a_member", "/v1/sos")).json()
    return sos


async def advance(world: World, name: str, sos: dict[str, Any], action: str, **more: Any) -> httpx.Response:
    """Acknowledge or resolve."""
    headers = {"If-Match": more.pop("version", "*")}
    return await world.post(name, f"/v1/sos/{sos['id']}/transitions", {"action": action} | more, **headers)


async def test_the_dispatcher_acknowledges_by_name_and_role_and_resolves(world: World) -> None:
    sos = await raised(world)
    taken = (await advance(world, "a_dispatcher", sos, "acknowledge")).json()
    assert (taken["state"], taken["acknowledged"]["by"], taken["acknowledged"]["role"]) == (
        "acknowledged",
        "a_dispatcher",
        "dispatcher",
    )
    assert (taken["due_at"], taken["version"], taken["allowed_actions"]) == (None, 2, ["resolve"])
    ended = (await advance(world, "district", sos, "resolve", resolution="false_alarm", note="误触")).json()
    assert (ended["state"], ended["resolved"]["resolution"], ended["resolved"]["by"]) == (
        "resolved",
        "false_alarm",
        "district",
    )
    assert ended["allowed_actions"] == []


async def test_whoever_raised_it_does_not_answer_for_it(world: World) -> None:
    sos = (await world.post("a_dispatcher", "/v1/sos")).json()
    answer = await advance(world, "a_dispatcher", sos, "acknowledge")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/not-on-the-desk")
    assert (await advance(world, "district", sos, "acknowledge")).status_code == 200


async def test_who_holds_no_duty_role_does_not_answer_for_it(world: World) -> None:
    sos = await raised(world)
    assert sos["allowed_actions"] == []
    assert (await advance(world, "a_leader", sos, "acknowledge")).status_code == 403
    assert (await advance(world, "b_dispatcher", sos, "acknowledge")).status_code == 404


async def test_a_step_out_of_order_is_refused_with_what_may_be_done(world: World) -> None:
    sos = await raised(world)
    early = await advance(world, "a_dispatcher", sos, "resolve", resolution="safe")
    assert (early.status_code, early.json()["allowed"]) == (409, ["acknowledge"])
    await advance(world, "a_dispatcher", sos, "acknowledge")
    assert (await advance(world, "district", sos, "acknowledge")).status_code == 409
    stale = await advance(world, "district", sos, "resolve", resolution="safe", version='"1"')
    assert (stale.status_code, stale.json()["version"]) == (412, 2)


@pytest.mark.parametrize("body", [{"action": "resolve"}, {"action": "acknowledge", "resolution": "safe"}])
async def test_how_it_ended_is_said_when_it_ends_and_only_then(world: World, body: dict[str, Any]) -> None:
    sos = await raised(world)
    answer = await world.post("a_dispatcher", f"/v1/sos/{sos['id']}/transitions", body)
    assert answer.status_code == 422


async def test_a_repeat_does_not_make_an_acknowledgement_stale(world: World) -> None:
    sos = await raised(world)
    await world.post("a_member", "/v1/sos")
    assert (await advance(world, "a_dispatcher", sos, "acknowledge", version='"1"')).status_code == 200


async def test_the_centre_the_district_the_crew_and_their_desk_see_it(world: World) -> None:
    sos = await raised(world)
    seen = {}
    for name in ("a_dispatcher", "district", "a_leader", "a_idle", "u_desk", "b_dispatcher"):
        items = (await world.get(name, "/v1/sos", open="true")).json()["items"]
        status = (await world.get(name, f"/v1/sos/{sos['id']}")).status_code
        seen[name] = ([item["id"] for item in items], status)
    assert seen.pop("b_dispatcher") == ([], 404)
    assert all(found == ([sos["id"]], 200) for found in seen.values())


async def test_calls_are_found_by_state_centre_and_patrol_in_pages_newest_first(world: World) -> None:
    first = await raised(world)
    second = (await world.post("a_leader", "/v1/sos")).json()

    async def found(**wanted: Any) -> list[str]:
        return [item["id"] for item in (await world.get("district", "/v1/sos", **wanted)).json()["items"]]

    await advance(world, "a_dispatcher", first, "acknowledge")
    assert await found(state="raised") == [second["id"]]
    assert await found(centre="D", patrol="PA", open="true") == [second["id"], first["id"]]
    assert await found(centre="B") == await found(open="false") == []
    page = (await world.get("district", "/v1/sos", limit=1)).json()
    assert await found(limit=1, cursor=page["next"]) == [first["id"]]
    assert (await world.get("district", "/v1/sos", cursor="x")).status_code == 422
