"""A roster is drafted from templates, generated again, and is its planners' alone until it is published."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.roster.plan import (
    DISPATCHER,
    ROSTERS,
    TEMPLATES,
    crew,
    day,
    drafted,
    on,
    published,
    seated,
    shifts,
    templated,
)
from tests.roster.world import World


async def test_a_roster_has_the_shifts_its_templates_give(world: World) -> None:
    made = await templated(world)
    roster = await drafted(world, (1, 3))
    found = await shifts(world, roster)
    assert [str(on(shift)) for shift in found] == [day(1), day(2), day(3)]
    assert [(s["patrol"]["code"], s["beat"]["code"], s["crew"], s["is_draft"]) for s in found] == [
        ("PA", "A1", [], True)
    ] * 3
    assert {(shift["roster_id"], shift["template_id"]) for shift in found} == {(roster["id"], made["id"])}
    assert found[0]["wanted"] == {"mix": {"U": 1, "M": 1}, "skills": [], "needs_leader": True, "is_standby": False}
    assert (roster["shifts"], roster["seats"], roster["open_seats"], roster["status"]) == (3, 6, 6, "draft")


async def test_a_roster_keeps_the_rules_its_centre_had_when_it_was_made(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"duty": {"rest_hours": 9}}'"""))
    settings = (await drafted(world))["settings"]
    assert (settings["rest_hours"], settings["weekly_hours"]) == (9, 48)


@pytest.mark.parametrize(
    "wrong",
    [
        {"centre": "B"},
        {"ends_on": day(0)},
        {"ends_on": day(90)},
        {"templates": ["none"]},
        {"templates": []},
        {"starts_on": "9999-01-01", "ends_on": "9999-01-02"},
    ],
)
async def test_a_roster_that_cannot_be_is_refused(world: World, wrong: dict[str, Any]) -> None:
    body = {"centre": "A", "title": "一周", "starts_on": day(1), "ends_on": day(1)}
    assert (await world.post(DISPATCHER, ROSTERS, body | wrong)).status_code == 422


async def test_a_crew_without_a_patrol_gets_one_that_is_free(world: World) -> None:
    spare = {"code": "P0", "name": "队", "name_en": "Spare", "centre": "A", "vehicle": "foot"}
    await world.post(DISPATCHER, "/v1/patrols", spare)
    await templated(world, crews=[crew(patrol=None), crew(patrol="P0")])
    found = await shifts(world, await drafted(world))
    assert sorted((shift["patrol"]["code"]) for shift in found) == ["P0", "PA"]


async def test_no_roster_is_drafted_when_no_patrol_is_free(world: World) -> None:
    await templated(world, crews=[crew(patrol=None), crew(patrol=None)])
    body = {"centre": "A", "title": "一周", "starts_on": day(1), "ends_on": day(1)}
    answer = await world.post(DISPATCHER, ROSTERS, body)
    assert (answer.status_code, answer.json()["detail"]) == (422, "No patrol of the centre is free.")
    assert (await world.get(DISPATCHER, ROSTERS)).json()["items"] == []


async def test_a_crew_takes_its_beats_in_turn(world: World) -> None:
    async with world.database.write() as session:
        insert = (
            "INSERT INTO beat (id, organisation_id, code, name, name_en) VALUES (gen_random_uuid(), :a, 'A2', '', '')"
        )
        await session.execute(text(insert), {"a": world.places["A"]})
    await templated(world, crews=[crew(beats=["A1", "A2"])], valid_from=day(1), every_days=2)
    found = await shifts(world, await drafted(world, (1, 7)))
    assert [shift["beat"]["code"] for shift in found] == ["A1", "A2", "A1", "A2"]


async def test_generating_again_changes_nothing_while_the_templates_are_the_same(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 2))
    before = await shifts(world, roster)
    again = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/generate")
    assert again.json()["generated"] == {"made": 0, "changed": 0, "kept": 2, "removed": 0, "unseated": []}
    assert await shifts(world, roster) == before


async def test_generating_after_a_template_changed_keeps_the_seats_that_still_fit(world: World) -> None:
    made = await templated(world)
    roster = await drafted(world)
    await seated(world, (await shifts(world, roster))[0])
    await world.patch(DISPATCHER, f"{TEMPLATES}/{made['id']}", {"crews": [crew(mix={"U": 2})], "starts": "10:00"})
    again = (await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/generate")).json()
    assert again["generated"] == {"made": 0, "changed": 1, "kept": 0, "removed": 0, "unseated": ["M1"]}
    shift = (await shifts(world, roster))[0]
    assert (shift["mix"], shift["wanted"]["mix"], shift["starts_at"][11:16]) == ({"U": 1}, {"U": 2}, "02:00")
    assert (again["seats"], again["open_seats"]) == (2, 1)


async def test_a_seat_goes_when_the_new_time_meets_another_shift(world: World) -> None:
    made = await templated(world)
    roster = await drafted(world)
    shift = (await shifts(world, roster))[0]
    await seated(world, shift)
    late = {"patrol": "PA", "starts_at": shift["ends_at"], "ends_at": shift["ends_at"].replace("T08", "T09")}
    await world.post(DISPATCHER, "/v1/shifts", late | {"crew": [{"officer": "U1", "is_leader": True}]})
    await world.patch(DISPATCHER, f"{TEMPLATES}/{made['id']}", {"starts": "08:30"})
    again = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/generate")
    assert again.json()["generated"]["unseated"] == ["U1"]
    assert (await shifts(world, roster))[0]["mix"] == {"M": 1}


async def test_shifts_no_template_gives_any_more_go(world: World) -> None:
    made = await templated(world)
    roster = await drafted(world, (1, 3))
    await seated(world, (await shifts(world, roster))[2])
    await world.patch(DISPATCHER, f"{TEMPLATES}/{made['id']}", {"valid_until": day(2)})
    again = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/generate")
    assert (again.json()["generated"]["removed"], again.json()["shifts"]) == (1, 2)


async def test_two_rosters_do_not_share_the_days_of_a_template(world: World) -> None:
    await templated(world)
    await drafted(world, (1, 3))
    body = {"centre": "A", "title": "重叠", "starts_on": day(3), "ends_on": day(4)}
    answer = await world.post(DISPATCHER, ROSTERS, body)
    assert answer.json()["detail"] == "Another roster has shifts of this template on these days."
    await templated(world, "night", starts="20:00")
    assert (await world.post(DISPATCHER, ROSTERS, body | {"templates": ["night"]})).status_code == 201


async def test_a_shift_that_is_over_is_not_made(world: World) -> None:
    await templated(world, starts="00:00", length_s=600)
    found = await shifts(world, await drafted(world, (-1, 1)))
    assert all(str(on(shift)) != day(-1) for shift in found)
    assert str(on(found[-1])) == day(1)


async def test_a_draft_is_seen_by_its_planners_alone(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    shift = (await shifts(world, roster))[0]
    await seated(world, shift)
    paths = [f"{ROSTERS}/{roster['id']}", f"{ROSTERS}/{roster['id']}/shifts", f"/v1/shifts/{shift['id']}"]
    for name, status in (
        ("district", 200),
        ("a_leader", 200),
        ("a_member", 404),
        ("u_desk", 404),
        ("b_dispatcher", 404),
    ):
        assert [(await world.get(name, path)).status_code for path in paths] == [status] * 3, name
    assert (await world.get("a_member", ROSTERS)).json()["items"] == []
    assert (await world.get(DISPATCHER, "/v1/shifts")).json()["items"] == [], "a day's shifts are the settled ones"


async def test_nobody_signs_on_to_a_draft_and_no_fact_tells_of_it(world: World) -> None:
    await templated(world, starts="00:00", length_s=86400)
    roster = await drafted(world, (0, 0))
    answer = await world.post(DISPATCHER, f"/v1/shifts/{(await shifts(world, roster))[0]['id']}/sign-on")
    assert (answer.status_code, answer.json()["reason"]) == (409, "draft")
    async with world.database.read() as session:
        assert not (await session.execute(text("SELECT 1 FROM outbox WHERE topic LIKE 'shift.%'"))).all()


async def test_a_draft_is_renamed_and_thrown_away(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    path = f"{ROSTERS}/{roster['id']}"
    assert (await world.patch(DISPATCHER, path, {"title": "二周"})).json()["title"] == "二周"
    gone = await world.client.delete(path, headers=world.who(DISPATCHER))
    assert (gone.status_code, (await world.get(DISPATCHER, path)).status_code) == (204, 404)
    async with world.database.read() as session:
        assert not (await session.execute(text("SELECT 1 FROM shift"))).all()


async def test_a_published_roster_is_neither_generated_nor_renamed_nor_thrown_away(world: World) -> None:
    path = f"{ROSTERS}/{(await published(world))['id']}"
    answers = [
        await world.post(DISPATCHER, f"{path}/generate"),
        await world.patch(DISPATCHER, path, {"title": "二周"}),
        await world.client.delete(path, headers=world.who(DISPATCHER)),
        await world.post(DISPATCHER, f"{path}/publish"),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in answers} == {(409, "/problems/roster-published")}


async def test_rosters_are_found_by_centre_day_and_status_page_by_page(world: World) -> None:
    await templated(world)
    made = [(await drafted(world, (n, n)))["id"] for n in (1, 2, 3)]

    async def found(**wanted: Any) -> list[str]:
        return [one["id"] for one in (await world.get("district", ROSTERS, **wanted)).json()["items"]]

    assert await found(on=day(2)) == [made[1]]
    assert (await found(centre="D", status="draft"), await found(centre="B"), await found(status="published")) == (
        made,
        [],
        [],
    )
    first = (await world.get("district", ROSTERS, limit=2)).json()
    assert await found(limit=2, cursor=first["next"]) == [made[2]]
