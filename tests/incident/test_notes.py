"""备注, 催办, 批示: a note moves nothing; who urges commands, who instructs stands strictly above."""

from typing import Any

import httpx
from sqlalchemy import text

from app.core.db import Database
from tests.hands import Hands


async def note(hands: Hands, who: str, incident: dict[str, Any], kind: str) -> httpx.Response:
    """Try to leave a note."""
    return await hands.post(who, f"/v1/incidents/{incident['id']}/notes", {"note": "抓紧", "kind": kind})


async def test_the_centre_urges_and_only_a_higher_one_instructs(hands: Hands) -> None:
    incident = await hands.registered()
    allowed = {
        who: [(await note(hands, who, incident, kind)).status_code for kind in ("note", "urge", "instruct")]
        for who in ("patrol1.leader", "street1.dispatcher", "street1.shift_leader", "district.leader")
    }
    assert allowed == {
        "patrol1.leader": [201, 403, 403],
        "street1.dispatcher": [201, 201, 403],
        "street1.shift_leader": [201, 201, 403],
        "district.leader": [201, 201, 201],
    }
    listed = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}/notes")).json()["items"]
    assert [(n["kind"], n["actor"]) for n in listed if n["kind"] == "instruct"] == [("instruct", "district.leader")]


async def test_above_the_top_nobody_instructs(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    refused = await note(hands, "district.leader", incident, "instruct")
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-yours")


async def test_an_ended_incident_takes_notes_but_nobody_is_urged_any_more(hands: Hands) -> None:
    incident = await hands.moved("district.leader", await hands.registered(), "force_close", reason="r")
    codes = [
        (await note(hands, "district.leader", incident, kind)).status_code for kind in ("note", "urge", "instruct")
    ]
    assert codes == [201, 409, 409]


async def test_each_kind_is_a_fact_of_its_own(hands: Hands, db: Database) -> None:
    incident = await hands.registered()
    for kind in ("note", "urge", "instruct"):
        await note(hands, "district.leader", incident, kind)
    async with db.read() as session:
        topics = text("SELECT topic, payload ->> 'by' FROM outbox WHERE payload ? 'note_id' ORDER BY id")
        found = [tuple(row) for row in await session.execute(topics)]
    assert found == [(f"incident.{what}", "district.leader") for what in ("noted", "urged", "instructed")]
