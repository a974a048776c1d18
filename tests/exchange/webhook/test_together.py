"""Many writers, several workers that are lost, good endpoints beside bad ones: complete, in order, and on time."""

import asyncio
import random
import time
from collections import defaultdict
from datetime import timedelta
from uuid import UUID

from app.core import outbox
from app.core.ids import uuid7
from app.exchange.webhook.sending import queries
from app.exchange.webhook.sending.reading import read_on
from app.exchange.webhook.sending.sender import Sender
from tests.exchange.webhook.conftest import Site, kill
from tests.exchange.webhook.receivers import Receiver, answers, flaps, hang, receiving

WRITERS, FACTS, SUBJECTS = 16, 8, 12
BOUND_S = 20
"""Five on a machine of its own; behind a hanging endpoint it would be minutes."""


async def write(site: Site, writer: int, locks: dict[UUID, asyncio.Lock]) -> None:
    """Transactions that are held open for a while, as moves of incidents, which wait for each other, would be."""
    chance = random.Random(writer)
    place = site.hands.town.organisations["A"]
    for n in range(FACTS):
        about = chance.choice(list(locks))
        async with locks[about], site.database.write() as session:
            outbox.record(session, "grid.said", about, [place], n=writer * 1000 + n, at=time.time())
            await session.flush()
            await asyncio.sleep(chance.random() / 20)


def per_subject(events: list[dict[str, object]]) -> dict[str, list[str]]:
    found = defaultdict(list)
    for event in events:
        found[str(event["subject_id"])].append(str(event["id"]))
    return found


async def log_of(site: Site) -> dict[str, list[str]]:
    """What happened to each subject, in the order of the log."""
    async with site.database.read_lane() as lane:
        rows = await lane.fetch("SELECT tx, id, subject_id FROM outbox WHERE topic = 'grid.said' ORDER BY tx, id")
    found = defaultdict(list)
    for row in rows:
        found[str(row["subject_id"])].append(f"{row['tx']}-{row['id']}")
    return found


async def run(site: Site, sender: Sender, done: asyncio.Event) -> None:
    """One worker."""
    while not done.is_set():
        read = await read_on(site.database)
        begun = await sender.turn()
        await asyncio.sleep(0 if read or begun else 0.02)


async def until_all_came(receivers: list[Receiver]) -> None:
    async with asyncio.timeout(60):
        while any(len({got.id for got in receiver.got}) < WRITERS * FACTS for receiver in receivers):  # noqa: ASYNC110  # sockets
            await asyncio.sleep(0.02)


def most_at_once(receiver: Receiver, within_s: float) -> int:
    """The most requests that began within a time in which none of them could end."""
    begun = [got.at for got in receiver.got]
    return max(sum(at <= other < at + within_s for other in begun) for at in begun)


async def test_sixteen_writers_beside_a_hanging_endpoint(site: Site) -> None:
    locks = {uuid7(): asyncio.Lock() for _ in range(SUBJECTS)}
    async with (
        receiving(answers(204)) as good,
        receiving(hang) as hanging,
        receiving(flaps(lambda n: n % 3 > 0)) as bad,
    ):
        await site.anew(webhook_tries_s=(0.0, *[0.02] * 12), webhook_timeout_s=2.0)
        for receiver in (good, hanging, bad):
            await site.hook(receiver.url)
        done = asyncio.Event()
        other = Sender(site.database)
        working = [asyncio.create_task(run(site, sender, done)) for sender in (site.sender, other)]
        await asyncio.gather(*(write(site, writer, locks) for writer in range(WRITERS)))
        await until_all_came([good, bad])
        done.set()
        await asyncio.gather(*working)
        await kill(other)
        expected = await log_of(site)
        assert sum(map(len, expected.values())) == WRITERS * FACTS
        assert per_subject(good.distinct()) == per_subject(bad.distinct()) == expected
        waits = sorted(got.at - got.event["payload"]["at"] for got in good.got)
        assert waits[int(len(waits) * 0.95)] < BOUND_S, "a hanging endpoint holds up no other"
        assert most_at_once(hanging, within_s=1.5) <= 2 * site.database.settings.webhook_slots


async def lives(site: Site, chance: random.Random, done: asyncio.Event) -> None:
    """A worker that is lost again and again, before it sends, while it sends, or before it says so."""
    while not done.is_set():
        sender = Sender(site.database)
        for _ in range(chance.randint(1, 6)):
            await read_on(site.database)
            async with site.database.write_lane() as lane:
                if chance.random() < 0.2 and await sender._claimed(lane):
                    break
            await sender.turn()
            await asyncio.sleep(chance.random() / 50)
        await kill(sender)
        await site.execute("UPDATE webhook_delivery SET leased_until = now() WHERE leased_until > now()")


async def test_workers_lost_at_any_point_lose_nothing_and_keep_the_order(site: Site) -> None:
    locks = {uuid7(): asyncio.Lock() for _ in range(SUBJECTS)}
    async with receiving(answers(204)) as receiver:
        await site.anew(webhook_tries_s=(0.0, *[0.01] * 200))
        await site.hook(receiver.url)
        done = asyncio.Event()
        working = asyncio.create_task(lives(site, random.Random(5), done))
        await asyncio.gather(*(write(site, writer, locks) for writer in range(WRITERS)))
        await until_all_came([receiver])
        done.set()
        await working
        assert per_subject(receiver.distinct()) == await log_of(site)


async def test_an_entry_becomes_one_delivery_a_webhook_however_many_read(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        for _ in range(3):
            await site.hook(receiver.url)
        locks = {uuid7(): asyncio.Lock() for _ in range(SUBJECTS)}
        done = asyncio.Event()

        async def read() -> None:
            while not done.is_set():
                await read_on(site.database)
                await asyncio.sleep(0.001)

        reading = [asyncio.create_task(read()) for _ in range(3)]
        await asyncio.gather(*(write(site, writer, locks) for writer in range(WRITERS)))
        async with asyncio.timeout(30):
            while len(await site.deliveries()) < 3 * WRITERS * FACTS:  # noqa: ASYNC110  # a database
                await asyncio.sleep(0.05)
        done.set()
        await asyncio.gather(*reading)
        found = [(one.webhook_id, one.event_id) for one in await site.deliveries()]
        assert len(found) == len(set(found)) == 3 * WRITERS * FACTS


async def test_what_waits_too_long_is_given_up_and_what_is_old_is_forgotten(site: Site) -> None:
    async with receiving(answers(500)) as receiver:
        await site.anew(webhook_tries_s=(0.0, 3600.0))
        await site.hook(receiver.url)
        await site.say(1)
        await site.send()
        await site.execute("UPDATE webhook_delivery SET created_at = now() - interval '4 days'")
        async with site.database.write() as session:
            assert await queries.expire(session, 10) == 1
        [late] = await site.deliveries()
        assert (late.state, late.tries[-1]["error"]) == ("dead", "too_late")
        await site.execute("UPDATE webhook_message SET at = now() - interval '31 days'")
        async with site.database.write() as session:
            assert await queries.forget(session, timedelta(days=30), 10) == 1
        assert await site.deliveries() == []
