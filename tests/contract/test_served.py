"""What is described is what is served: every read of a town with work in it, member by member, none more, none less."""

from typing import Any

import pytest

from tests import make
from tests.contract.document import JSON, Json, Operation, operations, resolved, undescribed, wrong
from tests.hands import Hands
from tests.incident.pictures import attach, picture

READS = {operation.path: operation for operation in operations() if operation.method == "get"}
LISTS = [
    *("/v1/incidents", "/v1/patrols", "/v1/shifts", "/v1/officers", "/v1/centres", "/v1/departments", "/v1/categories"),
    *("/v1/standards", "/v1/category-schemes", "/v1/calendars", "/v1/areas", "/v1/grid-plans", "/v1/grid-cells"),
    *("/v1/beats", "/v1/agencies", "/v1/me", "/v1/workflow"),
]
NOT_ALWAYS = {"duplicates"}
"""Told to who reports, when there are any; not looked for again."""
PARTS = ("assignments", "checks", "clocks", "evidence", "notes", "recommendations", "timeline", "reporter")


def missing(value: Any, schema: Json, way: str = "$") -> list[str]:
    """The members that a schema names and a value leaves out, though the schema has no default for them."""
    schema = resolved(schema)
    options = [option for option in (*schema.get("anyOf", ()), *schema.get("oneOf", ())) if not wrong(value, option)]
    if options:
        return missing(value, options[0], way)
    if isinstance(value, list):
        return [lack for i, part in enumerate(value) for lack in missing(part, schema.get("items", {}), f"{way}[{i}]")]
    lacks: list[str] = []
    for name, part in (schema.get("properties", {}) if isinstance(value, dict) else {}).items():
        if name in value:
            lacks += missing(value[name], part, f"{way}.{name}")
        elif "default" not in part and name not in NOT_ALWAYS:
            lacks.append(f"{way}.{name}")
    return lacks


async def _is_as_described(
    hands: Hands, operation: Operation, path: str, who: str = "street1.dispatcher", **params: Any
) -> Any:
    answer = await hands.get(who, path, **params)
    assert answer.status_code == 200, answer.text
    schema = operation.successes["200", JSON]["schema"]
    assert not wrong(answer.json(), schema), f"{path}: {wrong(answer.json(), schema)}"
    assert not [*undescribed(answer.json(), schema)], f"{path} serves what is not described"
    assert not missing(answer.json(), schema), f"{path} does not serve what is described"
    return answer.json()


@pytest.fixture
async def handled(hands: Hands) -> dict[str, Any]:
    """An incident that has seen much: reported, dispatched, under way, with a picture, a note, a request."""
    incident = await hands.report(category_code="E0406", reporter={"name": "王女士", "phone": "138 0000 0000"})
    incident = await hands.moved("street1.acceptor", incident, "accept")
    standard = {"standard": "E0406-1", "filing_condition_met": True}
    incident = await hands.moved("street1.shift_leader", incident, "register", **standard)
    incident = await hands.moved("street1.dispatcher", incident, "dispatch", patrols=["P-001"])
    assert (await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")).status_code == 200
    assert (await attach(hands, "patrol1.leader", incident, picture(), lon=make.A1[0], lat=make.A1[1])).is_success
    path = f"/v1/incidents/{incident['id']}"
    assert (await hands.post("patrol1.leader", f"{path}/notes", {"note": "seen"})).is_success
    assert (await hands.post("patrol1.leader", f"{path}/requests", {"kind": "extension", "reason": "r"})).is_success
    found: dict[str, Any] = (await hands.get("street1.dispatcher", path)).json()
    return found


@pytest.mark.parametrize("who", ["street1.dispatcher", "patrol1.leader", "auditor"])
async def test_an_incident_is_served_as_described(hands: Hands, handled: dict[str, Any], who: str) -> None:
    shown = await _is_as_described(hands, READS["/v1/incidents/{incident_id}"], f"/v1/incidents/{handled['id']}", who)
    assert (shown["assignments"], shown["requests"], shown["evidence"], shown["clocks"]) != ([], [], [], [])


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_is_served_as_described(hands: Hands, handled: dict[str, Any], path: str) -> None:
    shown = await _is_as_described(hands, READS[path], path)
    assert shown.get("items", True), f"{path} is empty, so nothing was compared"


@pytest.mark.parametrize("part", PARTS)
async def test_what_is_kept_around_an_incident_is_served_as_described(
    hands: Hands, handled: dict[str, Any], part: str
) -> None:
    params = {"purpose": "to call back"} if part == "reporter" else {}
    path = f"/v1/incidents/{handled['id']}/{part}"
    await _is_as_described(hands, READS[f"/v1/incidents/{{incident_id}}/{part}"], path, **params)


async def test_what_a_move_answers_is_the_incident_as_described(hands: Hands) -> None:
    incident = await hands.report(category_code="E0406")
    writes = {str(operation): operation for operation in operations()}
    moved = await hands.moved("street1.acceptor", incident, "accept")
    for shown, name in ((incident, "POST /v1/incidents"), (moved, "POST /v1/incidents/{incident_id}/transitions")):
        [schema] = [media["schema"] for media in writes[name].successes.values()]
        assert (wrong(shown, schema), missing(shown, schema)) == ("", [])


async def test_duty_and_safety_are_served_as_described(hands: Hands) -> None:
    sos = (await hands.post("patrol1.member", "/v1/sos", {"note": "help"})).json()
    check = (await hands.post("patrol1.leader", "/v1/welfare-checks", {"patrol": "P-001"})).json()
    await hands.dispatched("P-001")
    shift = f"/v1/shifts/{hands.town.shifts['P-001']}"
    assert (await hands.post("patrol1.leader", f"{shift}/handover", {"note": "n"}, "*")).is_success
    change = {"leader": "P-001-1", "reason": "r"}
    assert (await hands.post("patrol1.leader", f"{shift}/crew", change, "*")).is_success
    for path, described in (
        ("/v1/sos", "/v1/sos"),
        (f"/v1/sos/{sos['id']}", "/v1/sos/{sos_id}"),
        ("/v1/welfare-checks", "/v1/welfare-checks"),
        (f"/v1/welfare-checks/{check['id']}", "/v1/welfare-checks/{check_id}"),
        (f"{shift}/handover", "/v1/shifts/{shift_id}/handover"),
        (f"{shift}/crew", "/v1/shifts/{shift_id}/crew"),
        ("/v1/roll-call", "/v1/roll-call"),
    ):
        await _is_as_described(hands, READS[described], path)


async def test_where_a_point_lies_is_served_as_described(hands: Hands) -> None:
    lon, lat = make.A1
    await _is_as_described(hands, READS["/v1/locate"], "/v1/locate", lon=lon, lat=lat, near_m=1000)
    path = "/v1/beidou-grid-codes"
    found = await _is_as_described(hands, READS[path], path, lon=lon, lat=lat)
    await _is_as_described(hands, READS[f"{path}/{{code}}"], f"{path}/{found['code']}")
