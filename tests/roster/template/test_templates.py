"""A centre sets up the shifts it works again and again."""

from typing import Any

import pytest
from sqlalchemy import text

from tests.roster.plan import DISPATCHER, TEMPLATES, crew, day, template, templated
from tests.roster.world import World


async def test_a_template_is_shown_as_it_was_set_up(world: World) -> None:
    made = await templated(world, weekdays=[5, 1], crews=[crew(skills=["first_aid"])])
    shown = await world.get("a_leader", f"{TEMPLATES}/{made['id']}")
    assert (shown.json(), shown.headers["ETag"]) == (made, '"1"')
    assert (made["starts"], made["weekdays"], made["every_days"]) == ("08:00:00", [1, 5], 1)
    assert made["crews"] == [crew(skills=["first_aid"], needs_leader=True)]


@pytest.mark.parametrize(
    "wrong",
    [
        {"centre": "B"},
        {"centre": "U"},
        {"starts": "24:00"},
        {"length_s": 86401},
        {"weekdays": [1, 1]},
        {"weekdays": [0]},
        {"valid_until": day(-2)},
        {"valid_from": "9999-12-31"},
        {"crews": []},
        {"crews": [crew(patrol="PB")]},
        {"crews": [crew(beats=["B9"])]},
        {"crews": [crew(mix={"X": 1})]},
        {"crews": [crew(mix={"A": 1})]},
        {"crews": [crew(mix={"U": 30, "M": 1})]},
        {"crews": [crew(mix={})]},
        {"name": "\x00"},
    ],
)
async def test_what_cannot_be_worked_is_refused(world: World, wrong: dict[str, Any]) -> None:
    answer = await world.post(DISPATCHER, TEMPLATES, template(**wrong))
    assert answer.status_code == 422


async def test_a_template_changes_and_keeps_what_is_left_out(world: World) -> None:
    made = await templated(world, valid_until=day(9))
    path = f"{TEMPLATES}/{made['id']}"
    changed = await world.patch(DISPATCHER, path, {"starts": "09:30", "valid_until": None})
    assert changed.json() == made | {
        "version": 2,
        "starts": "09:30:00",
        "valid_until": None,
        "updated_at": changed.json()["updated_at"],
    }
    assert (await world.patch(DISPATCHER, path, {"starts": "09:00"}, **{"If-Match": '"1"'})).status_code == 412


async def test_only_who_runs_the_duty_sets_templates_up_and_other_streets_see_none(world: World) -> None:
    made = await templated(world)
    path = f"{TEMPLATES}/{made['id']}"
    assert (await world.post("a_member", TEMPLATES, template("night"))).status_code == 403
    assert [(await world.get(name, path)).status_code for name in ("a_member", "b_dispatcher")] == [200, 404]
    assert (await world.get("b_dispatcher", TEMPLATES)).json()["items"] == []
    assert (await world.patch("b_dispatcher", path, {"starts": "09:00"})).status_code == 404


async def test_templates_are_listed_page_by_page(world: World) -> None:
    codes = [(await templated(world, code))["code"] for code in ("day", "night", "late")]
    first = (await world.get("district", TEMPLATES, limit=2, centre="A")).json()
    rest = (await world.get("district", TEMPLATES, limit=2, centre="A", cursor=first["next"])).json()
    assert ([one["code"] for one in [*first["items"], *rest["items"]]], rest["next"]) == (codes, None)
    assert (await world.get("district", TEMPLATES, centre="B")).json()["items"] == []


async def test_a_code_is_used_once_by_a_centre(world: World) -> None:
    await templated(world)
    answer = await world.post(DISPATCHER, TEMPLATES, template())
    assert (answer.status_code, answer.json()["detail"]) == (409, "This centre has a shift template with this code.")


async def test_setting_up_and_changing_are_facts_of_the_centre(world: World) -> None:
    made = await templated(world)
    await world.patch(DISPATCHER, f"{TEMPLATES}/{made['id']}", {"name": "早班"})
    async with world.database.read() as session:
        rows = await session.execute(text("SELECT topic, scope FROM outbox WHERE topic LIKE 'shift_template.%'"))
        facts = [tuple(row) for row in rows]
    assert facts == [(f"shift_template.{step}", [world.places["A"]]) for step in ("opened", "changed")]
