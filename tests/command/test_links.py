"""What a called department sees: that incident, from the call until some days after it was released, and no other."""

from typing import Any

from sqlalchemy import select, text

from app.core.db import Database
from app.core.outbox import Event
from tests.hands import Hands

DESK, DISPATCHER = "fire_rescue.desk", "street1.dispatcher"


async def called(hands: Hands) -> tuple[dict[str, Any], dict[str, Any]]:
    incident = await hands.registered()
    return incident, (await hands.blown(DISPATCHER, incident, "fire_rescue"))["summons"][0]


async def listed(hands: Hands) -> list[str]:
    items = (await hands.get(DESK, "/v1/incidents")).json()["items"]
    return [str(item["id"]) for item in items]


async def test_a_called_department_sees_this_incident_in_lists_and_alone_and_no_other(hands: Hands) -> None:
    other = await hands.registered()
    assert await listed(hands) == []
    incident, _ = await called(hands)
    assert await listed(hands) == [incident["id"]]
    assert (await hands.get(DESK, f"/v1/incidents/{incident['id']}")).status_code == 200
    assert (await hands.get(DESK, f"/v1/incidents/{other['id']}")).status_code == 404
    assert (await hands.get("urban_management.desk", f"/v1/incidents/{incident['id']}")).status_code == 404


async def test_it_may_leave_notes_while_it_is_called_and_read_only_when_it_was_released(hands: Hands) -> None:
    incident, summons = await called(hands)
    path = f"/v1/incidents/{incident['id']}/notes"
    assert (await hands.post(DESK, path, {"note": "two engines"})).status_code == 201
    await hands.summoned(DISPATCHER, summons, "withdraw", reason="false alarm")
    assert (await hands.post(DESK, path, {"note": "gone"})).status_code == 403
    assert (await hands.get(DESK, path)).status_code == 200
    assert (await hands.seen(DESK, incident))["summons"][0]["allowed_actions"] == []


async def test_after_the_set_time_the_incident_does_not_exist_for_it(hands: Hands, db: Database) -> None:
    incident, summons = await called(hands)
    await hands.summoned(DISPATCHER, summons, "withdraw", reason="false alarm")
    async with db.write() as session:
        await session.execute(text("UPDATE link_grant SET read_until = now() - interval '1 second'"))
    assert await listed(hands) == []
    for path in ("", "/whistles", "/timeline", "/clocks", "/evidence", "/notes", "/assignments"):
        assert (await hands.get(DESK, f"/v1/incidents/{incident['id']}{path}")).status_code == 404
    assert (await hands.get(DESK, f"/v1/summons/{summons['id']}")).status_code == 404
    assert (await hands.get(DESK, "/v1/summons")).json()["items"] == []


async def test_facts_reach_a_department_from_the_call_to_its_release(hands: Hands, db: Database) -> None:
    incident, summons = await called(hands)
    await hands.post(DISPATCHER, f"/v1/incidents/{incident['id']}/notes", {"note": "hurry"})
    await hands.summoned(DISPATCHER, summons, "withdraw", reason="false alarm")
    await hands.post(DISPATCHER, f"/v1/incidents/{incident['id']}/notes", {"note": "quiet"})
    async with db.read() as session:
        rows = (await session.execute(select(Event.topic, Event.scope).order_by(Event.id))).all()
    brigade = hands.town.organisations["fire_rescue"]
    heard = [row.topic for row in rows if brigade in row.scope]
    assert heard == ["summons.called", "incident.noted", "summons.released"]


async def test_a_department_that_is_called_again_gets_its_sight_back(hands: Hands, db: Database) -> None:
    incident, summons = await called(hands)
    await hands.summoned(DISPATCHER, summons, "withdraw", reason="false alarm")
    async with db.write() as session:
        await session.execute(text("UPDATE link_grant SET read_until = now() - interval '1 second'"))
    incident = await hands.seen(DISPATCHER, incident)
    await hands.blown(DISPATCHER, incident, "fire_rescue", kind="key_task")
    assert await listed(hands) == [incident["id"]]


async def test_a_called_department_does_not_reach_the_reporter(hands: Hands) -> None:
    incident = await hands.report(reporter={"name": "somebody", "phone": "123"})
    await hands.blown(DISPATCHER, incident, "fire_rescue", kind="emergency")
    answer = await hands.get(DESK, f"/v1/incidents/{incident['id']}/reporter", purpose="calling back")
    assert answer.status_code == 403
