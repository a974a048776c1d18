"""A report becomes a record at the right place, under the right centre."""

import pytest

from tests import make
from tests.hands import Hands, report_body


async def test_an_emergency_goes_to_the_district_at_once(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    assert (incident["level"], incident["commanding_centre"]["code"], incident["home_centre"]["code"]) == (2, "D", "A")


async def test_a_place_on_a_street_border_goes_to_the_district_at_once(hands: Hands) -> None:
    incident = await hands.report(at=(118.63, 32.005))
    assert (incident["level"], incident["cell"]["code"]) == (2, "A2-20")


async def test_a_place_outside_every_cell_is_refused(hands: Hands) -> None:
    answer = await hands.post("patrol1.leader", "/v1/incidents", report_body(make.OUTSIDE))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/outside-jurisdiction")


async def test_a_cell_may_stand_for_the_place(hands: Hands) -> None:
    body = {"description": "x", "cell": "A1-11", "source": "patrol"}
    answer = await hands.post("patrol1.leader", "/v1/incidents", body)
    assert (answer.status_code, answer.json()["cell"]["code"]) == (201, "A1-11")
    assert answer.json()["given"] == {"cell": "A1-11"}


async def test_a_map_coordinate_is_converted_and_kept_as_given(hands: Hands) -> None:
    incident = await hands.report(at=(118.6102, 32.0029), datum="gcj02")
    lon, lat = incident["location"]["coordinates"]
    assert lon == pytest.approx(118.605, abs=0.0005)
    assert lat == pytest.approx(32.005, abs=0.0005)
    assert incident["given"] == {"datum": "gcj02", "coordinates": [118.6102, 32.0029]}


async def test_near_reports_of_the_same_kind_are_offered_as_duplicates(hands: Hands) -> None:
    first = await hands.report(category_code="E0406")
    second = await hands.report(category_code="E0406", at=(118.6052, 32.005))
    assert [d["id"] for d in second["duplicates"]] == [first["id"]]
    assert second["duplicates"][0]["distance_m"] == pytest.approx(18.9, abs=1)
    other = await hands.report(category_code="E0110", at=(118.6052, 32.005))
    assert other["duplicates"] == []


async def test_a_ticket_of_a_source_is_filed_once(hands: Hands) -> None:
    await hands.report("channel", source="12345", external_ref="T-1")
    answer = await hands.post("channel", "/v1/incidents", report_body(source="12345", external_ref="T-1"))
    assert (answer.status_code, answer.json()["detail"]) == (409, "This ticket of this source is reported already.")
    await hands.report("channel", source="110", external_ref="T-1")


async def test_the_system_accepts_registers_and_dispatches_the_nearest_free_patrol(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406", auto=True)
    assert (incident["status"], incident["version"]) == ("dispatched", 4)
    assert [a["patrol"] for a in incident["assignments"]] == ["P-001"]
    assert {c["kind"]: c["state"] for c in incident["clocks"]}["dispatch"] == "met"
    second = await hands.report(category_code="E0401", at=(118.6052, 32.005))
    assert [a["patrol"] for a in second["assignments"]] == ["P-002"]


async def test_without_a_free_patrol_it_stays_registered_for_the_centre(hands: Hands) -> None:
    for _ in range(2):
        await hands.report(category_code="E0401")
    incident = await hands.report(category_code="E0401")
    assert (incident["status"], incident["assignments"]) == ("registered", [])


async def test_a_reporters_contact_is_not_in_any_answer(hands: Hands) -> None:
    incident = await hands.report("channel", reporter={"name": "somebody", "phone": "13800138000"}, source="12345")
    for answer in (incident, (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}")).json()):
        assert "13800138000" not in str(answer)


async def test_a_chosen_id_is_kept_and_a_taken_one_is_a_conflict(hands: Hands) -> None:
    chosen = "01a207b6-7a9d-7248-8a15-559a92db178c"
    assert (await hands.report(id=chosen))["id"] == chosen
    answer = await hands.post("patrol1.leader", "/v1/incidents", report_body(id=chosen))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/conflict")


@pytest.mark.parametrize(
    "body",
    [
        {"description": "x", "source": "patrol"},
        report_body(priority=9),
        report_body((200, 95)),
        report_body(occurred_at="2026-01-01T00:00:00"),
        report_body(source="Not A Source"),
        report_body(description=""),
        report_body(location={"type": "Point", "coordinates": ["NaN", 1]}),
        report_body(status="closed"),
        [1],
    ],
)
async def test_a_bad_report_is_a_clear_problem(hands: Hands, body: object) -> None:
    answer = await hands.post("patrol1.leader", "/v1/incidents", body)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
    assert answer.json()["errors"]


async def test_another_jurisdictions_reporter_is_outside_here(hands: Hands) -> None:
    async with hands.door.database.write() as session:
        other = await make.town(session, "x-")
    hands.town.accounts["stranger"] = other.accounts["patrol1.leader"]
    answer = await hands.post("stranger", "/v1/incidents", report_body())
    assert answer.json()["type"] == "/problems/outside-jurisdiction"
