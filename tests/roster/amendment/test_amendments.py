"""A published roster changes by amendments: with a reason, against its rules only when overridden, and recorded."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.roster.plan import DISPATCHER, ROSTERS, drafted, published, shifts, templated
from tests.roster.world import World

LEADER = "a_shift_leader"


async def only_shift(world: World, **changes: Any) -> dict[str, Any]:
    """The shift of a published roster for tomorrow."""
    return (await shifts(world, await published(world, **changes)))[0]


async def recorded(world: World, shift: dict[str, Any]) -> list[dict[str, Any]]:
    answer = await world.get(DISPATCHER, f"{ROSTERS}/{shift['roster_id']}/amendments")
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def removed(world: World, path: str, name: str = DISPATCHER, **why: str) -> httpx.Response:
    return await world.client.delete(path, params=why, headers=world.who(name))


async def test_a_change_needs_a_reason(world: World) -> None:
    shift = await only_shift(world)
    path = f"/v1/shifts/{shift['id']}"
    answers = [
        await world.patch(DISPATCHER, path, {"beat": None}),
        await world.post(DISPATCHER, f"{path}/seats", {"officer": "U2"}),
        await removed(world, f"{path}/seats/M1"),
        await removed(world, path),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(422, "/problems/reason-missing")}
    assert await recorded(world, shift) == []


async def test_what_was_and_is_who_and_why_is_recorded(world: World) -> None:
    shift = await only_shift(world)
    answer = await world.patch(DISPATCHER, f"/v1/shifts/{shift['id']}", {"beat": None, "reason": "封路"})
    assert (answer.status_code, answer.json()["beat"]) == (200, None)
    ((made),) = await recorded(world, shift)
    crew = [{"officer": "U1", "is_leader": True}, {"officer": "M1", "is_leader": False}]
    assert (made["before"]["beat"], made["after"]["beat"], made["before"]["crew"]) == ("A1", None, crew)
    assert (made["kind"], made["reason"], made["by"], made["role"]) == ("changed", "封路", DISPATCHER, "dispatcher")
    assert (made["override"], made["overridden"], made["shift_id"]) == (None, [], shift["id"])


async def test_a_change_against_a_hard_rule_is_refused_with_what_it_would_break(world: World) -> None:
    shift = await only_shift(world)
    answer = await removed(world, f"/v1/shifts/{shift['id']}/seats/U1", reason="ill")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/rules-unmet")
    assert [item["rule"] for item in answer.json()["unmet"]] == ["mix_unmet", "open_seat", "leader_missing"]
    assert (await recorded(world, shift), (await shifts(world, {"id": shift["roster_id"]}))[0]["mix"]) == (
        [],
        shift["mix"],
    )


async def test_a_shift_leader_overrides_a_hard_rule_and_that_is_recorded(world: World) -> None:
    shift = await only_shift(world)
    path, why = f"/v1/shifts/{shift['id']}/seats/M1", {"reason": "ill", "override": "nobody left"}
    refused = await removed(world, path, **why)
    done = await removed(world, path, LEADER, **why)
    assert (refused.status_code, done.status_code) == (403, 200)
    (made,) = await recorded(world, shift)
    assert (made["override"], [item["rule"] for item in made["overridden"]]) == (
        "nobody left",
        ["mix_unmet", "open_seat"],
    )


async def test_an_override_that_was_not_needed_is_not_recorded_as_one(world: World) -> None:
    shift = await only_shift(world)
    body = {"officer": "U2", "reason": "more hands", "override": "to be safe"}
    assert (await world.post(DISPATCHER, f"/v1/shifts/{shift['id']}/seats", body)).status_code == 201
    assert [(made["kind"], made["override"]) for made in await recorded(world, shift)] == [("seated", None)]


async def test_a_crew_is_exchanged_in_one_step(world: World) -> None:
    shift = await only_shift(world)
    crew = [{"officer": "U2", "is_leader": True}, {"officer": "M1"}]
    answer = await world.patch(DISPATCHER, f"/v1/shifts/{shift['id']}", {"crew": crew, "reason": "training"})
    assert (answer.status_code, answer.json()["mix"]) == (200, {"U": 1, "M": 1})
    (made,) = await recorded(world, shift)
    assert [seat["officer"] for seat in made["after"]["crew"]] == ["U2", "M1"]


async def test_a_new_time_moves_the_crew_along_and_is_held_against_their_rest(world: World) -> None:
    roster = await published(world, (1, 2))
    first, second = await shifts(world, roster)
    night = {"starts_at": first["ends_at"], "ends_at": second["starts_at"], "reason": "festival"}
    answer = await world.patch(DISPATCHER, f"/v1/shifts/{first['id']}", night)
    assert {(item["rule"], item["officer"]) for item in answer.json()["unmet"]} == {
        ("rest_short", "U1"),
        ("rest_short", "M1"),
    }


async def test_a_cancelled_shift_is_gone_and_its_crew_is_recorded(world: World) -> None:
    shift = await only_shift(world)
    assert (await removed(world, f"/v1/shifts/{shift['id']}", reason="storm")).status_code == 204
    assert (await world.get(DISPATCHER, f"/v1/shifts/{shift['id']}")).status_code == 404
    (made,) = await recorded(world, shift)
    assert (made["kind"], made["after"], len(made["before"]["crew"])) == ("cancelled", None, 2)


async def test_each_amendment_is_a_fact_for_the_centre_and_the_departments(world: World) -> None:
    shift = await only_shift(world)
    places, told = {world.places[code] for code in "AUM"}, await world.told(*"AUM")
    await world.patch(DISPATCHER, f"/v1/shifts/{shift['id']}", {"beat": None, "reason": "封路"})
    await removed(world, f"/v1/shifts/{shift['id']}", reason="storm")
    async with world.database.read() as session:
        order = "SELECT topic, scope FROM outbox WHERE topic ~ '^(shift|roster)[.]' ORDER BY id OFFSET 1"
        facts = [(topic, set(scope)) for topic, scope in await session.execute(text(order))]
    amended = ("roster.amended", places)
    assert facts == [("shift.changed", told), amended, ("shift.cancelled", told), amended]


async def test_a_shift_that_has_begun_is_not_amended(world: World) -> None:
    shift = await only_shift(world)
    async with world.database.write() as session:
        await session.execute(text("UPDATE shift SET starts_at = now() - interval '1 min'"))
    answer = await world.patch(DISPATCHER, f"/v1/shifts/{shift['id']}", {"beat": None, "reason": "late"})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/shift-begun")


async def test_a_draft_changes_freely_and_nothing_is_recorded(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    shift = (await shifts(world, roster))[0]
    assert (await world.patch(DISPATCHER, f"/v1/shifts/{shift['id']}", {"beat": None})).status_code == 200
    assert (await removed(world, f"/v1/shifts/{shift['id']}")).status_code == 204
    assert (await recorded(world, shift), await shifts(world, roster)) == ([], [])


async def test_a_shift_without_a_roster_is_cancelled_without_a_reason(world: World) -> None:
    made = await world.shift(start=2)
    assert (await removed(world, f"/v1/shifts/{made['id']}", "a_member")).status_code == 403
    assert (await removed(world, f"/v1/shifts/{made['id']}")).status_code == 204


@pytest.mark.parametrize(
    ("name", "status"), [("a_member", 200), ("district", 200), ("u_desk", 404), ("b_dispatcher", 404)]
)
async def test_amendments_are_read_at_the_centre_and_above(world: World, name: str, status: int) -> None:
    roster = await published(world)
    assert (await world.get(name, f"{ROSTERS}/{roster['id']}/amendments")).status_code == status
