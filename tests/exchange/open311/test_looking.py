"""Who sees what of a report: its channel all, everybody the services that are shown, who has a number how far it is."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text

from app.core.db import Database
from app.core.logs import redact
from app.incident.models import Incident
from tests import make
from tests.exchange.conftest import key_of
from tests.exchange.open311.citizen import Citizen
from tests.hands import Hands

FAR = (make.A1[0] + 0.003, make.A1[1])
HOSTILE = "]]>\x01<script>&amp;\x1b\ufffe\u202e\U0001f4a5</status_notes>"
ALWAYS_NULL = (
    *("description", "agency_responsible", "service_notice", "expected_datetime"),
    *("address", "zipcode", "media_url"),
)


@pytest.fixture
def app(client: httpx.AsyncClient, key: str) -> Citizen:
    return Citizen(client, key)


@pytest.fixture
def anybody(client: httpx.AsyncClient) -> Citizen:
    return Citizen(client)


@pytest.fixture
async def rival(client: httpx.AsyncClient, hands: Hands, offered: None) -> Citizen:
    """Another channel."""
    body = {
        "username": "rival",
        "display_name": "rival",
        "password": "a long password",
        "grants": [{"role": "channel", "organisation": "D"}],
    }
    answer = await hands.post("admin", "/v1/accounts", body)
    assert answer.status_code == 201, answer.text
    hands.town.accounts["rival"] = answer.json()["id"]
    return Citizen(client, await key_of(hands, "rival"))


async def _incident(db: Database) -> dict[str, Any]:
    async with db.read() as session:
        found = await session.scalar(select(Incident).order_by(Incident.number.desc()).limit(1))
    assert found is not None
    return {"id": str(found.id), "version": found.version, "number": found.number}


async def _say(hands: Hands, incident: dict[str, Any], note: str, kind: str, who: str = "street1.dispatcher") -> None:
    answer = await hands.post(who, f"/v1/incidents/{incident['id']}/notes", {"kind": kind, "note": note})
    assert answer.status_code == 201, answer.text


async def _numbers(citizen: Citizen, **asked: Any) -> list[str]:
    answer = await citizen.get("requests.json", **asked)
    assert answer.status_code == 200, answer.text
    return [one["service_request_id"] for one in answer.json()]


async def test_the_channel_sees_the_very_place_and_everybody_about_where(app: Citizen, anybody: Citizen) -> None:
    number = await app.report()
    own, seen = await app.one(number), await anybody.one(number)
    assert (own["lat"], own["long"], bool(own["address_id"])) == (make.A1[1], make.A1[0], True)
    assert (seen["lat"], seen["long"], seen["address_id"]) == (32.005, 118.605, None)
    moved = await app.report((118.6012, 32.0048), description="别处")
    seen = await anybody.one(moved)
    assert (seen["lat"], seen["long"]) == (32.005, 118.601)


async def test_what_is_not_shown_has_no_place_for_others_and_stands_in_no_list(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    await app.post(service_code="E0497")
    async with db.read() as session:
        number = await session.scalar(text("SELECT id FROM service_request"))
    seen = await anybody.one(str(number))
    assert (seen["status"], seen["lat"], seen["long"]) == ("open", None, None)
    assert (await _numbers(anybody), await _numbers(app)) == ([], [number])


async def test_what_the_centre_took_for_something_not_shown_is_hidden_again(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    number = await app.report()
    assert await _numbers(anybody) == [number]
    await hands.moved("street1.acceptor", await _incident(db), "accept", category="E0501")
    assert await _numbers(anybody) == []
    assert (await anybody.one(number))["lat"] is None


async def test_another_channel_sees_what_everybody_sees(app: Citizen, rival: Citizen) -> None:
    number = await app.report()
    await app.post(FAR, service_code="E0497")
    assert await _numbers(rival) == [number]
    assert (await rival.one(number))["address_id"] is None


async def test_public_notes_are_read_outside_and_no_other_note(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    number, incident = await app.report(), await _incident(db)
    await _say(hands, incident, "店主姓王", "note")
    await _say(hands, incident, "尽快", "urge")
    await _say(hands, incident, "已派人。", "public")
    await _say(hands, incident, "明日复查。", "public", "street1.acceptor")
    seen = await anybody.one(number)
    assert seen["status_notes"] == "已派人。\n明日复查。"
    assert {name: seen[name] for name in ALWAYS_NULL} == dict.fromkeys(ALWAYS_NULL)
    whole = (await anybody.get(f"requests/{number}.xml")).text
    for hidden in ("店主姓王", "尽快", "street1", incident["number"], incident["id"], "流动摊贩"):
        assert hidden not in whole


async def test_a_public_note_is_for_who_commands(app: Citizen, hands: Hands, db: Database) -> None:
    await app.report()
    path = f"/v1/incidents/{(await _incident(db))['id']}/notes"
    for who, status in (("patrol1.leader", 403), ("street2.dispatcher", 404), ("district.dispatcher", 201)):
        answer = await hands.post(who, path, {"kind": "public", "note": "已办"})
        assert answer.status_code == status, f"{who}: {answer.text}"
    refused = await hands.post("street1.dispatcher", path, {"kind": "supplement", "note": "x"})
    assert refused.status_code == 403


async def test_an_end_is_said_in_plain_words_unless_the_centre_says_more(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    number = await app.report()
    await hands.moved("street1.acceptor", await _incident(db), "reject", reason_code="duplicate", note="内部原因")
    seen = await anybody.one(number)
    assert (seen["status"], seen["status_notes"]) == ("closed", "不予受理。")
    await _say(hands, await _incident(db), "不属本区职责，请拨打 12345。", "public")
    assert (await anybody.one(number))["status_notes"] == "不属本区职责，请拨打 12345。"
    assert "内部原因" not in (await anybody.get(f"requests/{number}.json")).text


async def test_a_merged_report_is_as_far_as_what_it_was_merged_into(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    first = await app.report()
    master = await _incident(db)
    second = await app.report((make.A1[0] + 0.0001, make.A1[1]), description="同一摊贩")
    await _say(hands, master, "已清理。", "public")
    await hands.moved("street1.acceptor", master, "reject", reason_code="duplicate", note="重复")
    for number in (first, second):
        seen = await anybody.one(number)
        assert (seen["status"], seen["status_notes"]) == ("closed", "已清理。")


async def test_hostile_words_are_words_in_both_formats(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    number = await app.report(description=HOSTILE, first_name=HOSTILE, account_id=HOSTILE)
    await _say(hands, await _incident(db), HOSTILE, "public")
    root = await anybody.xml(f"requests/{number}.xml")
    said = root.findtext("request/status_notes") or ""
    assert [one.tag for one in root] == ["request"]
    assert said == HOSTILE.replace("\x01", "\ufffd").replace("\x1b", "\ufffd").replace("\ufffe", "\ufffd")
    assert (await anybody.one(number))["status_notes"] == HOSTILE
    made = await app.post(form="xml", description=HOSTILE, first_name=HOSTILE, account_id=HOSTILE)
    assert made.content.count(b"<request>") == 1


async def test_requests_are_asked_for_by_number_service_status_and_time(
    app: Citizen, anybody: Citizen, hands: Hands, db: Database
) -> None:
    one = await app.report()
    two = await app.report(FAR, service_code="E0110", **{"attribute[size]": "s"})
    await hands.moved("street1.acceptor", await _incident(db), "reject", reason_code="duplicate", note="无")
    assert await _numbers(anybody) == [two, one] or await _numbers(anybody) == sorted([one, two])
    assert await _numbers(anybody, service_code="E0406,E9999") == [one]
    assert await _numbers(anybody, status="open") == [one]
    assert await _numbers(anybody, status="closed") == [two]
    assert sorted(await _numbers(anybody, status="closed,open")) == sorted([one, two])
    assert await _numbers(anybody, service_request_id=f"{two},nothing", status="open") == [two]
    assert await _numbers(anybody, jurisdiction_id="D", service_code="E0110") == [two]
    assert (await anybody.get("requests.json", jurisdiction_id="Y")).status_code == 404


async def test_ninety_days_are_looked_through(app: Citizen, anybody: Citizen, db: Database) -> None:
    number = await app.report()
    async with db.write() as session:
        await session.execute(text("UPDATE service_request SET requested_at = now() - interval '100 days'"))
    assert await _numbers(anybody) == []
    then = datetime.now(UTC) - timedelta(days=101)
    assert await _numbers(anybody, start_date=then.isoformat()) == [number]
    assert await _numbers(anybody, start_date=then.date().isoformat(), end_date=datetime.now(UTC).isoformat()) == []
    assert await _numbers(anybody, end_date=(then + timedelta(days=2)).isoformat()) == [number]


@pytest.mark.parametrize("asked", [{"status": "half"}, {"start_date": "soon"}, {"service_code": "x" * 300}])
async def test_a_question_that_makes_no_sense_is_refused(anybody: Citizen, asked: dict[str, str]) -> None:
    for form in ("json", "xml"):
        answer = await anybody.get(f"requests.{form}", **asked)
        assert answer.status_code == 400, answer.text
    assert (await anybody.xml("requests.xml", **asked)).findtext("error/code") == "400"


async def test_a_number_that_nobody_has_is_not_there(anybody: Citizen) -> None:
    assert (await anybody.get("requests/7J2M4Q8RTV0XZ3BD.json")).status_code == 404
    assert (await Citizen(anybody.client, "lq_bad").get("requests.json")).status_code == 403


def test_the_log_holds_no_number_and_no_key() -> None:
    said = {"path": "/open311/v2/requests/7J2M4Q8RTV0XZ3BD.json", "url": "/open311/v2/requests.json?api_key=lq_1.2"}
    logged = str(redact(None, "info", dict(said)))
    assert "7J2M4Q8R" not in logged
    assert "lq_1" not in logged
