"""The plainest fan-out of the log that does no more than needed: no sight, no topics, no resume; all go to everybody.

What the stream is measured against: `uvicorn bench.fanout:app`, with the address of the database in DATABASE_URL.
"""

import asyncio
import os
from typing import Any

import asyncpg

POLL_S = 0.25
PAGE = """
SELECT tx, id, topic, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS at, subject_id, subject_version,
  payload::text AS payload
FROM outbox WHERE (tx, id) > ($1, $2) AND tx < pg_snapshot_xmin(pg_current_snapshot())::text::bigint ORDER BY tx, id LIMIT 500
"""
HEAD = "SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
START = {"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]}


class Client:
    """One connection: what waits for it, and the future that its sender waits for."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.wake: asyncio.Future[None] | None = None


clients: set[Client] = set()


async def _read() -> None:
    connection = await asyncpg.connect(os.environ["DATABASE_URL"].replace("+asyncpg", ""))
    place = (await connection.fetchval(HEAD), 0)
    statement = await connection.prepare(PAGE)
    while True:
        rows = await statement.fetch(*place)
        if rows:
            place = (rows[-1]["tx"], rows[-1]["id"])
            chunk = "".join(_block(row) for row in rows).encode()
            for client in clients:
                client.waiting.append(chunk)
                if client.wake is not None and not client.wake.done():
                    client.wake.set_result(None)
        await asyncio.sleep(POLL_S)


def _block(row: Any) -> str:
    place = f"{row['tx']}-{row['id']}"
    version = "null" if row["subject_version"] is None else row["subject_version"]
    head = f'{{"id":"{place}","topic":"{row["topic"]}","at":"{row["at"]}","subject_id":"{row["subject_id"]}"'
    return (
        f'id: {place}\nevent: {row["topic"]}\ndata: {head},"subject_version":{version},"payload":{row["payload"]}}}\n\n'
    )


async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """The ASGI application."""
    if scope["type"] == "lifespan":
        await receive()
        reading = asyncio.create_task(_read())
        await send({"type": "lifespan.startup.complete"})
        await receive()
        reading.cancel()
        await send({"type": "lifespan.shutdown.complete"})
        return
    await send(START)
    client, loop = Client(), asyncio.get_running_loop()
    await send({"type": "http.response.body", "body": b": hello\n\n", "more_body": True})
    if not scope["path"].endswith("stream"):
        return
    clients.add(client)
    try:
        while True:
            if not client.waiting:
                client.wake = loop.create_future()
                await client.wake
            body, client.waiting = b"".join(client.waiting), []
            await send({"type": "http.response.body", "body": body, "more_body": True})
    finally:
        clients.discard(client)
