"""A team of volunteers or of a company says which services it offers: of the fixed four, and the community's own."""

from typing import Any

import pytest

from tests.agency.town import Caller, Town

PATH = "/v1/teams/watch1/services"
LIST = {"services": [{"code": "mediation"}, {"code": "elder_escort", "name": "陪护", "name_en": "Escort"}]}


@pytest.fixture
async def admin(town: Town) -> Caller:
    return await town.caller("administrator", "A1")


async def test_a_team_offers_fixed_services_and_its_communitys_own(admin: Caller) -> None:
    version = (await admin.get(PATH))["version"]
    answer = await admin.change("PUT", PATH, LIST, version)
    assert (answer.status_code, answer.json()["version"]) == (200, version + 1), answer.text
    shown = [(one["code"], one["name"], one["is_fixed"]) for one in (await admin.get(PATH))["services"]]
    assert shown == [("mediation", "矛盾调解", True), ("elder_escort", "陪护", False)]
    assert (await admin.change("PUT", PATH, {"services": []}, version)).status_code == 412
    assert (await admin.change("PUT", PATH, {"services": []})).json()["services"] == []


async def test_teams_are_found_by_what_they_offer(admin: Caller) -> None:
    await admin.change("PUT", PATH, LIST)
    found = {
        wanted: [one["code"] for one in (await admin.get(f"/v1/teams?{wanted}"))["items"]]
        for wanted in ("service=mediation", "service=emergency_help", "kind=company", "limit=5")
    }
    assert found == {
        "service=mediation": ["watch1"],
        "service=emergency_help": [],
        "kind=company": [],
        "limit=5": ["watch1"],
    }


@pytest.mark.parametrize(
    "services",
    [
        [{"code": "mediation"}, {"code": "mediation"}],
        [{"code": "mediation", "name": "调", "name_en": "M"}],
        [{"code": "elder_escort"}],
        [{"code": "elder_escort", "name": "陪", "name_en": "\u0000"}],
        [{"code": f"x{n}", "name": "陪", "name_en": "E"} for n in range(51)],
    ],
)
async def test_a_list_that_cannot_be_is_refused(admin: Caller, services: list[Any]) -> None:
    assert (await admin.change("PUT", PATH, {"services": services})).status_code == 422


async def test_a_department_of_the_government_is_no_team(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.look("/v1/teams/police/services")).status_code == 404
    assert (await admin.change("PUT", "/v1/teams/police/services", LIST)).status_code == 404


async def test_others_do_not_change_what_a_team_offers(town: Town) -> None:
    street, stranger = await town.caller("dispatcher", "A1"), await town.caller("administrator", "B")
    assert (await street.change("PUT", PATH, LIST)).status_code == 403
    assert (await stranger.change("PUT", PATH, LIST)).status_code == 404
