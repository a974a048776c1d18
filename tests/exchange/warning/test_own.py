"""A centre's warning goes from draft to end; everybody reads what was issued as CAP, and what is in force as a feed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from defusedxml.ElementTree import fromstring
from sqlalchemy import select

from app.core.db import Database
from app.core.outbox import Event
from tests import make
from tests.exchange.warning import spec
from tests.hands import Hands

TILL = (datetime.now(UTC) + timedelta(hours=6)).isoformat()
STORM: dict[str, Any] = {
    "centre": "D",
    "areas": ["A"],
    "category": ["Met", "Safety"],
    "urgency": "Expected",
    "severity": "Severe",
    "certainty": "Likely",
    "event": "暴雨",
    "event_en": "Rainstorm",
    "headline": "今晚暴雨 <b>&",
    "headline_en": "Heavy rain tonight",
    "description": "三小时 50 毫米以上。]]>",
    "description_en": "More than 50 mm within three hours.",
    "instruction": "请勿涉水。",
    "expires_at": TILL,
}


async def draft(hands: Hands, who: str = "district.shift_leader", **more: Any) -> dict[str, Any]:
    """A draft that must be taken."""
    answer = await hands.post(who, "/v1/warnings", STORM | more)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def issued(hands: Hands, **more: Any) -> dict[str, Any]:
    """A warning in force."""
    made = await draft(hands, **more)
    answer = await hands.post("district.shift_leader", f"/v1/warnings/{made['id']}/issue", None, made["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_what_is_issued_is_a_message_that_the_standard_allows(hands: Hands) -> None:
    made = await issued(hands)
    answer = await hands.client.get(f"/v1/warnings/{made['id']}/cap")
    assert answer.headers["content-type"].startswith("application/cap+xml")
    root = spec.read(answer.content)
    assert [info.findtext(spec.tag("language")) for info in root.iter(spec.tag("info"))] == ["zh-CN", "en"]
    assert root.findtext(f"{spec.tag('info')}/{spec.tag('headline')}") == STORM["headline"]
    ring = next(root.iter(spec.tag("polygon"))).text or ""
    positions = [tuple(map(float, pair.split(","))) for pair in ring.split()]
    assert {(32.0, 118.6), (32.02, 118.63)} <= set(positions), "street A, latitude first"


async def test_a_draft_is_nobodys_business(hands: Hands, db: Database) -> None:
    made = await draft(hands)
    assert (await hands.client.get(f"/v1/warnings/{made['id']}/cap")).status_code == 404
    assert made["id"] not in (await hands.client.get("/v1/warnings/index.atom")).text
    async with db.read() as session:
        assert not [topic for topic in await session.scalars(select(Event.topic)) if topic.startswith("warning")]


async def test_the_centres_that_it_concerns_are_told(hands: Hands, db: Database, town: make.Town) -> None:
    made = await issued(hands)
    assert made["centres"] == ["A", "D"]
    async with db.read() as session:
        facts = list(await session.scalars(select(Event).where(Event.topic == "warning.issued")))
    assert {fact.scope[0] for fact in facts} == {town.organisations["A"], town.organisations["D"]}
    listed = (await hands.get("street1.dispatcher", "/v1/warnings")).json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert (await hands.get("street2.dispatcher", "/v1/warnings")).json()["items"] == []
    assert (await hands.get("street2.dispatcher", f"/v1/warnings/{made['id']}")).status_code == 404


async def test_an_update_takes_its_place_and_refers_to_it(hands: Hands) -> None:
    before = await issued(hands)
    path = f"/v1/warnings/{before['id']}/update"
    answer = await hands.post("district.leader", path, STORM | {"severity": "Extreme"})
    assert answer.status_code == 201, answer.text
    root = spec.read((await hands.client.get(f"/v1/warnings/{answer.json()['id']}/cap")).content)
    named = (root.findtext(spec.tag("references")) or "").split(",")[:2]
    assert named == [before["sender"], before["identifier"]]
    assert (await hands.get("street1.dispatcher", f"/v1/warnings/{before['id']}")).json()["state"] == "updated"
    again = await hands.post("district.leader", path, STORM)
    assert again.status_code == 409


async def test_a_warning_is_called_off_by_a_message(hands: Hands) -> None:
    before = await issued(hands)
    reason = {"reason": "雨停了", "reason_en": "The rain is over"}
    path = f"/v1/warnings/{before['id']}/cancel"
    answer = await hands.post("district.shift_leader", path, reason)
    assert (answer.status_code, answer.json()["msg_type"]) == (201, "Cancel"), answer.text
    root = spec.read((await hands.client.get(f"/v1/warnings/{answer.json()['id']}/cap")).content)
    assert root.findtext(spec.tag("msgType")) == "Cancel"
    assert (await hands.get("street1.dispatcher", "/v1/warnings")).json()["items"] == []
    assert "<entry>" not in (await hands.client.get("/v1/warnings/index.atom")).text


async def test_the_feed_leads_to_what_is_in_force(hands: Hands) -> None:
    made = await issued(hands)
    answer = await hands.client.get("/v1/warnings/index.atom")
    atom = "{http://www.w3.org/2005/Atom}"
    feed = fromstring(answer.content)
    [entry] = feed.findall(f"{atom}entry")
    link = entry.find(f"{atom}link")
    assert link is not None
    assert link.get("href") == f"http://test/v1/warnings/{made['id']}/cap"
    assert entry.findtext(f"{atom}title") == STORM["headline"]


async def test_an_exercise_says_that_it_is_one(hands: Hands) -> None:
    made = await issued(hands, exercise=True)
    root = spec.read((await hands.client.get(f"/v1/warnings/{made['id']}/cap")).content)
    assert root.findtext(spec.tag("status")) == "Exercise"


async def test_who_may_warn(hands: Hands) -> None:
    assert (await hands.post("street1.dispatcher", "/v1/warnings", STORM)).status_code == 403
    assert (await hands.post("street1.shift_leader", "/v1/warnings", STORM)).status_code == 422
    made = await draft(hands)
    path = f"/v1/warnings/{made['id']}/issue"
    assert (await hands.post("street1.shift_leader", path, None, "*")).status_code == 403
    assert (await hands.post("district.shift_leader", path, None, 9)).status_code == 412
    assert (await draft(hands, "street1.shift_leader", centre="A", areas=["A1"]))["centres"] == ["A"]


@pytest.mark.parametrize(
    "wrong",
    [{"areas": ["nowhere"]}, {"expires_at": "2020-01-01T00:00:00Z"}, {"urgency": "Soon"}, {"headline": "x" * 161}],
)
async def test_a_warning_that_makes_no_sense_is_refused(hands: Hands, wrong: dict[str, Any]) -> None:
    assert (await hands.post("district.shift_leader", "/v1/warnings", STORM | wrong)).status_code == 422
