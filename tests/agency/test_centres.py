"""Centres: who makes them, who sees them, which ground they command."""

from typing import Any

import pytest
from sqlalchemy import select

from app.agency import service
from app.agency.models import CentreArea
from app.agency.schemas import CentreIn
from app.core.ids import uuid7
from app.core.problems import Conflict, Unprocessable
from app.grid.models import Area
from app.identity.models import Organisation
from tests.agency.town import SYSTEM, Town, named


async def commands(town: Town) -> dict[str, str]:
    async with town.db.read() as session:
        joined = select(Area.code, Organisation.code).join(CentreArea, CentreArea.area_id == Area.id)
        rows = await session.execute(joined.join(Organisation, Organisation.id == CentreArea.centre_id))
        return {row[0]: row[1] for row in rows}


def centre(**facts: Any) -> dict[str, Any]:
    return named(**{"code": "A9", "level": 1, "parent": "A", "area": "alpha.rest", **facts})


async def test_every_area_is_commanded_by_the_nearest_centre_at_or_above_it(town: Town) -> None:
    assert await commands(town) == {
        "alpha": "A",
        "alpha.1": "A1",
        "alpha.1.a": "A1",
        "alpha.1.b": "A1",
        "alpha.2": "A2",
        "alpha.2.a": "A2",
        "alpha.zone": "A1",
        "alpha.rest": "A",
        "beta": "B",
        "beta.1": "B",
    }


async def test_a_new_centre_takes_its_ground_over_at_once(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    made = await admin.post("/v1/centres", centre())
    assert made.status_code == 201
    assert made.headers["ETag"] == '"1"'
    assert (await commands(town))["alpha.rest"] == "A9"
    assert (await admin.get("/v1/centres/A9"))["parent"] == "A"


async def test_areas_given_up_go_back_to_the_centre_above(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    changed = await admin.change("PATCH", "/v1/centres/A1", {"further_areas": []}, 1)
    assert changed.json()["version"] == 2
    assert (await commands(town))["alpha.zone"] == "A"


async def test_areas_added_later_are_commanded_after_a_rebuild(town: Town) -> None:
    async with town.db.write() as session:
        above, id = await session.get_one(Area, town.areas["alpha.2.a"]), uuid7()
        session.add(Area(id=id, **named(code="new"), level="x", parent_id=above.id, lineage=[*above.lineage, id]))
        await service.rebuild_centre_areas(session)
    assert (await commands(town))["new"] == "A2"


async def test_settings_left_out_are_the_plans(town: Town) -> None:
    settings = (await (await town.caller("dispatcher", "A1")).get("/v1/centres/A1"))["settings"]
    assert settings["scene_radius_m"] == 200
    assert settings["acceptors_may_register"] is False
    assert settings["limits"]["acknowledge"] == {"amount": 10, "unit": "minute"}
    assert settings["limits"]["arrive"] == {"amount": 60, "unit": "minute"}


async def test_a_limit_of_the_centres_own_leaves_the_others_as_they_are(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    limits = {"accept": {"amount": 0.5, "unit": "work_day"}}
    body = {"settings": {"limits": limits}}
    shown = (await admin.change("PATCH", "/v1/centres/A1", body)).json()["settings"]["limits"]
    assert shown["accept"] == limits["accept"]
    assert shown["verify"] == {"amount": 30, "unit": "minute"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"number_format": "{code}"},
        {"number_format": "{code.__class__}{year}{serial}"},
        {"number_format": "{year}{month}{serial}"},
        {"number_format": "{year}{serial:>9999999}"},
        {"number_format": "{year}{serial"},
        {"number_format": "{year}{serial}{}"},
        {"scene_radius_m": 0},
        {"limits": {"accept": {"amount": 0, "unit": "minute"}}},
        {"limits": {"nap": {"amount": 1, "unit": "minute"}}},
        {"mood": "good"},
    ],
)
async def test_settings_that_make_no_sense_are_refused(town: Town, wrong: dict[str, Any]) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/centres", centre(settings=wrong))).status_code == 422


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"level": 2}, Unprocessable),
        ({"parent": "B"}, Unprocessable),
        ({"parent": "water"}, Unprocessable),
        ({"parent": "nobody"}, Unprocessable),
        ({"area": "nowhere"}, Unprocessable),
        ({"calendar": "never"}, Unprocessable),
        ({"area": "alpha.zone"}, Conflict),
        ({"further_areas": ["alpha.2"]}, Conflict),
    ],
)
async def test_a_centre_that_does_not_fit_is_refused(
    town: Town, facts: dict[str, Any], problem: type[Exception]
) -> None:
    async with town.db.read() as session:
        with pytest.raises(problem):
            await service.open_centre(session, SYSTEM, CentreIn.model_validate(centre(**facts)))


async def test_a_code_that_is_taken_is_a_conflict(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/centres", centre(code="B"))).status_code == 409


async def test_only_the_system_makes_the_first_centre_of_a_jurisdiction(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    refused = await admin.post("/v1/centres", centre(parent=None))
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/forbidden")


async def test_an_administrator_of_a_street_makes_no_centre_in_the_district(town: Town) -> None:
    admin = await town.caller("administrator", "A1")
    assert (await admin.post("/v1/centres", centre())).status_code == 403
    assert (await admin.change("PATCH", "/v1/centres/A", {"name": "我的"})).status_code == 403


async def test_a_dispatcher_changes_no_centre(town: Town) -> None:
    dispatcher = await town.caller("dispatcher", "A")
    assert (await dispatcher.change("PATCH", "/v1/centres/A1", {"name": "新"})).status_code == 403


async def test_a_street_sees_itself_and_what_is_above_but_no_other_street(town: Town) -> None:
    dispatcher = await town.caller("dispatcher", "A1")
    assert {c["code"] for c in (await dispatcher.get("/v1/centres"))["items"]} == {"A", "A1"}
    assert (await dispatcher.look("/v1/centres/A2")).status_code == 404
    assert (await dispatcher.look("/v1/centres/B")).status_code == 404


async def test_a_change_needs_the_version_it_is_based_on(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.change("PATCH", "/v1/centres/A1", {"name": "新"}, 7)).status_code == 412
    without = await admin._send("PATCH", "/v1/centres/A1", {"name": "新"})
    assert without.status_code == 428


async def test_a_list_goes_on_where_the_page_before_ended(town: Town) -> None:
    leader = await town.caller("leader", "A")
    first = await leader.get("/v1/centres?limit=2")
    second = await leader.get(f"/v1/centres?limit=2&cursor={first['next']}")
    assert [c["code"] for c in first["items"] + second["items"]] == ["A", "A1", "A2"]
    assert second["next"] is None


@pytest.mark.parametrize(
    "path", ["/v1/centres/%00", "/v1/centres/%F0%9F", "/v1/centres?cursor=x", "/v1/centres?limit=0"]
)
async def test_hostile_paths_are_refused_clearly(town: Town, path: str) -> None:
    caller = await town.caller("leader", "A")
    assert (await caller.look(path)).status_code in (404, 422)


async def test_text_with_a_nul_is_refused(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/centres", centre(name="a\0b"))).status_code == 422
