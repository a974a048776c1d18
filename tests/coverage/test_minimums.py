"""How many patrols a place needs, how many are there, and that a void and its end are each recorded once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text

from app.core.db import Database
from app.core.outbox import Event
from app.coverage.minimum import service
from tests import make
from tests.hands import Hands

LATER = text(
    "UPDATE coverage_void SET since_at = since_at - CAST(:some AS interval), "
    "enough_since_at = enough_since_at - CAST(:some AS interval)"
).bindparams(some=timedelta(minutes=3))


async def need(hands: Hands, who: str = "street1.dispatcher", **more: Any) -> dict[str, Any]:
    """A minimum that must be taken."""
    answer = await hands.post(who, "/v1/coverage/minimums", {"centre": "A", "needed": 1} | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def counted(hands: Hands) -> list[int]:
    """How many are at each place now."""
    page = (await hands.get("street1.dispatcher", "/v1/coverage/live")).json()
    return [item["present"] for item in page["items"]]


async def watch(database: Database) -> list[str]:
    """Let time pass, look, and say what has been recorded so far."""
    async with database.write() as session:
        await session.execute(LATER)
        await service.watch(session)
    async with database.read() as session:
        topics = await session.scalars(
            select(Event.topic).where(Event.topic.like("coverage_void.%")).order_by(Event.id)
        )
        return [topic.partition(".")[2] for topic in topics]


async def move(database: Database, patrol: str, lon: float, age: timedelta = timedelta(0)) -> None:
    """A patrol is somewhere else."""
    moved = text(
        "UPDATE latest_position SET location = ST_SetSRID(ST_MakePoint(:lon, 32.005), 4326), "
        "observed_at = now() - CAST(:age AS interval) FROM patrol WHERE id = patrol_id AND code = :code"
    )
    async with database.write() as session:
        await session.execute(moved, {"lon": lon, "age": age, "code": patrol})


@pytest.mark.parametrize(
    ("place", "present"),
    [
        ({"cell": "A1-00"}, 1),
        ({"cell": "A2-20"}, 0),
        ({"beat": "P-001"}, 2),
        ({"area": "A1"}, 2),
        ({"area": "A2"}, 0),
        ({"area": "A1", "vehicle": "foot"}, 0),
        ({"area": "A1", "department": "urban_management"}, 2),
        ({"area": "A1", "department": "fire_rescue"}, 0),
    ],
)
async def test_patrols_are_counted_where_they_are(hands: Hands, place: dict[str, str], present: int) -> None:
    await need(hands, **place)
    assert await counted(hands) == [present]


async def test_a_patrol_whose_position_is_old_counts_for_its_beat(hands: Hands, db: Database) -> None:
    for place in ({"cell": "A1-00"}, {"beat": "P-001"}, {"area": "A1"}):
        await need(hands, **place)
    await move(db, "P-001", 118.65, timedelta(minutes=11))
    assert await counted(hands) == [0, 2, 2]
    await move(db, "P-001", 118.65)
    assert await counted(hands) == [0, 1, 1]


async def test_a_void_is_recorded_once_it_lasts_and_so_is_its_end(hands: Hands, db: Database) -> None:
    await need(hands, area="A1", needed=2)
    assert await watch(db) == []
    await move(db, "P-001", 118.65)
    assert [await watch(db), await watch(db), await watch(db)] == [[], ["opened"], ["opened"]]
    (void,) = (await hands.get("street1.dispatcher", "/v1/coverage/voids", open=True)).json()["items"]
    assert (void["minimum"]["place"]["code"], void["lowest"], void["ended_at"]) == ("A1", 1, None)
    await move(db, "P-001", 118.605)
    assert [await watch(db), await watch(db), await watch(db)] == [["opened"], ["opened", "ended"], ["opened", "ended"]]
    assert (await hands.get("street1.dispatcher", "/v1/coverage/voids", open=True)).json()["items"] == []


async def test_a_void_ends_with_the_minimum(hands: Hands, db: Database) -> None:
    made = await need(hands, area="A2")
    assert [await watch(db), await watch(db)] == [[], ["opened"]]
    headers = hands.headers("street1.dispatcher", made["version"])
    changed = await hands.client.patch(
        f"/v1/coverage/minimums/{made['id']}", headers=headers, json={"is_active": False}
    )
    assert (changed.status_code, changed.headers["etag"]) == (200, '"2"')
    assert await watch(db) == ["opened", "ended"]


async def test_another_street_sees_neither_minimum_nor_void(hands: Hands, db: Database) -> None:
    made = await need(hands, area="A2")
    await watch(db)
    assert await watch(db) == ["opened"]
    for path in ("minimums", "live", "voids"):
        assert (await hands.get("street2.dispatcher", f"/v1/coverage/{path}")).json()["items"] == []
    assert (await hands.get("street2.dispatcher", f"/v1/coverage/minimums/{made['id']}")).status_code == 404
    assert len((await hands.get("district.dispatcher", "/v1/coverage/voids")).json()["items"]) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"area": "A1", "beat": "P-001"},
        {"area": "B1"},
        {"beat": "P-101"},
        {"cell": "B1-30"},
        {"area": "A1", "needed": 0},
        {"area": "A1", "weekdays": [8]},
        {"area": "A1", "starts": "08:00Z"},
        {"area": "A1", "department": "A"},
        {"area": "A1", "centre": "B"},
    ],
)
async def test_a_minimum_of_nothing_or_of_others_ground_is_refused(hands: Hands, wrong: dict[str, Any]) -> None:
    answer = await hands.post("street1.dispatcher", "/v1/coverage/minimums", {"centre": "A", "needed": 1} | wrong)
    assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")


async def test_two_workers_record_each_turn_once(own_db: Database, own_client: httpx.AsyncClient, api: FastAPI) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, api.state.doorman)
    for _ in range(5):
        await need(hands, area="A2")
    for _ in range(3):
        await asyncio.gather(*(watch(own_db) for _ in range(4)))
    assert await watch(own_db) == ["opened"] * 5
