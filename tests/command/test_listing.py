"""Lists show what the caller may see, all of it once, filtered as asked."""

from typing import Any

import pytest

from app.command.record.schemas import IncidentItem, IncidentOut
from tests import make
from tests.hands import Hands


async def _numbers(hands: Hands, who: str, **params: Any) -> set[str]:
    answer = await hands.get(who, "/v1/incidents", **params)
    assert answer.status_code == 200, answer.text
    return {item["number"] for item in answer.json()["items"]}


async def test_pages_hold_every_incident_once(hands: Hands) -> None:
    made = {(await hands.report())["number"] for _ in range(7)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = (await hands.get("district.dispatcher", "/v1/incidents", limit=3, **cursor)).json()
        seen += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert (len(seen), set(seen)) == (7, made)


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"status": "accepted"}, {"b"}),
        ({"category": "E0110"}, {"b"}),
        ({"area": "B1"}, {"c"}),
        ({"centre": "A"}, {"a", "b"}),
        ({"cell": "A1-00"}, {"a", "b"}),
        ({"level": 2}, set()),
        ({"open": "true"}, {"a", "b", "c"}),
        ({"open": "false"}, set()),
        ({"priority": 1}, {"c"}),
        ({"q": "needle"}, {"a"}),
        ({"bbox": "118.6,32.0,118.61,32.01"}, {"a", "b"}),
        ({"near": "118.635,32.005,100"}, {"c"}),
        ({"unassigned": "true", "source": "patrol"}, {"a", "b", "c"}),
        ({"overdue": "true"}, set()),
        ({"reported_to": "2020-01-01T00:00:00Z"}, set()),
    ],
)
async def test_a_filter_keeps_what_it_says(hands: Hands, params: dict[str, Any], expected: set[str]) -> None:
    a = await hands.report(title="a needle")
    b = await hands.moved("street1.acceptor", await hands.report(), "accept", category="E0110")
    c = await hands.report("patrol3.leader", at=make.B1, priority=1)
    names = {a["number"]: "a", b["number"]: "b", c["number"]: "c"}
    assert {names[n] for n in await _numbers(hands, "district.dispatcher", **params)} == expected


async def test_a_street_sees_its_own_and_a_department_what_it_leads(hands: Hands) -> None:
    mine, other = await hands.registered(), await hands.report("patrol3.leader", at=make.B1)
    assert await _numbers(hands, "street1.acceptor") == {mine["number"]}
    assert await _numbers(hands, "street2.acceptor") == {other["number"]}
    assert await _numbers(hands, "urban_management.desk") == set()
    await hands.moved("street1.dispatcher", mine, "dispatch", lead_department="urban_management")
    assert await _numbers(hands, "urban_management.desk") == {mine["number"]}


async def test_an_item_says_the_same_as_the_incident_itself(hands: Hands) -> None:
    await hands.dispatched()
    await hands.report(category_code="E0501")
    for who in ("street1.dispatcher", "patrol1.leader", "district.leader", "inspector1"):
        for item in (await hands.get(who, "/v1/incidents")).json()["items"]:
            whole = (await hands.get(who, f"/v1/incidents/{item['id']}")).json()
            told = IncidentOut.model_validate(whole).model_dump(include=set(IncidentItem.model_fields))
            assert IncidentItem.model_validate(item).model_dump() == told


@pytest.mark.parametrize("params", [{"x": 1}, {"bbox": "1,2,3"}, {"near": "a"}, {"limit": 0}, {"cursor": "zzz"}])
async def test_a_wrong_query_is_refused(hands: Hands, params: dict[str, Any]) -> None:
    answer = await hands.get("district.dispatcher", "/v1/incidents", **params)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
