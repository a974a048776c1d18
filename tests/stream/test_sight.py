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
from tests import make, watch
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


async def read(hands: Hands, feed: Feed, who: str, since: str = "0-0") -> tuple[list[dict[str, Any]], str]:
    """All that somebody gets who reads the log from a place on now, and the place they are at then."""
    hands.door.forget()
    end = (await service.start(feed, (), None, None)).place
    caller = await hands.door.caller(hands.door.access_token(hands.town.accounts[who]), None)

    async def again() -> Any:
        return caller

    reader = Reader(service.follow(feed, await service.start(feed, (), None, since), caller, again))
    await reader.until(lambda one: (Place.parse(one.last_id) or Place(0, 0)) >= end)
    return [orjson.loads(event["data"]) for event in reader.events], reader.last_id


async def heard(hands: Hands, feed: Feed, who: str, incident: dict[str, Any]) -> list[str]:
    """The topics of an incident's facts that somebody gets who reads the whole log now."""
    about, _ = await read(hands, feed, who)
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


@pytest.fixture
async def watch_of_street(committed: Hands, own_db: Database) -> str:
    """A volunteer of the street, on duty with the patrol P-V."""
    async with own_db.write() as session:
        await watch.add(session, committed.town)
    return "volunteer1"


async def sent(hands: Hands, *patrols: str) -> dict[str, Any]:
    """An incident that patrols are sent to."""
    return await hands.moved(STREET, await hands.registered(), "dispatch", patrols=list(patrols))


async def test_a_volunteer_hears_of_what_the_own_crew_is_sent_to_while_they_are_of_it(
    committed: Hands, feed: Feed, watch_of_street: str, own_db: Database
) -> None:
    others, mine = await sent(committed, "P-002"), await sent(committed, "P-V", "P-001")
    facts, place = await read(committed, feed, watch_of_street)
    assert {one["payload"].get("incident_id") for one in facts} == {mine["id"]}
    assert "assignment.offered" in {one["topic"] for one in facts}
    own = next(one for one in mine["assignments"] if one["patrol"] == "P-V")
    assert (await committed.assignment(watch_of_street, own, "accept")).status_code == 200
    resumed, _ = await read(committed, feed, watch_of_street, place)
    assert [one["topic"] for one in resumed if one["subject_id"] == own["id"]] == ["assignment.accepted"]
    assert not {one["id"] for one in resumed} & {one["id"] for one in facts}
    async with own_db.write() as session:
        gone = text("UPDATE crew_member SET left_at = now() WHERE account_id = :who")
        await session.execute(gone, {"who": committed.town.accounts[watch_of_street]})
    assert await heard(committed, feed, watch_of_street, mine) == []
    assert await heard(committed, feed, watch_of_street, others) == []


async def test_a_volunteer_hears_of_the_own_duty_and_of_the_own_team_alone(
    committed: Hands, feed: Feed, watch_of_street: str, own_db: Database
) -> None:
    for patrol in ("P-V", "P-001"):
        made = await committed.post(STREET, "/v1/welfare-checks", {"patrol": patrol, "every_s": 600, "grace_s": 60})
        assert made.status_code == 201, made.text
    services = {"services": [{"code": "mediation"}]}
    for team in ("watch", "urban_management"):
        await committed.client.put(f"/v1/teams/{team}/services", json=services, headers=committed.headers("admin", "*"))
    shift = committed.town.shifts["P-V"]
    off = await committed.post(STREET, f"/v1/shifts/{shift}/sign-off", {}, "*")
    assert off.status_code == 200, off.text
    facts, _ = await read(committed, feed, watch_of_street)
    assert [one["topic"] for one in facts] == [
        "welfare.set",
        "team.services_changed",
        "welfare.end",
        "shift.signed_off",
    ]
    assert {one["payload"].get("patrol_id") for one in facts} == {None, str(committed.town.patrols["P-V"])}
