"""Sixty-four clients at once: constraints hold, nobody gets a 500, versions strictly increase."""

import asyncio
from collections import Counter
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from app.core.db import Database
from app.core.ids import uuid7
from app.dispatch.models import Assignment
from app.incident.models import Incident, IncidentMove
from app.linkage.models import Summons
from tests import make
from tests.hands import Hands, report_body

CLIENTS = 64


@pytest.fixture
async def crowd(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI) -> Hands:
    """The town's people on a database where commits stay."""
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, api.state.doorman)


async def _histories_are_dense(database: Database) -> None:
    async with database.read() as session:
        made = select(IncidentMove.incident_id, func.count().label("n"), func.max(IncidentMove.seq).label("last"))
        rows = made.group_by(IncidentMove.incident_id).subquery()
        joined = select(Incident.version, rows.c.n, rows.c.last).join(rows, rows.c.incident_id == Incident.id)
        for version, count, last in (await session.execute(joined)).all():
            assert version == count == last


async def test_one_of_sixty_four_acceptors_wins(crowd: Hands, own_db: Database) -> None:
    incident = await crowd.report(category_code="E0406")
    answers = await asyncio.gather(*(crowd.move("street1.acceptor", incident, "accept") for _ in range(CLIENTS)))
    assert Counter(a.status_code for a in answers) == {200: 1, 412: CLIENTS - 1}
    await _histories_are_dense(own_db)


async def test_any_version_still_moves_once(crowd: Hands, own_db: Database) -> None:
    incident = await crowd.report(category_code="E0406")
    path, body = f"/v1/incidents/{incident['id']}/transitions", {"action": "accept"}
    answers = await asyncio.gather(*(crowd.post("street1.acceptor", path, body, "*") for _ in range(CLIENTS)))
    assert Counter(a.status_code for a in answers) == {200: 1, 409: CLIENTS - 1}
    await _histories_are_dense(own_db)


async def test_a_patrol_is_held_by_one_of_many_incidents(crowd: Hands, own_db: Database) -> None:
    incidents = [await crowd.registered() for _ in range(16)]
    sends = [crowd.move("street1.dispatcher", i, "dispatch", patrols=["P-001"]) for i in incidents for _ in range(4)]
    answers = await asyncio.gather(*sends)
    assert Counter(a.status_code for a in answers)[200] == 1
    assert {a.status_code for a in answers} <= {200, 409, 412}
    async with own_db.read() as session:
        held = select(func.count()).where(Assignment.patrol_id == crowd.town.patrols["P-001"], Assignment.is_active)
        assert await session.scalar(held) == 1
    await _histories_are_dense(own_db)


async def test_automatic_dispatch_never_holds_a_patrol_twice(crowd: Hands, own_db: Database) -> None:
    sends = [crowd.post("patrol1.leader", "/v1/incidents", report_body(category_code="E0401")) for _ in range(CLIENTS)]
    answers = await asyncio.gather(*sends)
    assert {a.status_code for a in answers} == {201}
    statuses = Counter(a.json()["status"] for a in answers)
    assert statuses == {"dispatched": 2, "registered": CLIENTS - 2}
    await _histories_are_dense(own_db)


async def test_copies_of_one_request_have_one_effect_and_one_answer(crowd: Hands, own_db: Database) -> None:
    key = str(uuid7())
    sends = [crowd.post("patrol1.leader", "/v1/incidents", report_body(), key=key) for _ in range(CLIENTS)]
    answers = await asyncio.gather(*sends)
    assert {a.status_code for a in answers} <= {201, 409}
    assert len({a.content for a in answers if a.status_code == 201}) == 1
    assert {a.json()["type"] for a in answers if a.status_code == 409} <= {"/problems/still-running"}
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Incident)) == 1


async def test_crew_and_centre_race_and_the_history_stays_dense(crowd: Hands, own_db: Database) -> None:
    incident = await crowd.dispatched("P-001")
    [assignment] = incident["assignments"]
    path = f"/v1/assignments/{assignment['id']}/transitions"
    crew = [crowd.post("patrol1.leader", path, {"action": "accept"}, "*") for _ in range(CLIENTS // 2)]
    centre = [crowd.move("street1.dispatcher", incident, "recall", reason="r") for _ in range(CLIENTS // 2)]
    answers = await asyncio.gather(*crew, *centre)
    assert {a.status_code for a in answers} <= {200, 409, 412}
    assert 1 <= sum(a.status_code == 200 for a in answers) <= 2
    await _histories_are_dense(own_db)


async def test_of_many_whistles_of_a_kind_one_is_blown_and_calls_once(crowd: Hands, own_db: Database) -> None:
    incident = await crowd.registered()
    sends = [crowd.blow("street1.dispatcher", incident, "fire_rescue") for _ in range(32)]
    answers = await asyncio.gather(*sends)
    assert Counter(a.status_code for a in answers) == {201: 1, 409: 31}
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Summons)) == 1
    await _histories_are_dense(own_db)


async def test_of_departments_that_acknowledge_at_once_one_leads(crowd: Hands, own_db: Database) -> None:
    whistle = await crowd.blown("street1.dispatcher", await crowd.registered(), "fire_rescue", "urban_management")
    desks = ("fire_rescue.desk", "urban_management.desk")
    sends = [
        crowd.summon(who, summons, "acknowledge")
        for who, summons in zip(desks, whistle["summons"], strict=True)
        for _ in range(16)
    ]
    answers = await asyncio.gather(*sends)
    assert Counter(a.status_code for a in answers) == {200: 2, 412: 30}
    incident = await crowd.seen("street1.dispatcher", whistle["incident"])
    assert sorted(s["role"] for s in incident["summons"]) == ["assist", "lead"]
    assert incident["status"] == "handling"
    await _histories_are_dense(own_db)


async def test_one_move_of_a_summons_that_leaves_the_incident_as_it_is_is_made_once(crowd: Hands) -> None:
    whistle = await crowd.blown("street1.dispatcher", await crowd.registered(), "fire_rescue")
    summons = await crowd.summoned("fire_rescue.desk", whistle["summons"][0], "acknowledge")
    summons = await crowd.summoned("fire_rescue.handler", summons, "arrive", waiver="no signal")
    sends = [crowd.summon("fire_rescue.desk", summons, "work") for _ in range(CLIENTS)]
    answers = await asyncio.gather(*sends)
    assert Counter(a.status_code for a in answers) == {200: 1, 412: CLIENTS - 1}
    history = (await crowd.get("fire_rescue.desk", f"/v1/summons/{summons['id']}")).json()["history"]
    assert [line["seq"] for line in history] == [1, 2, 3, 4]


async def test_a_part_that_changed_while_its_incident_was_waited_for_is_read_as_it_is_then(
    crowd: Hands, own_db: Database
) -> None:
    whistle = await crowd.blown("street1.dispatcher", await crowd.registered(), "fire_rescue")
    [summons] = whistle["summons"]
    async with own_db.write_lane() as lane:
        await lane.fetch("SELECT 1 FROM incident WHERE id = $1 FOR UPDATE", UUID(whistle["incident"]["id"]))
        waiting = asyncio.create_task(crowd.summon("fire_rescue.desk", summons, "acknowledge"))
        await asyncio.sleep(0.5)
        await lane.fetch("UPDATE summons SET version = 2 WHERE id = $1", UUID(summons["id"]))
        await lane.fetch("UPDATE incident SET updated_at = now() WHERE id = $1", UUID(whistle["incident"]["id"]))
    assert (await waiting).status_code == 412
