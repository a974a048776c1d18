"""Of an incident the stream tells those who see it when it is read, live or from an old place of the log."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.stream import service
from app.stream.feed import Feed
from app.stream.workflow import Place
from tests import make
from tests.hands import Hands
from tests.stream.conftest import Reader

DESK, STREET, CREW = "fire_rescue.desk", "street1.dispatcher", "patrol1.leader"


@pytest.fixture
async def committed(own_db: Database, own_client: httpx.AsyncClient, api: FastAPI) -> Hands:
    """The town's people on a database that keeps what they do."""
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, api.state.doorman)


@pytest.fixture
async def feed(own_db: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Feed]:
    monkeypatch.setattr(service, "HEARTBEAT_S", 0.05)
    feed = Feed(own_db)
    await feed.open()
    yield feed
    await feed.close()


async def heard(hands: Hands, feed: Feed, who: str, incident: dict[str, Any]) -> list[str]:
    """The topics of an incident's facts that somebody gets who reads the whole log now."""
    hands.door.forget()
    end = (await service.start(feed, (), None, None)).place
    caller = await hands.door.caller(hands.door.access_token(hands.town.accounts[who]), None)

    async def again() -> Any:
        return caller

    reader = Reader(service.follow(feed, await service.start(feed, (), None, "0-0"), caller, again))
    await reader.until(lambda one: (Place.parse(one.last_id) or Place(0, 0)) >= end)
    about = [orjson.loads(event["data"]) for event in reader.events]
    return [one["topic"] for one in about if one["payload"].get("incident_id") == incident["id"]]


async def test_a_department_does_not_read_again_what_its_link_no_longer_opens(
    committed: Hands, feed: Feed, own_db: Database
) -> None:
    incident = await committed.registered()
    summons = (await committed.blown(STREET, incident, "fire_rescue"))["summons"][0]
    await committed.summoned(STREET, summons, "withdraw", reason="false alarm")
    assert "summons.called" in await heard(committed, feed, DESK, incident)
    async with own_db.write() as session:
        await session.execute(text("UPDATE link_grant SET read_until = now() - interval '1 second'"))
    assert await heard(committed, feed, DESK, incident) == []
    assert "summons.called" in await heard(committed, feed, STREET, incident)


async def test_who_reported_it_elsewhere_hears_of_it_and_others_of_the_street_do_not(
    committed: Hands, feed: Feed
) -> None:
    incident = await committed.report(CREW, at=make.B1)
    assert await heard(committed, feed, CREW, incident) == ["incident.report"]
    assert await heard(committed, feed, STREET, incident) == []


async def test_a_street_that_an_incident_has_left_does_not_read_of_it_again(
    committed: Hands, feed: Feed, own_db: Database
) -> None:
    incident = await committed.report("grid1.worker")
    assert await heard(committed, feed, STREET, incident) == ["incident.report"]
    async with own_db.write() as session:
        moved = text("UPDATE incident SET home_centre_id = :home WHERE id = :id")
        await session.execute(moved, {"home": committed.town.organisations["B"], "id": incident["id"]})
    assert await heard(committed, feed, STREET, incident) == []
    assert await heard(committed, feed, "district.dispatcher", incident) == ["incident.report"]
