"""A volunteer sees what they reported and what their own patrol is sent to, and nothing else of the street."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import Database
from tests import make, watch
from tests.hands import Hands

WHO = "volunteer1"


@pytest.fixture(autouse=True)
async def volunteers(db: Database, town: make.Town) -> None:
    async with db.write() as session:
        await watch.add(session, town)


async def seen(hands: Hands, incident: dict[str, Any]) -> tuple[int, bool]:
    one = await hands.get(WHO, f"/v1/incidents/{incident['id']}")
    listed = (await hands.get(WHO, "/v1/incidents")).json()["items"]
    return one.status_code, incident["id"] in [item["id"] for item in listed]


async def sent(hands: Hands, *patrols: str) -> dict[str, Any]:
    incident = await hands.registered()
    return await hands.moved("street1.dispatcher", incident, "dispatch", patrols=list(patrols))


async def test_the_streets_incidents_are_not_there(hands: Hands) -> None:
    incident = await hands.registered()
    assert await seen(hands, incident) == (404, False)
    for part in ("timeline", "evidence", "notes", "recommendations", "assignments", "tasks"):
        assert (await hands.get(WHO, f"/v1/incidents/{incident['id']}/{part}")).status_code == 404, part


async def test_what_the_own_patrol_is_sent_to_is_there_as_long_as_it_is_sent(hands: Hands) -> None:
    other, mine = await sent(hands, "P-002"), await sent(hands, "P-V", "P-001")
    assert (await seen(hands, other), await seen(hands, mine)) == ((404, False), (200, True))
    recalled = await hands.move("street1.dispatcher", mine, "recall", reason="false alarm")
    assert (recalled.status_code, await seen(hands, mine)) == (200, (404, False))


async def test_who_leaves_the_crew_sees_its_incidents_no_more(hands: Hands, db: Database) -> None:
    mine = await sent(hands, "P-V", "P-001")
    async with db.write() as session:
        gone = text("UPDATE crew_member SET left_at = now() WHERE account_id = :who")
        await session.execute(gone, {"who": hands.town.accounts[WHO]})
    assert await seen(hands, mine) == (404, False)


async def test_a_volunteer_moves_the_own_assignment_and_nothing_else(hands: Hands) -> None:
    mine = await sent(hands, "P-V", "P-001")
    own, other = sorted(mine["assignments"], key=lambda one: one["patrol"] != "P-V")
    assert (await hands.assignment(WHO, other, "accept")).status_code == 403
    assert (await hands.assignment(WHO, own, "accept")).status_code == 200
    shown = (await hands.get(WHO, f"/v1/incidents/{mine['id']}")).json()
    assert (shown["status"], shown["allowed_actions"]) == ("handling", [])
    assert (await hands.move(WHO, shown, "finish", measures=["done"])).status_code == 403


async def test_a_volunteer_reports_and_sees_the_own_report(hands: Hands) -> None:
    near = await hands.report()
    mine = await hands.report(WHO, source="patrol")
    assert mine["duplicates"] == [], "what is near is the street's to see"
    assert ((await seen(hands, mine))[0], (await seen(hands, near))[0]) == (200, 404)
    note = await hands.post(WHO, f"/v1/incidents/{mine['id']}/notes", {"note": "on the left side"})
    assert note.status_code == 201, note.text


async def test_of_duty_a_volunteer_sees_the_own_crew(hands: Hands) -> None:
    patrols = (await hands.get(WHO, "/v1/patrols", on_duty="true")).json()["items"]
    shifts = (await hands.get(WHO, "/v1/shifts")).json()["items"]
    assert ([one["code"] for one in patrols], len(shifts)) == (["P-V"], 1)
    for path in ("/v1/officers", "/v1/accounts"):
        assert (await hands.get(WHO, path)).status_code == 403, path


async def test_a_volunteers_phone_gives_positions(hands: Hands) -> None:
    fix = {"observed_at": "2026-11-25T00:00:00Z", "location": [118.6052, 32.0052]}
    answer = await hands.post(WHO, "/v1/positions", {"positions": [fix]})
    assert answer.status_code == 200, answer.text


async def test_nobody_else_is_limited_by_it(hands: Hands) -> None:
    incident = await hands.registered()
    assert (await hands.get("patrol1.member", f"/v1/incidents/{incident['id']}")).status_code == 200
    assert incident["id"] in [one["id"] for one in (await hands.get("patrol1.member", "/v1/incidents")).json()["items"]]
