"""Deliveries: signed, in order about one thing, tried again, given up, and none lost with a worker."""

import asyncio
from contextlib import AsyncExitStack
from datetime import datetime
from uuid import UUID

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.core.ids import uuid7
from app.exchange.webhook import workflow
from app.exchange.webhook.sending import sender as sending
from app.exchange.webhook.sending.reading import read_on
from tests.exchange.webhook.conftest import ADMIN, Site
from tests.exchange.webhook.receivers import (
    Behaviour,
    Got,
    Receiver,
    Writer,
    answers,
    drip,
    flaps,
    flood,
    hang,
    nonsense,
    receiving,
    slam,
    status,
)


def numbers(receiver: Receiver) -> list[int]:
    return [event["payload"]["n"] for event in receiver.distinct()]


async def test_an_entry_is_delivered_as_the_stream_shows_it_and_signed(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        made = await site.hook(receiver.url)
        await site.say(1)
        await site.send()
        [got] = receiver.got
        assert (got.event["topic"], got.event["payload"], got.id) == ("grid.said", {"n": 1}, got.event["id"])
        assert datetime.fromisoformat(got.event["at"]).tzinfo
        judge = Webhook(made["secret"])
        assert judge.verify(got.body, got.headers) == got.event
        with pytest.raises(WebhookVerificationError):
            judge.verify(got.body + b" ", got.headers)
        [delivery] = await site.deliveries()
        assert (delivery.state, delivery.attempts, delivery.tries[0]["status"]) == ("delivered", 1, 204)


async def test_two_secrets_sign_while_one_follows_the_other(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        made = await site.hook(receiver.url)
        path = f"/v1/webhooks/{made['id']}/secret"
        answer = await site.hands.post(ADMIN, path, {"overlap_s": 60}, version=1)
        assert answer.status_code == 200, answer.text
        await site.say(1)
        await site.send()
        for secret in (made["secret"], answer.json()["secret"]):
            Webhook(secret).verify(receiver.got[0].body, receiver.got[0].headers)
        await site.execute("UPDATE webhook SET former_until = now()")
        await site.anew()
        await site.say(2)
        await site.send()
        Webhook(answer.json()["secret"]).verify(receiver.got[1].body, receiver.got[1].headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(made["secret"]).verify(receiver.got[1].body, receiver.got[1].headers)


def fails_for(about: UUID, times: int) -> Behaviour:
    """A receiver that refuses so many requests about one thing."""
    failed = 0

    async def answer(_: Receiver, got: Got, writer: Writer) -> None:
        nonlocal failed
        is_bad = got.event["subject_id"] == str(about) and failed < times
        failed += is_bad
        writer.write(status(500 if is_bad else 200))

    return answer


async def test_a_failure_holds_back_what_comes_after_it_about_the_same_and_nothing_else(site: Site) -> None:
    one, other = uuid7(), uuid7()
    async with receiving(fails_for(one, 2)) as receiver:
        await site.hook(receiver.url)
        for n in range(6):
            await site.say(n, one if n % 2 == 0 else other)
        await site.send(until=lambda: len(receiver.distinct()) == 6 and len(receiver.got) == 8)
        about = [event["payload"]["n"] for event in receiver.distinct() if event["subject_id"] == str(one)]
        assert about == [0, 2, 4]
        assert numbers(receiver).index(5) < numbers(receiver).index(2)
        await site.send()
        assert [one.attempts for one in await site.deliveries(about_id=one)] == [3, 1, 1]


async def test_after_the_last_try_it_is_dead_and_what_comes_after_it_goes_on(site: Site) -> None:
    one = uuid7()
    async with receiving(fails_for(one, 3)) as receiver:
        made = await site.hook(receiver.url)
        for n in range(2):
            await site.say(n, one)
        await site.send(until=lambda: len(receiver.got) == 4)
        await site.send()
        assert await site.states() == ["dead", "delivered"]
        path = f"/v1/webhooks/{made['id']}/replay"
        for queued in (1, 0):
            answer = await site.hands.post(ADMIN, path, {"dead": True})
            assert (answer.status_code, answer.json()["queued"]) == (202, queued), answer.text
        await site.send()
        assert await site.states() == ["replayed", "delivered", "delivered"]
        assert [got.id for got in receiver.got].count(receiver.got[0].id) == 4


async def test_a_try_is_counted_before_it_is_made(site: Site) -> None:
    async with receiving(hang) as receiver:
        await site.hook(receiver.url)
        await site.say(1)
        await site.send(until=lambda: bool(receiver.got))
        [delivery] = await site.deliveries()
        assert (delivery.attempts, delivery.tries, delivery.state) == (1, [], "waiting")


async def test_a_worker_lost_before_it_sends_loses_nothing(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        await site.hook(receiver.url)
        one = uuid7()
        for n in range(3):
            await site.say(n, one)
        await read_on(site.database)
        async with site.database.write_lane() as lane:
            assert len(await site.sender._claimed(lane)) == 1
        await site.anew()
        await site.send()
        assert receiver.got == [], "what a worker has taken is left to it while its lease holds"
        await site.execute("UPDATE webhook_delivery SET leased_until = now()")
        await site.send()
        assert numbers(receiver) == [0, 1, 2]
        assert [one.attempts for one in await site.deliveries()] == [2, 1, 1]


async def first_hangs(receiver: Receiver, _: Got, writer: Writer) -> None:
    """Takes the first request, and says nothing."""
    if len(receiver.got) == 1:
        await asyncio.sleep(3600)
    writer.write(status(204))


async def test_a_worker_lost_before_it_says_so_sends_again_and_the_order_stays(site: Site) -> None:
    async with receiving(first_hangs) as receiver:
        await site.hook(receiver.url)
        one = uuid7()
        for n in range(3):
            await site.say(n, one)
        await site.send(until=lambda: bool(receiver.got))
        await site.anew()
        await site.execute("UPDATE webhook_delivery SET leased_until = now()")
        await site.send()
        assert [got.event["payload"]["n"] for got in receiver.got] == [0, 0, 1, 2]
        assert receiver.got[0].body == receiver.got[1].body
        assert await site.states() == ["delivered"] * 3


async def test_who_is_gone_gets_nothing_more(site: Site) -> None:
    async with receiving(answers(410)) as receiver:
        made = await site.hook(receiver.url)
        for n in range(3):
            await site.say(n, made["id"])
        await site.send()
        assert len(receiver.got) == 1
        shown = (await site.hands.get(ADMIN, f"/v1/webhooks/{made['id']}")).json()
        assert (shown["state"], shown["is_active"], shown["version"]) == ("gone", False, 2)


async def test_an_endpoint_that_fails_rests_is_probed_and_then_gets_all_at_once(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "KNOWN_S", 0.0)
    well = False
    async with receiving(flaps(lambda _: well)) as receiver:
        made = await site.hook(receiver.url)
        await site.anew(webhook_tries_s=(0.0, 3600.0, 3600.0))
        for n in range(20):
            await site.say(n)
        await site.send()
        begun = len(receiver.got)
        assert workflow.BREAK_AFTER <= begun <= 8, "no more than its slots were tried"
        shown = (await site.hands.get(ADMIN, f"/v1/webhooks/{made['id']}")).json()
        assert (shown["state"], shown["failures"]) == ("failing", begun)
        await site.execute("UPDATE webhook SET rests_until = now()")
        await site.send()
        assert len(receiver.got) == begun + 1, "one probe"
        well = True
        await site.execute("UPDATE webhook SET rests_until = now()")
        await site.send()
        assert await site.states() == ["delivered"] * 20
        assert sorted(numbers(receiver)) == list(range(20))


HOSTILE: list[tuple[Behaviour, str, str | None]] = [
    (hang, "waiting", "timeout"),
    (drip, "waiting", "timeout"),
    (flood, "delivered", None),
    (answers(302, "location: http://169.254.169.254/latest/meta-data/\r\n"), "waiting", "status"),
    (answers(307, "location: http://127.0.0.1:1/\r\n"), "waiting", "status"),
    (answers(200, "content-encoding: gzip\r\n", b"\x1f\x8b not gzip at all"), "delivered", None),
    (answers(503, "set-cookie: a=b\r\n", b"<html>secret page</html>"), "waiting", "status"),
    (nonsense, "waiting", "protocol"),
    (slam, "waiting", "protocol"),
]


async def test_hostile_receivers_cost_no_more_than_their_time(site: Site) -> None:
    await site.anew(webhook_tries_s=(0.0, 60.0), webhook_timeout_s=0.5)
    async with AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(receiving(behaviour)) for behaviour, _, _ in HOSTILE]
        made = [await site.hook(receiver.url) for receiver in receivers]
        await site.say(1)
        began = asyncio.get_running_loop().time()
        await site.send()
        assert asyncio.get_running_loop().time() - began < 5
        assert [len(receiver.got) for receiver in receivers] == [1] * len(HOSTILE)
        for webhook, (behaviour, state, error) in zip(made, HOSTILE, strict=True):
            page = (await site.hands.get(ADMIN, f"/v1/webhooks/{webhook['id']}/deliveries")).json()
            [shown] = page["items"]
            assert (shown["state"], shown["tries"][0]["error"]) == (state, error), behaviour
            assert "secret page" not in str(page)


def test_waits_grow_as_planned_and_are_spread() -> None:
    plan = (0.0, 5.0, 300.0)
    assert [workflow.wait_after(n, plan, 0) for n in (1, 2, 3)] == [5.0, 300.0, None]
    assert workflow.wait_after(1, plan, 1) == 5.0 * (1 + workflow.JITTER)
    rests = [workflow.rest_after(n) for n in range(40)]
    assert rests[: workflow.BREAK_AFTER] == [None] * workflow.BREAK_AFTER
    assert rests[workflow.BREAK_AFTER] == workflow.FIRST_REST
    assert rests[-1] == workflow.LONGEST_REST
