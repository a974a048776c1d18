"""A rule that can no longer apply is an alarm until it can again; the set stays on."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, text, update

from app.catalogue.models import CategoryScheme
from app.core.db import Database
from app.core.outbox import Event, react
from app.grid.models import GridCell
from app.policy.alarm import service as alarms
from app.worker import SUBSCRIBERS
from tests import make
from tests.hands import Hands
from tests.policy.rules import ADMIN, published, rule

PATH = "/v1/routing-alarms"
FIRE = "/v1/departments/fire_rescue"


async def watched(db: Database) -> int:
    """The world has changed, and every set in force is held against it; says how many were."""
    looked = 0
    async with db.write() as session:
        await alarms.look_again(session)
        while await alarms.watch(session):
            looked += 1
    return looked


async def away(hands: Hands, area: str = "B") -> None:
    """The fire brigade works in street B only from now on; or, with the district as its area, everywhere again."""
    answer = await hands.client.patch(FIRE, headers=hands.headers(ADMIN, "*"), json={"area": area})
    assert answer.status_code == 200, answer.text


async def open_alarms(hands: Hands, who: str = "auditor") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await hands.get(who, PATH)).json()["items"]
    return found


async def told(db: Database) -> list[dict[str, Any]]:
    async with db.read() as session:
        rows = await session.scalars(select(Event).where(Event.topic == "routing.alarm").order_by(Event.id))
        return [row.payload for row in rows]


async def test_a_department_that_left_raises_an_alarm_and_its_return_ends_it(hands: Hands, db: Database) -> None:
    await published(hands, rule("gas", lead_department="fire_rescue"), centre="A")
    assert (await watched(db), await open_alarms(hands)) == (1, [])
    await away(hands)
    assert await watched(db) == 1
    [alarm] = await open_alarms(hands)
    assert (alarm["rule"], alarm["why"], alarm["what"], alarm["breaks"]) == ("gas", "department", ["fire_rescue"], True)
    assert (await hands.get(ADMIN, "/v1/routing-sets", state="published")).json()["items"][0]["centre"] == "A"
    await away(hands, "D")
    await watched(db)
    assert await open_alarms(hands) == []
    assert [(e["rule"], e["ended"]) for e in await told(db)] == [("gas", False), ("gas", True)]


async def test_an_alarm_is_raised_once_however_often_it_is_looked_for(hands: Hands, db: Database) -> None:
    await published(hands, rule("gas", lead_department="fire_rescue"), centre="A")
    await away(hands)
    for _ in range(3):
        await watched(db)
    assert (len(await open_alarms(hands)), len(await told(db))) == (1, 1)


async def test_a_category_a_cell_and_an_area_that_are_gone_are_found(hands: Hands, db: Database) -> None:
    kind, cell, street = {"categories": ["E0406"]}, {"cells": ["A1-00"]}, {"areas": ["B1"]}
    await published(hands, rule("kind", kind), rule("cell", cell), rule("street", street))
    async with db.write() as session:
        await session.execute(update(CategoryScheme).values(is_current=False))
        await session.execute(update(GridCell).where(GridCell.code == "A1-00").values(valid_until=GridCell.valid_from))
        await session.execute(text("UPDATE area SET code = 'B9' WHERE code = 'B1'"))
    await watched(db)
    found = {(alarm["rule"], alarm["why"], alarm["severity"], alarm["breaks"]) for alarm in await open_alarms(hands)}
    assert found == {
        ("kind", "category", "error", False),
        ("cell", "place", "error", False),
        ("street", "place", "error", False),
    }


async def test_who_acknowledges_says_what_will_be_done_and_the_alarm_stays(hands: Hands, db: Database) -> None:
    await published(hands, rule("gas", lead_department="fire_rescue"), centre="A")
    await away(hands)
    await watched(db)
    [alarm] = await open_alarms(hands)
    path = f"{PATH}/{alarm['id']}/acknowledge"
    assert (await hands.post("street1.shift_leader", path, {"note": "n"}, alarm["version"])).status_code == 403
    assert (await hands.post("district.leader", path, {"note": "n"}, 9)).status_code == 412
    answer = await hands.post("district.leader", path, {"note": "下一版改"}, alarm["version"])
    assert (answer.json()["acknowledged_by"], answer.json()["note"]) == ("district.leader", "下一版改")
    assert (await hands.post(ADMIN, path, {"note": "n"}, "*")).json()["type"] == "/problems/nothing-to-acknowledge"
    await watched(db)
    [alarm] = await open_alarms(hands)
    assert (alarm["acknowledged_at"] is None, alarm["allowed_actions"]) == (False, [])


async def test_what_grows_worse_is_acknowledged_no_more(hands: Hands, db: Database) -> None:
    told = rule("gas", lead_department="fire_rescue", assist_departments=["urban_management"])
    await published(hands, told, centre="A")
    await away(hands)
    await watched(db)
    [alarm] = await open_alarms(hands)
    await hands.post(ADMIN, f"{PATH}/{alarm['id']}/acknowledge", {"note": "n"}, "*")
    moved = await hands.client.patch(
        "/v1/departments/urban_management", headers=hands.headers(ADMIN, "*"), json={"area": "B"}
    )
    assert moved.is_success
    await watched(db)
    [worse] = await open_alarms(hands)
    assert (worse["what"], worse["acknowledged_at"]) == (["fire_rescue", "urban_management"], None)


async def test_alarms_of_another_jurisdiction_do_not_exist(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        other = await make.town(session, "x-")
    hands.town.accounts["stranger"] = other.accounts["admin"]
    await published(hands, rule("gas", lead_department="fire_rescue"), centre="A")
    await away(hands)
    await watched(db)
    [alarm] = await open_alarms(hands)
    assert await open_alarms(hands, "stranger") == []
    assert (await hands.get("stranger", f"{PATH}/{alarm['id']}")).status_code == 404
    assert (await hands.post("stranger", f"{PATH}/{alarm['id']}/acknowledge", {"note": "n"}, "*")).status_code == 404
    assert await open_alarms(hands, "street2.dispatcher") == []


@pytest.fixture
async def crowd(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI) -> Hands:
    """The town's people on a database where commits stay."""
    async with own_db.write() as session:
        return Hands(own_client, await make.town(session), api.state.doorman)


async def test_a_change_in_the_log_has_the_rules_looked_at_by_one_of_several_workers(
    crowd: Hands, own_db: Database
) -> None:
    [subscription] = [one for one in SUBSCRIBERS if one.name == "routing_rules"]
    await published(crowd, rule("gas", lead_department="fire_rescue"), centre="A")
    await away(crowd)

    async def work() -> int:
        async with own_db.write() as session:
            return await alarms.watch(session)

    assert sum(await asyncio.gather(*(work() for _ in range(3)))) == 0, "it was checked as it was published"
    async with own_db.write() as session:
        assert await react(session, subscription.name, subscription.topics, subscription.reaction) >= 1
    assert sum(await asyncio.gather(*(work() for _ in range(3)))) == 1
    assert ([a["rule"] for a in await open_alarms(crowd)], len(await told(own_db))) == (["gas"], 1)


async def lost_halfway(db: Database) -> None:
    async with db.write() as session:
        await alarms.watch(session)
        raise ConnectionError


async def test_a_worker_that_is_lost_halfway_leaves_nothing_behind(crowd: Hands, own_db: Database) -> None:
    await published(crowd, rule("gas", lead_department="fire_rescue"), centre="A")
    await away(crowd)
    async with own_db.write() as session:
        await alarms.look_again(session)
    with pytest.raises(ConnectionError):
        await lost_halfway(own_db)
    assert (await open_alarms(crowd), await told(own_db)) == ([], [])
    async with own_db.write() as session:
        assert await alarms.watch(session) == 1
    assert len(await open_alarms(crowd)) == 1
