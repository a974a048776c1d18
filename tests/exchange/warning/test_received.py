"""A message of others is taken once, ends what it refers to, tells whom it concerns; hostile XML is refused in time."""

import time
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select

from app.core.db import Database
from app.core.outbox import Event
from app.exchange.warning.models import PublicWarning
from tests.exchange.conftest import key_of
from tests.hands import Hands

NS = 'xmlns="urn:oasis:names:tc:emergency:cap:1.2"'
STREET_A = "32.001,118.601 32.001,118.609 32.009,118.609 32.009,118.601 32.001,118.601"
ELSEWHERE = "31.001,117.601 31.001,117.609 31.009,117.609 31.009,117.601 31.001,117.601"


def cap(identifier: str = "w1", kind: str = "Alert", refs: str = "", area: str = "", **more: str) -> str:
    """A message of the weather bureau."""
    said = {"sender": "weather@example.cn", "sent": "2026-11-23T10:00:00+08:00", "status": "Actual"} | more
    head = "".join(f"<{name}>{value}</{name}>" for name, value in said.items())
    refs = f"<references>{refs}</references>" if refs else ""
    where = area or f"<polygon>{STREET_A}</polygon>"
    info = "<language>zh-CN</language><category>Met</category><event>暴雨</event><urgency>Expected</urgency>"
    info += "<severity>Severe</severity><certainty>Likely</certainty><expires>2096-11-23T22:00:00+08:00</expires>"
    info += f"<area><areaDesc>江浦</areaDesc>{where}</area>"
    body = f"<identifier>{identifier}</identifier>{head}<msgType>{kind}</msgType><scope>Public</scope>{refs}"
    return f"<?xml version='1.0' encoding='UTF-8'?><alert {NS}>{body}<info>{info}</info></alert>"


class Bureau:
    """A weather bureau with a key."""

    def __init__(self, client: httpx.AsyncClient, key: str) -> None:
        self.client, self.key = client, key

    async def send(self, message: str | bytes) -> httpx.Response:
        """Send a message."""
        content = message.encode() if isinstance(message, str) else message
        headers = {"X-API-Key": self.key, "Content-Type": "application/cap+xml"}
        return await self.client.post("/v1/warnings/cap", content=content, headers=headers)

    async def sent(self, message: str) -> dict[str, Any]:
        """A message that must be new."""
        answer = await self.send(message)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest.fixture
async def bureau(hands: Hands) -> Bureau:
    return Bureau(hands.client, await key_of(hands, "channel", "warnings:bring"))


async def _state(hands: Hands, warning: dict[str, Any]) -> str:
    return str((await hands.get("district.dispatcher", f"/v1/warnings/{warning['id']}")).json()["state"])


async def test_a_message_is_taken_and_tells_whom_it_concerns(bureau: Bureau, hands: Hands, db: Database) -> None:
    taken = await bureau.sent(cap())
    assert (taken["direction"], taken["state"], taken["centres"]) == ("in", "issued", ["A"])
    assert taken["infos"][0]["event"] == "暴雨"
    async with db.read() as session:
        [fact] = await session.scalars(select(Event).where(Event.topic == "warning.issued"))
    assert fact.scope == [hands.town.organisations["A"]]
    assert [one["id"] for one in (await hands.get("street1.dispatcher", "/v1/warnings")).json()["items"]] == [
        taken["id"]
    ]
    assert (await hands.get("street2.dispatcher", f"/v1/warnings/{taken['id']}")).status_code == 404
    assert (await hands.client.get(f"/v1/warnings/{taken['id']}/cap")).status_code == 404


@pytest.mark.parametrize(
    ("area", "centres"),
    [
        (f"<polygon>{ELSEWHERE}</polygon>", []),
        ("<circle>32.005,118.635 0.2</circle>", ["B"]),
        ("<circle>32.005,118.605 0</circle>", ["A"]),
        ("<geocode><valueName>code</valueName><value>B1</value></geocode>", ["B"]),
        ("<geocode><valueName>UGC</valueName><value>MTZ014</value></geocode>", ["A", "B", "D"]),
        ("<polygon>32.001,118.601 32.009,118.609 32.009,118.601 32.001,118.609 32.001,118.601</polygon>", ["A"]),
    ],
)
async def test_ground_says_whom_it_concerns(bureau: Bureau, area: str, centres: list[str]) -> None:
    assert (await bureau.sent(cap(area=area)))["centres"] == centres


async def test_the_same_message_is_taken_once(bureau: Bureau, db: Database) -> None:
    first, again = await bureau.sent(cap()), await bureau.send(cap())
    assert (again.status_code, again.json()["id"]) == (200, first["id"])
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(PublicWarning)) == 1
        assert await session.scalar(select(func.count()).where(Event.topic == "warning.issued")) == 1


async def test_updates_and_cancels_are_honoured(bureau: Bureau, hands: Hands) -> None:
    first = await bureau.sent(cap())
    update = await bureau.sent(cap("w2", "Update", "weather@example.cn,w1,2026-11-23T10:00:00+08:00"))
    assert (await _state(hands, first), await _state(hands, update)) == ("updated", "issued")
    end = cap("w3", "Cancel", "weather@example.cn,w2,2026-11-23T02:00:00-00:00")
    assert (await bureau.sent(end))["state"] == "cancelled"
    assert await _state(hands, update) == "cancelled"
    assert (await hands.get("district.dispatcher", "/v1/warnings")).json()["items"] == []


async def test_what_comes_after_its_end_is_over(bureau: Bureau, hands: Hands) -> None:
    await bureau.sent(cap("w2", "Cancel", "weather@example.cn,w1,2026-11-23T10:00:00+08:00"))
    assert (await bureau.sent(cap()))["state"] == "cancelled"


async def test_another_sender_ends_nothing(bureau: Bureau, hands: Hands) -> None:
    first = await bureau.sent(cap())
    other = cap("x", "Cancel", "weather@example.cn,w1,2026-11-23T10:00:00+08:00", sender="other@example.cn")
    await bureau.sent(other)
    assert await _state(hands, first) == "issued"


async def test_a_test_tells_nobody(bureau: Bureau, db: Database) -> None:
    await bureau.sent(cap(status="Test"))
    async with db.read() as session:
        assert await session.scalar(select(func.count()).where(Event.topic.like("warning.%"))) == 0


async def test_only_a_key_for_warnings_brings_them(bureau: Bureau, hands: Hands) -> None:
    hotline = Bureau(hands.client, await key_of(hands, "channel", "incidents:report"))
    assert (await hotline.send(cap())).status_code == 403
    assert (await Bureau(hands.client, "nonsense").send(cap())).status_code == 401


LAUGHS = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10 if n else "ha" * 10}">' for n in range(10))
HOSTILE = {
    "billion laughs": f"<!DOCTYPE a [{LAUGHS}]><alert {NS}>&a9;</alert>",
    "quadratic": f'<!DOCTYPE a [<!ENTITY a "{"x" * 50_000}">]><alert {NS}>{"&a;" * 20_000}</alert>',
    "external entity": f'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><alert {NS}>&x;</alert>',
    "parameter entity": f'<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1/x"> %x;]><alert {NS}/>',
    "external dtd": f'<!DOCTYPE a SYSTEM "http://127.0.0.1/x.dtd"><alert {NS}/>',
    "deep": f"<alert {NS}>{'<a>' * 20_000}{'</a>' * 20_000}</alert>",
    "wide": f"<alert {NS}>{'<a/>' * 40_000}</alert>",
    "many attributes": "<alert " + " ".join(f'a{n}="x"' for n in range(20_000)) + "/>",
    "no xml": "{}",
    "nothing": "",
    "cut off": cap()[:-20],
    "zero": cap().replace("暴雨", "\x00"),
    "other encoding": "<?xml version='1.0' encoding='nonsense'?><alert/>",
    "twelve": "<?xml version='1.0' encoding='utf-16'?><alert/>",
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_xml_is_refused_in_time(bureau: Bureau, name: str) -> None:
    begun = time.perf_counter()
    answer = await bureau.send(HOSTILE[name])
    assert answer.status_code in (400, 422), answer.text
    assert time.perf_counter() - begun < 5


async def test_a_huge_message_is_not_read(bureau: Bureau) -> None:
    assert (await bureau.send(cap(note="x" * 300_000))).status_code == 413


@pytest.mark.parametrize(
    ("message", "word"),
    [
        (cap().replace("cap:1.2", "cap:1.1"), "CAP 1.2"),
        (cap().replace(NS, f'xmlns:c="{NS[7:-1]}"'), "CAP 1.2"),
        (cap("a b"), "identifier"),
        (cap(sender="a,b"), "sender"),
        (cap(sent="2026-11-23T02:00:00Z"), "sent"),
        (cap(sent="0001-01-01T00:00:00+00:00"), "sent"),
        (cap(status="Maybe"), "status"),
        (cap(kind="Ack"), "Ack"),
        (cap(kind="Update"), "references"),
        (cap(kind="Update", refs="nonsense"), "references"),
        (cap().replace("Met", "Weather"), "category"),
        (cap().replace("<severity>Severe</severity>", ""), "severity"),
        (cap().replace("<areaDesc>江浦</areaDesc>", ""), "areaDesc"),
        (cap(area="<polygon>1,2 3,4 5,6</polygon>"), "polygon"),
        (cap(area="<polygon>1,2 3,4 5,6 7,8</polygon>"), "polygon"),
        (cap(area="<polygon>1,2 3,4 nan,6 1,2</polygon>"), "polygon"),
        (cap(area="<polygon>1,2 3,400 5,6 1,2</polygon>"), "polygon"),
        (cap(area=f"<polygon>1,2 {'3,4 ' * 3000}1,2</polygon>"), "polygon"),
        (cap(area="<circle>1,2 inf</circle>"), "circle"),
        (cap(area="<circle>1,2</circle>"), "circle"),
    ],
)
async def test_what_breaks_a_rule_of_cap_is_refused_with_the_rule(bureau: Bureau, message: str, word: str) -> None:
    answer = await bureau.send(message)
    assert answer.status_code == 422, answer.text
    assert word in answer.json()["detail"]


async def test_a_signature_and_other_namespaces_are_left(bureau: Bureau) -> None:
    other = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><identifier>evil</identifier></Signature></alert>'
    taken = await bureau.sent(cap().replace("</alert>", other))
    assert taken["identifier"] == "w1"
