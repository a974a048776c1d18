"""A ticket becomes one incident, whatever comes again; what cannot be read is kept; its channel hears how far it is."""

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import func, select, text

from app.core.db import Database
from app.core.geo import LonLat, wgs84_to_gcj02
from app.core.outbox import Event
from app.exchange.feed.models import Ticket
from app.incident.contact.models import Reporter
from app.incident.history.models import IncidentNote
from app.incident.models import Incident
from tests import make
from tests.hands import Hands

SHIFTED = wgs84_to_gcj02(LonLat(*make.A1))
DEEP: Any = []
for _ in range(200):
    DEEP = [DEEP]
MAPPING = {
    "number": "order.no",
    "title": "title",
    "description": ["content", "demand"],
    "category": "type",
    "categories": {"0203": "E0406", "0777": "E9999"},
    "lon": "at.0",
    "lat": "at.1",
    "datum": "gcj02",
    "occurred_at": "time",
    "reporter_name": "caller.name",
    "reporter_phone": "caller.phone",
}


def ticket(number: str | None = "T-1", **more: Any) -> dict[str, Any]:
    """A ticket as the hotline has it."""
    caller = {"name": "Zorro", "phone": "139 1234 5678 转2"}
    said = {"content": "占道", "type": "0203", "at": [str(SHIFTED.lon), SHIFTED.lat], "time": "2026-11-23 10:00:00"}
    return {"order": {"no": number}, "caller": caller} | said | more


@pytest.fixture
async def feed(hands: Hands) -> str:
    body = {"code": "hotline", "name": "12345", "centre": "D", "account": "channel", "mapping": MAPPING}
    answer = await hands.post("admin", "/v1/feeds", body)
    assert answer.status_code == 201, answer.text
    return "/v1/feeds/hotline"


async def send(hands: Hands, feed: str, *tickets: Any, who: str = "channel") -> list[dict[str, Any]]:
    """Send tickets that must be taken."""
    answer = await hands.post(who, f"{feed}/tickets", {"tickets": list(tickets)})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def _one(db: Database, what: Any) -> Any:
    async with db.read() as session:
        return await session.scalar(select(what))


async def _count(db: Database, what: Any) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(what)) or 0


async def test_a_ticket_becomes_an_incident_where_it_really_is(hands: Hands, feed: str, db: Database) -> None:
    [taken] = await send(hands, feed, ticket())
    assert taken["result"] == "filed"
    incident = (await hands.get("street1.acceptor", f"/v1/incidents/{taken['incident_id']}")).json()
    assert (incident["source"], incident["external_ref"], incident["description"]) == ("hotline", "T-1", "占道")
    assert incident["category"]["code"] == "E0406"
    assert incident["location"]["coordinates"] == pytest.approx(make.A1, abs=1e-6)
    assert datetime.fromisoformat(incident["occurred_at"]) == datetime(2026, 11, 23, 2, tzinfo=UTC)


async def test_the_contact_is_in_the_contacts_alone(hands: Hands, feed: str, db: Database) -> None:
    await send(hands, feed, ticket())
    kept = await _one(db, Reporter)
    assert (kept.name, kept.phone) == ("Zorro", "139 1234 5678 2")
    async with db.read() as session:
        for table in ("feed_ticket", "incident", "incident_note", "outbox", "stored_answer"):
            looked = f"SELECT count(*) FROM {table} t WHERE t::text ~ 'Zorro|139 1234'"  # noqa: S608  # ours
            assert await session.scalar(text(looked)) == 0, table


async def test_a_ticket_that_comes_again_is_the_same_incident(hands: Hands, feed: str, db: Database) -> None:
    [first], [again] = await send(hands, feed, ticket()), await send(hands, feed, ticket())
    assert (again["result"], again["incident_id"]) == ("known", first["incident_id"])
    assert await _count(db, Incident) == 1


async def test_a_ticket_that_has_changed_is_noted_not_filed_again(hands: Hands, feed: str, db: Database) -> None:
    [first] = await send(hands, feed, ticket())
    news = ticket(content="占道，还有人受伤", caller={"name": "Zorro", "phone": "13000000000"})
    [again] = await send(hands, feed, news)
    assert (again["result"], again["incident_id"]) == ("updated", first["incident_id"])
    note = await _one(db, IncidentNote)
    assert (note.kind, note.note) == ("supplement", "内容：占道，还有人受伤")
    assert (await _one(db, Reporter)).phone == "13000000000"
    assert [one["result"] for one in await send(hands, feed, news)] == ["known"]
    async with db.read() as session:
        assert "incident.supplemented" in set(await session.scalars(select(Event.topic)))


async def test_the_same_number_of_another_channel_is_another_ticket(hands: Hands, feed: str, db: Database) -> None:
    body = {"code": "police", "name": "110", "centre": "D", "account": "channel", "mapping": MAPPING}
    assert (await hands.post("admin", "/v1/feeds", body)).status_code == 201
    [one], [two] = await send(hands, feed, ticket()), await send(hands, "/v1/feeds/police", ticket())
    assert one["incident_id"] != two["incident_id"]


@pytest.mark.parametrize(
    ("broken", "reason"),
    [
        (ticket(None), "order.no: there is no number."),
        (ticket("x" * 101), "order.no: there is no number."),
        (ticket(content=None), "content: there is no description."),
        (ticket(at=["here", 32]), "at.0: is not a coordinate in degrees."),
        (ticket(at=["nan", 32]), "at.0: is not a coordinate in degrees."),
        (ticket(at=[118.6]), "at.1: is not a coordinate in degrees."),
        (ticket(time="yesterday"), "time: is not a date and time."),
        (ticket(time="0001-01-01"), "time: is not a date and time."),
        (ticket(at=[100, 20]), "The place lies outside the ground of this channel."),
        ({}, "order.no: there is no number."),
        ({"a\x00": "\x00", "order": [[[]]]}, "order.no: there is no number."),
        ({"big": 10**400, "low": [-(2**70), 1e308], "deep": DEEP}, "order.no: there is no number."),
    ],
)
async def test_what_cannot_be_read_is_kept_and_holds_up_no_other(
    hands: Hands, feed: str, db: Database, broken: dict[str, Any], reason: str
) -> None:
    results = await send(hands, feed, broken, ticket("T-2"), broken)
    assert [one["result"] for one in results] == ["quarantined", "filed", "quarantined"]
    [waiting] = (await hands.get("admin", f"{feed}/quarantine")).json()["items"]
    assert (waiting["reason"], waiting["tries"]) == (reason, 2)
    assert await _count(db, Incident) == 1


async def test_what_waits_is_read_again_by_a_better_mapping(hands: Hands, feed: str, db: Database) -> None:
    odd = ticket(None, id="T-9", order={"no": {}})
    await send(hands, feed, odd)
    assert [one["result"] for one in (await _retry(hands, feed))] == ["quarantined"]
    path = {"mapping": MAPPING | {"number": "id"}}
    changed = await hands.client.patch(feed, json=path, headers=hands.headers("admin", 1))
    assert (changed.status_code, changed.json()["version"]) == (200, 2)
    [taken] = await _retry(hands, feed)
    assert (taken["result"], taken["number"]) == ("filed", "T-9")
    assert (await hands.get("admin", f"{feed}/quarantine")).json()["items"] == []
    kept = await _one(db, Ticket)
    assert (kept.payload, kept.reason) == (None, None)
    stale = await hands.client.patch(feed, json=path, headers=hands.headers("admin", 1))
    assert stale.status_code == 412


async def _retry(hands: Hands, feed: str) -> list[dict[str, Any]]:
    answer = await hands.post("admin", f"{feed}/quarantine/retry", None)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["results"])


async def test_a_category_that_we_have_none_for_is_filed_without_one_and_listed(hands: Hands, feed: str) -> None:
    tickets = (ticket("T-1", type="0999"), ticket("T-2", type="0999"), ticket("T-3", type="0777"), ticket("T-4"))
    results = await send(hands, feed, *tickets)
    assert [one["unmapped"] for one in results] == ["0999", "0999", "0777", None]
    incident = (await hands.get("street1.acceptor", f"/v1/incidents/{results[0]['incident_id']}")).json()
    assert incident["category"] is None
    listed = (await hands.get("admin", f"{feed}/unmapped")).json()
    assert listed == [{"category": "0999", "tickets": 2}, {"category": "0777", "tickets": 1}]


async def test_the_channel_hears_how_far_a_ticket_is_and_no_more(hands: Hands, feed: str) -> None:
    [taken] = await send(hands, feed, ticket())
    note = {"kind": "note", "note": "内部"}
    await hands.post("street1.dispatcher", f"/v1/incidents/{taken['incident_id']}/notes", note)
    shown = (await hands.get("channel", f"{feed}/tickets/T-1")).json()
    assert (shown["state"], shown["closed_at"], shown["told"]) == ("open", None, None)
    known = {"id": taken["incident_id"], "version": 1}
    await hands.moved("street1.acceptor", known, "reject", reason_code="duplicate", note="内部")
    note = {"kind": "public", "note": "已转交通部门。"}
    await hands.post("street1.dispatcher", f"/v1/incidents/{taken['incident_id']}/notes", note)
    answer = await hands.get("channel", f"{feed}/tickets/T-1")
    assert (answer.json()["state"], answer.json()["told"]) == ("closed", "已转交通部门。")
    assert "内部" not in answer.text
    assert answer.json()["closed_at"]
    assert (await hands.get("channel", f"{feed}/tickets/T-2")).status_code == 404


async def test_a_feed_is_its_channels_and_its_keepers(hands: Hands, feed: str) -> None:
    body = {"tickets": [ticket()]}
    assert (await hands.post("grid1.worker", f"{feed}/tickets", body)).status_code == 404
    assert (await hands.post("admin", f"{feed}/tickets", body)).status_code == 403
    assert (await hands.get("grid1.worker", f"{feed}/tickets/T-1")).status_code == 404
    for path in (feed, f"{feed}/quarantine", f"{feed}/unmapped", "/v1/feeds"):
        assert (await hands.get("channel", path)).status_code == 403
    assert [one["code"] for one in (await hands.get("admin", "/v1/feeds")).json()] == ["hotline"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"account": "street1.dispatcher"},
        {"account": "nobody"},
        {"centre": "urban_management"},
        {"code": "Hot Line"},
        {"mapping": MAPPING | {"number": "a..b"}},
        {"mapping": MAPPING | {"time_zone": "Mars/North"}},
    ],
)
async def test_a_feed_that_makes_no_sense_is_refused(hands: Hands, wrong: dict[str, Any]) -> None:
    body = {"code": "hotline", "name": "12345", "centre": "D", "account": "channel", "mapping": MAPPING} | wrong
    assert (await hands.post("admin", "/v1/feeds", body)).status_code == 422


async def test_half_a_character_is_no_reason_to_fail(hands: Hands, feed: str) -> None:
    body = rb'{"tickets": [{"order": {"no": "T-\ud800"}, "x": "\ud800", "\udfff": NaN}]}'
    headers = hands.headers("channel") | {"Content-Type": "application/json"}
    answer = await hands.client.post(f"{feed}/tickets", content=body, headers=headers)
    assert answer.status_code in (200, 422), answer.text


async def test_a_batch_has_its_limit(hands: Hands, feed: str) -> None:
    answer = await hands.post("channel", f"{feed}/tickets", {"tickets": [{}] * 501})
    assert answer.status_code == 422
