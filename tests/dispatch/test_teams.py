"""Teams of volunteers and companies go with an authority where one is asked for, and their services count."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import Database
from tests import make, watch
from tests.hands import Hands

WELCOME = "E0110"
"""Its mix asks for nobody."""


@pytest.fixture(autouse=True)
async def volunteers(db: Database, town: make.Town) -> None:
    async with db.write() as session:
        await watch.add(session, town)


async def recommended(hands: Hands, incident: dict[str, Any]) -> dict[str, Any]:
    answer = await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/recommendations")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_team_alone_is_not_recommended_where_an_authority_is_asked_for(hands: Hands) -> None:
    found = await recommended(hands, await hands.registered())
    assert ("P-V", "needs_authority") in [(one["patrol"], one["reason"]) for one in found["rejected"]]
    assert "P-V" not in [one["patrol"] for one in found["items"]]


async def test_where_nobody_is_asked_for_a_team_is_recommended_like_any_other(hands: Hands) -> None:
    found = await recommended(hands, await hands.registered(category=WELCOME))
    assert "P-V" in [one["patrol"] for one in found["items"]]


async def test_a_team_alone_is_not_sent_whatever_reason_is_given(hands: Hands) -> None:
    incident = await hands.registered()
    answer = await hands.move(
        "street1.dispatcher", incident, "dispatch", patrols=["P-V"], override_reason="nobody else is near"
    )
    assert (answer.status_code, answer.json()["type"], answer.json()["why"]) == (
        409,
        "/problems/patrol-unfit",
        "needs_authority",
    )


async def test_a_team_is_sent_together_with_an_authority_or_after_one(hands: Hands) -> None:
    together = await hands.registered()
    await hands.moved("street1.dispatcher", together, "dispatch", patrols=["P-V", "P-001"])
    after = await hands.moved("street1.dispatcher", await hands.registered(), "dispatch", patrols=["P-002"])
    answer = await hands.move("street1.dispatcher", after, "dispatch", patrols=["P-V"], stack=True)
    assert answer.status_code == 200, answer.text


async def test_the_system_sends_no_team_alone_where_an_authority_is_asked_for(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        rules = '{"auto_dispatch": true, "response_mix": {"urban_management": 1}}'
        await session.execute(text(f"UPDATE category SET rules = '{rules}' WHERE code = 'E0401'"))  # noqa: S608
    filed = await hands.report(category_code="E0401")
    assert [one["patrol"] for one in filed["assignments"]] == ["P-001"]


async def test_a_verify_task_goes_to_an_authority(hands: Hands) -> None:
    incident = await hands.report("channel")
    await hands.moved("street1.acceptor", incident, "request_verification")
    shown = (await hands.get("patrol1.leader", f"/v1/incidents/{incident['id']}")).json()
    assert "report_verification" in shown["allowed_actions"]


async def test_who_offers_a_service_that_helps_is_seen_with_it(hands: Hands, db: Database) -> None:
    offered = {"services": [{"code": "mediation"}, {"code": "x1", "name": "陪护", "name_en": "Escort"}]}
    headers = hands.headers("admin", "*")
    assert (await hands.client.put("/v1/teams/watch/services", headers=headers, json=offered)).status_code == 200
    async with db.write() as session:
        await session.execute(
            text("""UPDATE category SET rules = '{"services": ["mediation"]}' WHERE code = 'E0110'""")
        )
    found = await recommended(hands, await hands.registered(category=WELCOME))
    shown = {one["patrol"]: (one["services"], one["parts"]["service"]) for one in found["items"]}
    assert found["wanted_services"] == ["mediation"]
    assert (shown["P-V"], shown["P-001"]) == ((["mediation", "x1"], 1.0), ([], 0.0))
