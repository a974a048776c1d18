"""The reporter's contact over HTTP: for a purpose, by few, and on record."""

from typing import Any

from tests.hands import Hands

CONTACT = {"name": "陈女士", "phone": "025-0000 0000"}


async def read(hands: Hands, who: str, incident: dict[str, Any], **asked: str) -> Any:
    return await hands.get(who, f"/v1/incidents/{incident['id']}/reporter", **asked)


async def test_a_contact_is_read_for_a_purpose_and_the_reading_is_on_record(hands: Hands) -> None:
    incident = await hands.report(reporter=CONTACT)
    answer = await read(hands, "street1.acceptor", incident, purpose="call back about the place")
    assert (answer.status_code, answer.json()) == (200, CONTACT | {"email": None})
    assert answer.headers["cache-control"] == "no-store"
    found = await hands.get("auditor", f"/v1/incidents/{incident['id']}/reporter/readings")
    [reading] = found.json()["items"]
    assert (reading["actor"], reading["purpose"]) == ("street1.acceptor", "call back about the place")


async def test_without_a_purpose_nothing_is_read(hands: Hands) -> None:
    incident = await hands.report(reporter=CONTACT)
    for asked in ({}, {"purpose": ""}, {"purpose": "abcd"}, {"purpose": "   abc   "}, {"purpose": "abcde\0"}):
        assert (asked, (await read(hands, "street1.acceptor", incident, **asked)).status_code) == (asked, 422)
    found = await hands.get("auditor", f"/v1/incidents/{incident['id']}/reporter/readings")
    assert found.json()["items"] == []


async def test_where_nobody_left_a_contact_there_is_none_and_no_reading(hands: Hands) -> None:
    incident = await hands.report()
    assert (await read(hands, "street1.acceptor", incident, purpose="call back")).status_code == 404
    found = await hands.get("auditor", f"/v1/incidents/{incident['id']}/reporter/readings")
    assert found.json()["items"] == []


async def test_others_do_not_read_a_contact(hands: Hands) -> None:
    incident = await hands.report(reporter=CONTACT)
    for who, status in (("patrol1.member", 403), ("auditor", 403), ("street2.acceptor", 404)):
        answer = await read(hands, who, incident, purpose="curious")
        assert (who, answer.status_code) == (who, status)
        assert "0000" not in answer.text


async def test_only_an_auditor_sees_who_read_it(hands: Hands) -> None:
    incident = await hands.report(reporter=CONTACT)
    for _ in range(2):
        await read(hands, "street1.acceptor", incident, purpose="call back")
    path = f"/v1/incidents/{incident['id']}/reporter/readings"
    assert (await hands.get("street1.acceptor", path)).status_code == 403
    first = (await hands.get("auditor", path, limit=1)).json()
    rest = (await hands.get("auditor", path, limit=1, cursor=first["next"])).json()
    assert first["items"][0]["id"] < rest["items"][0]["id"]
    assert rest["next"] is None
