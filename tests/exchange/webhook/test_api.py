"""Webhooks as people set them up, look at them, and have things sent again."""

from typing import Any

import httpx
import pytest

from app.core.ids import uuid7
from tests import make
from tests.conftest import SECRET
from tests.exchange.webhook.conftest import ADMIN, Site
from tests.exchange.webhook.receivers import answers, receiving
from tests.hands import Hands

URL = "https://93.184.215.14/hook"
DESK, STREET = "urban_management.desk", "street1.dispatcher"


def body(**more: Any) -> dict[str, Any]:
    return {"place": "A", "label": "hotline", "url": URL} | more


async def made(hands: Hands, who: str = ADMIN, **more: Any) -> dict[str, Any]:
    answer = await hands.post(who, "/v1/webhooks", body(**more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def change(hands: Hands, webhook: dict[str, Any], who: str = ADMIN, **fields: Any) -> httpx.Response:
    headers = hands.headers(who, fields.pop("version", webhook["version"]))
    return await hands.client.patch(f"/v1/webhooks/{webhook['id']}", json=fields, headers=headers)


async def test_a_secret_is_shown_once_and_stored_nowhere(hands: Hands) -> None:
    first, again = [await hands.post(ADMIN, "/v1/webhooks", body(), key="one") for _ in "ab"]
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["secret"].startswith("whsec_")
    assert again.json() == first.json() | {"secret": ""}
    shown = (await hands.get(ADMIN, f"/v1/webhooks/{first.json()['id']}")).json()
    assert "secret" not in shown
    assert SECRET not in str(shown)
    assert (shown["state"], shown["answers_for"], shown["topics"]) == ("active", ADMIN, [])


async def test_who_sets_them_up_where(hands: Hands) -> None:
    assert (await hands.post(STREET, "/v1/webhooks", body())).status_code == 403
    assert (await hands.post(DESK, "/v1/webhooks", body())).status_code == 422, "a desk has its department alone"
    own = await made(hands, DESK, place="urban_management")
    street = await made(hands)
    listed = {who: (await hands.get(who, "/v1/webhooks")).json()["items"] for who in (ADMIN, DESK, "fire_rescue.desk")}
    assert [one["id"] for one in listed[DESK]] == [own["id"]]
    assert {one["id"] for one in listed[ADMIN]} == {own["id"], street["id"]}
    assert listed["fire_rescue.desk"] == []
    for path in ("", "/deliveries"):
        assert (await hands.get(DESK, f"/v1/webhooks/{street['id']}{path}")).status_code == 404
    for path, asked in (("secret", {}), ("test", {}), ("replay", {"dead": True})):
        answer = await hands.post(DESK, f"/v1/webhooks/{street['id']}/{path}", asked, version="*")
        assert answer.status_code == 404, answer.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://127.0.0.1/"},
        {"url": "http://example.com/"},
        {"url": "https://nowhere.invalid/"},
        {"url": "https://localhost/"},
        {"place": "nowhere"},
        {"area": "nowhere"},
        {"department": "nowhere"},
        {"topics": ["Incident"]},
        {"topics": ["a"] * 21},
        {"label": ""},
        {"secret": "whsec_mine"},
    ],
)
async def test_what_makes_no_sense_is_refused(hands: Hands, wrong: dict[str, Any]) -> None:
    answer = await hands.post(ADMIN, "/v1/webhooks", body(**wrong))
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_change_says_what_it_is_based_on_and_its_address_is_judged(hands: Hands) -> None:
    webhook = await made(hands, topics=["incident"], area="A")
    assert (await change(hands, webhook, version=7, label="x")).status_code == 412
    assert (await change(hands, webhook, url="https://10.0.0.1/")).status_code == 422
    changed = (await change(hands, webhook, label="x", area=None)).json()
    assert (changed["version"], changed["label"], changed["area"], changed["topics"]) == (2, "x", None, ["incident"])
    off = (await change(hands, changed, is_active=False)).json()
    assert off["state"] == "disabled"
    refused = await hands.post(ADMIN, f"/v1/webhooks/{webhook['id']}/test", {})
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/switched-off")
    again = await hands.post(ADMIN, f"/v1/webhooks/{webhook['id']}/replay", {"after": "0-0"})
    assert again.json()["type"] == "/problems/switched-off"
    gone = await hands.client.delete(f"/v1/webhooks/{webhook['id']}", headers=hands.headers(ADMIN, 3))
    assert gone.status_code == 204
    assert (await hands.get(ADMIN, f"/v1/webhooks/{webhook['id']}")).status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"after": "x"},
        {"after": f"{10**18 * 9 + 10**18}-1"},
        {"since": "yesterday"},
        {"through": "1-1"},
        {"dead": 7},
    ],
)
async def test_a_replay_of_nothing_in_particular_is_refused(hands: Hands, wrong: dict[str, Any]) -> None:
    webhook = await made(hands)
    answer = await hands.post(ADMIN, f"/v1/webhooks/{webhook['id']}/replay", wrong)
    assert answer.status_code == 422, answer.text


async def test_what_is_switched_off_misses_what_happens_until_it_is_replayed(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        webhook = await site.hook(receiver.url)
        off = (await change(site.hands, webhook, is_active=False)).json()
        await site.say(1)
        await site.send()
        on = (await change(site.hands, off, is_active=True)).json()
        await site.anew()
        await site.say(2)
        await site.send()
        assert [event["payload"]["n"] for event in receiver.distinct()] == [2]
        path = f"/v1/webhooks/{on['id']}/replay"
        answer = await site.hands.post(ADMIN, path, {"after": "0-0"}, key="k")
        assert answer.json() == {"queued": 2, "next": None}
        assert (await site.hands.post(ADMIN, path, {"after": "0-0"}, key="k")).json() == answer.json()
        assert (await site.hands.post(ADMIN, path, {"after": "0-0"})).json()["queued"] == 0, "it waits already"
        await site.send()
        assert [got.event["payload"]["n"] for got in receiver.got] == [2, 1, 2]
        assert receiver.got[0].id == receiver.got[2].id


async def test_ranges_by_place_and_by_time(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        webhook = await site.hook(receiver.url)
        for n in range(4):
            await site.say(n)
        await site.send()
        events = receiver.distinct()
        path = f"/v1/webhooks/{webhook['id']}/replay"
        for asked, queued in (
            ({"after": events[0]["id"], "through": events[2]["id"]}, 2),
            ({"since": "2126-01-01T00:00:00Z"}, 0),
            ({"since": "2026-01-01T00:00:00Z", "until": "2026-01-02T00:00:00Z"}, 0),
            ({"since": "2026-01-01T00:00:00Z", "through": events[1]["id"]}, 2),
        ):
            answer = await site.hands.post(ADMIN, path, asked)
            assert answer.json() == {"queued": queued, "next": None}, answer.text
            await site.send()
        assert [got.event["payload"]["n"] for got in receiver.got[4:]] == [1, 2, 0, 1]
        await site.execute("UPDATE outbox SET at = now() - interval '30 days' WHERE payload ->> 'n' = '0'")
        await site.execute("DELETE FROM outbox WHERE tx < :tx", tx=int(events[0]["id"].partition("-")[0]))
        gone = await site.hands.post(ADMIN, path, {"after": "0-0"})
        assert (gone.status_code, gone.json()["type"]) == (422, "/problems/log-gone")


async def test_a_test_goes_the_whole_way_to_one_webhook_whatever_it_asks_for(site: Site) -> None:
    async with receiving(answers(204)) as one, receiving(answers(204)) as other:
        webhook = await site.hook(one.url, topics=["incident"], area="A")
        await site.hook(other.url)
        answer = await site.hands.post(ADMIN, f"/v1/webhooks/{webhook['id']}/test", {})
        assert (answer.status_code, answer.json()) == (202, {"topic": "webhook.tested"})
        await site.send()
        assert [event["topic"] for event in one.distinct()] == ["webhook.tested"]
        assert other.got == []


async def test_the_log_of_deliveries_names_only_what_the_caller_sees(site: Site) -> None:
    async with receiving(answers(503)) as receiver:
        webhook = await site.hook(receiver.url, "A")
        incident = await site.hands.report()
        await site.say(1, uuid7())
        await site.send()
        path = f"/v1/webhooks/{webhook['id']}/deliveries"
        items = (await site.hands.get(ADMIN, path)).json()["items"]
        assert [(one["topic"], one["subject_id"] is None) for one in items] == [
            ("grid.said", False),
            ("incident.report", True),
        ], "an administrator reads no incidents"
        assert (await site.hands.get(ADMIN, path, subject=incident["id"])).json()["items"] == []
        assert all(one["message_id"] and one["tries"] for one in items)
        grant = "INSERT INTO role_grant (id, account_id, role, organisation_id) VALUES (:id, :who, 'dispatcher', :at)"
        town: make.Town = site.hands.town
        await site.execute(grant, id=uuid7(), who=town.accounts[ADMIN], at=town.organisations["A"])
        site.hands.door.forget()
        [found] = (await site.hands.get(ADMIN, path, subject=incident["id"], topic="incident")).json()["items"]
        assert found["subject_id"] == incident["id"]
        for asked, count in (({"state": "delivered"}, 0), ({"to": "2026-01-01T00:00:00Z"}, 0), ({"limit": 1}, 1)):
            page = (await site.hands.get(ADMIN, path, **asked)).json()
            assert len(page["items"]) == count
        assert len((await site.hands.get(ADMIN, path, cursor=page["next"])).json()["items"]) == 1
