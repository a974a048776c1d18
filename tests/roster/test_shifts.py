"""Shifts are planned with joint crews; the database refuses what cannot be."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.roster.world import World, at, shift


async def test_a_shift_shows_its_crew_and_mix_by_department(world: World) -> None:
    made = await world.shift()
    assert made["mix"] == {"U": 1, "M": 1}
    assert [(g["department"]["code"], [m["number"] for m in g["members"]]) for g in made["crew"]] == [
        ("U", ["U1"]),
        ("M", ["M1"]),
    ]
    assert (made["beat"]["code"], made["patrol"]["code"], made["on_duty"]) == ("A1", "PA", False)


async def test_an_officer_sits_on_one_shift_at_a_time(world: World) -> None:
    await world.shift(patrol="PA")
    answer = await world.post("a_dispatcher", "/v1/shifts", shift(start=7))
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        "An officer would sit on two shifts at the same time.",
    )


async def test_a_shift_may_follow_another_without_a_gap(world: World) -> None:
    until = at(8)
    await world.shift(ends_at=until)
    assert (await world.shift(starts_at=until, end=12))["starts_at"][:19] == until[:19]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"crew": [{"officer": "U1"}, {"officer": "M1"}]}, "a crew has exactly one leader"),
        ({"crew": [{"officer": "U1", "is_leader": True}, {"officer": "U1"}]}, "an officer is named twice"),
        ({"end": -1}, "a shift ends after it starts"),
        ({"end": 25}, "lasts at most 24 hours"),
        ({"crew": [{"officer": "V1", "is_leader": True}]}, "no active officer V1"),
        ({"crew": [{"officer": "X9", "is_leader": True}]}, "no active officer X9"),
        ({"beat": "B9"}, "no beat B9"),
        ({"patrol": "PB"}, "no patrol PB"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "outside the years"),
        ({"starts_at": "2026-11-23T00:00:00"}, "timezone"),
    ],
)
async def test_a_shift_that_cannot_be_is_refused_by_name(world: World, changes: dict[str, Any], said: str) -> None:
    answer = await world.post("a_dispatcher", "/v1/shifts", shift(**changes))
    assert (answer.status_code, said in answer.json()["detail"]) == (422, True), answer.text


async def test_an_officer_who_left_is_not_rostered(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("UPDATE officer SET is_active = false WHERE number = 'M1'"))
    answer = await world.post("a_dispatcher", "/v1/shifts", shift())
    assert answer.status_code == 422


async def test_many_shifts_are_planned_together_or_not_at_all(world: World) -> None:
    good = {"shifts": [shift(end=2), shift(start=2, end=4)]}
    bad = {"shifts": [shift(start=5, end=6), shift(start=6, end=7, beat="B9")]}
    made = await world.post("a_dispatcher", "/v1/shifts", good)
    refused = await world.post("a_dispatcher", "/v1/shifts", bad)
    assert (made.status_code, len(made.json()["items"]), refused.status_code) == (201, 2, 422)
    assert refused.json()["shift"] == 1
    assert len((await world.get("a_dispatcher", "/v1/shifts")).json()["items"]) == 2


async def test_a_key_sent_twice_is_answered_the_same(world: World) -> None:
    body, key = shift(), {"Idempotency-Key": "once"}
    first = await world.post("a_dispatcher", "/v1/shifts", body, **key)
    again = await world.post("a_dispatcher", "/v1/shifts", body, **key)
    assert (again.status_code, again.content) == (201, first.content)


async def test_a_planned_shift_may_change(world: World) -> None:
    made = await world.shift(start=2)
    crew = [{"officer": "U2", "is_leader": True}]
    answer = await world.patch("a_dispatcher", f"/v1/shifts/{made['id']}", {"crew": crew, "beat": None})
    assert (answer.status_code, answer.json()["mix"], answer.json()["beat"]) == (200, {"U": 1}, None)
    assert answer.json()["version"] == 2
    assert (await world.shift(start=2))["mix"] == {"U": 1, "M": 1}, "the officers taken off are free again"


async def test_a_shift_that_has_begun_is_not_changed(world: World) -> None:
    made = await world.shift()
    answer = await world.patch("a_dispatcher", f"/v1/shifts/{made['id']}", {"beat": None})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/shift-begun")


async def test_streets_see_their_own_shifts_and_a_desk_those_with_its_people(world: World) -> None:
    made = await world.shift()
    seen = {
        name: [s["id"] for s in (await world.get(name, "/v1/shifts")).json()["items"]]
        for name in ("district", "a_member", "u_desk", "b_dispatcher")
    }
    one = [made["id"]]
    assert seen == {"district": one, "a_member": one, "u_desk": one, "b_dispatcher": []}
    assert (await world.get("b_dispatcher", f"/v1/shifts/{made['id']}")).status_code == 404


async def test_shifts_are_found_by_patrol_centre_day_and_duty(world: World) -> None:
    made = await world.on_duty(start=-0.5, end=0.5)
    later = await world.shift(start=40, end=41)

    async def found(**wanted: Any) -> list[str]:
        answer = await world.get("district", "/v1/shifts", **wanted)
        return [s["id"] for s in answer.json()["items"]]

    assert await found(on_duty="true") == [made["id"]]
    assert await found(on=at(40)[:10]) == [later["id"]]
    assert await found(centre="D", patrol="PA") == [made["id"], later["id"]]
    assert await found(centre="B") == []


async def test_pages_of_shifts_follow_each_other(world: World) -> None:
    first, second = await world.shift(end=2), await world.shift(start=3)
    page = (await world.get("district", "/v1/shifts", limit=1)).json()
    rest = (await world.get("district", "/v1/shifts", limit=1, cursor=page["next"])).json()
    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next"]] == [first["id"], second["id"], None]
    assert (await world.get("district", "/v1/shifts", cursor="WyJzaGlmdHMiLCIyMDI2Il0")).status_code == 422
