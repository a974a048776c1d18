"""`python -m bench.webhooks`: deliveries a second against a plain httpx loop, and how long after a commit one is received.

The loop posts the same bodies to the same receiver, one client, as many at once as a webhook has slots: what sending
alone costs, without a log, an order, a signature, or anything that outlives the process.
"""

import asyncio
import os
import secrets
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

import httpx
from sqlalchemy import text

from app.core import logs, outbox
from app.core.db import Database
from app.core.ids import uuid7
from app.core.settings import load_settings
from app.exchange.webhook.models import Webhook
from app.exchange.webhook.sending.reading import read_on
from app.exchange.webhook.sending.sender import Sender, tend
from app.exchange.webhook.workflow import new_salt
from bench.data import Server

SIZE = int(os.environ.get("SIZE", "10000"))
FACTS, ABOUT = int(os.environ.get("FACTS", "3000")), int(os.environ.get("ABOUT", "300"))
LATE, PAUSE_S = int(os.environ.get("LATE", "100")), 0.05
ROUNDS = int(os.environ.get("ROUNDS", "3"))
PADDING = "x" * 300
"""An entry about an incident has some 700 bytes."""


class Receiver:
    """Takes everything, in the same process: whoever sends pays for it alike."""

    def __init__(self) -> None:
        self.count = 0
        self.bodies: list[bytes] = []
        self.waits: list[float] = []
        self.url = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one connection."""
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
                self.bodies.append(await reader.readexactly(length))
                self.count += 1
                self.waits.append(time.time())
                writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """A receiver that listens."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    yield receiver
    server.close()


async def _webhook(database: Database, url: str) -> UUID:
    """A webhook of the district, in the place of those before."""
    async with database.write() as session:
        await session.execute(text("TRUNCATE webhook, webhook_message CASCADE"))
        await session.execute(text("DELETE FROM outbox"))
        top = text("SELECT id FROM organisation WHERE kind = 'centre' ORDER BY cardinality(lineage), id LIMIT 1")
        place: UUID = (await session.execute(top)).scalar_one()
        who = (await session.execute(text("SELECT id FROM account ORDER BY id LIMIT 1"))).scalar_one()
        granted = (
            "INSERT INTO role_grant (id, account_id, role, organisation_id) VALUES (:id, :who, 'administrator', :at)"
        )
        await session.execute(text(f"{granted} ON CONFLICT DO NOTHING"), {"id": uuid7(), "who": who, "at": place})
        session.add(Webhook(place_id=place, answers_id=who, label="bench", url=url, topics=[], salt=new_salt()))
    return place


async def _say(database: Database, place: UUID, count: int) -> None:
    about = [uuid7() for _ in range(ABOUT)]
    async with database.write() as session:
        for n in range(count):
            outbox.record(session, "bench.said", about[n % ABOUT], [place], n=n, padding=PADDING, at=time.time())


async def _ours(database: Database, receiver: Receiver) -> tuple[float, float]:
    """Entries a second read into the queue, and deliveries a second out of it."""
    place = await _webhook(database, receiver.url)
    await _say(database, place, FACTS)
    begun = time.perf_counter()
    while await read_on(database):
        pass
    read_s = time.perf_counter() - begun
    sender, receiver.count, stop = Sender(database), 0, asyncio.Event()
    receiver.bodies.clear()
    begun = time.perf_counter()
    running = asyncio.create_task(sender.run(stop))
    while receiver.count < FACTS:  # noqa: ASYNC110  # what it waits for comes over a socket
        await asyncio.sleep(0.002)
    sent_s = time.perf_counter() - begun
    stop.set()
    sender.wake()
    await running
    return FACTS / read_s, FACTS / sent_s


async def _plain(receiver: Receiver, at_once: int) -> float:
    """Requests a second of a plain loop with the same bodies."""
    bodies = iter(receiver.bodies[:FACTS])
    headers = {"content-type": "application/json"}

    async def post(client: httpx.AsyncClient) -> None:
        for body in bodies:
            answer = await client.post(receiver.url, content=body, headers=headers)
            answer.raise_for_status()

    async with httpx.AsyncClient() as client:
        begun = time.perf_counter()
        await asyncio.gather(*(post(client) for _ in range(at_once)))
        return FACTS / (time.perf_counter() - begun)


async def _late(database: Database, receiver: Receiver) -> list[float]:
    """Seconds from a commit to its receipt, one entry after the other."""
    place = await _webhook(database, receiver.url)
    stop, waits = asyncio.Event(), []
    running = asyncio.create_task(tend(database, stop))
    await asyncio.sleep(1.5)
    for _ in range(LATE):
        receiver.waits.clear()
        await _say(database, place, 1)
        committed = time.time()
        while not receiver.waits:  # noqa: ASYNC110  # as above
            await asyncio.sleep(0.001)
        waits.append(receiver.waits[0] - committed)
        await asyncio.sleep(PAUSE_S)
    stop.set()
    await running
    return sorted(waits)


async def _measured(database: Database) -> None:
    await database.open()
    ratios = []
    async with receiving() as receiver:
        for _ in range(ROUNDS):
            read, sent = await _ours(database, receiver)
            plain = await _plain(receiver, database.settings.webhook_slots)
            ratios.append(sent / plain)
            print(
                f"queued {read:,.0f}/s  delivered {sent:,.0f}/s  plain httpx {plain:,.0f}/s  ratio {sent / plain:.2f}"
            )
        waits = await _late(database, receiver)
    p50, p95 = waits[len(waits) // 2], waits[int(len(waits) * 0.95)]
    print(f"ratio of the medians of {ROUNDS} rounds: {statistics.median(ratios):.2f}")
    print(f"commit to receipt: p50 {p50 * 1000:.0f} ms, p95 {p95 * 1000:.0f} ms")
    await database.close()


def main() -> None:
    """Measure, and print."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48), "LIANQIN_WEBHOOK_ALLOW": "127.0.0.0/8"}
    logs.configure("WARNING", "json")
    server = Server.up()
    os.environ["DATABASE_URL"] = server.url(server.made(SIZE))
    asyncio.run(_measured(Database(load_settings())))


if __name__ == "__main__":
    main()
