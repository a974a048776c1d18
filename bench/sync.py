"""`python -m bench.sync`: operations of phones in batches against the same one by one, and a bundle, on a demo that runs.

`ADDRESS` (http://127.0.0.1:8000) and `LIANQIN_DEMO_PASSWORD` say where `make run` answers, `OPS` how many operations.
"""

import asyncio
import gzip
import os
import statistics
import time
from datetime import UTC, datetime
from typing import Any

import httpx

from app.core.ids import uuid7

ADDRESS = os.environ.get("ADDRESS", "http://127.0.0.1:8000")
OPS, BATCH, PHONES, LOOKS = int(os.environ.get("OPS", "800")), 100, 4, 30
WHO = "patrol1.leader"
REPORT = {
    "category_code": "E0406",
    "description": "流动摊贩占道经营",
    "location": {"type": "Point", "coordinates": [118.625, 32.055]},
    "source": "patrol",
}


async def main() -> None:
    """Measure, and print."""
    async with httpx.AsyncClient(base_url=ADDRESS, timeout=60) as client:
        login = {"username": WHO, "password": os.environ["LIANQIN_DEMO_PASSWORD"]}
        token = (await client.post("/v1/auth/token", data=login)).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        for round_ in (1, 2):
            single, together = await timed(one_by_one, client), await timed(in_batches, client)
            print(
                f"round {round_}: {single:7.0f} operations/s one by one, {together:7.0f} in batches of {BATCH}, ratio {together / single:.2f}"
            )
        await look(client)


async def timed(way: Any, client: httpx.AsyncClient) -> float:
    """Operations a second, of several phones at a time."""
    begun = time.perf_counter()
    await asyncio.gather(*(way(client, OPS // PHONES) for _ in range(PHONES)))
    return OPS / (time.perf_counter() - begun)


async def one_by_one(client: httpx.AsyncClient, number: int) -> None:
    """One phone without batches: each report, and the note on it, is a request."""
    for _ in range(number // 2):
        filed = await client.post("/v1/incidents", json=REPORT, headers={"Idempotency-Key": str(uuid7())})
        path = f"/v1/incidents/{filed.raise_for_status().json()['id']}/notes"
        (await client.post(path, json={"note": "n"}, headers={"Idempotency-Key": str(uuid7())})).raise_for_status()


async def in_batches(client: httpx.AsyncClient, number: int) -> None:
    """The same by batches."""
    device, seq, done = str(uuid7()), 0, 0
    while done < number:
        ops: list[dict[str, Any]] = []
        for _ in range(min(BATCH, number - done) // 2):
            id = str(uuid7())
            for kind, said in (("incident.report", REPORT), ("incident.note", {"note": "n"})):
                seq += 1
                ops.append(
                    {
                        "op_id": str(uuid7()),
                        "device_seq": seq,
                        "type": kind,
                        "target": id,
                        "observed_at": now(),
                        "payload": said,
                    }
                )
        answer = await client.post("/v1/sync/batches", json={"device_id": device, "sent_at": now(), "operations": ops})
        if any(item["result"] != "applied" for item in answer.raise_for_status().json()["items"]):
            raise SystemExit(answer.text)
        done += len(ops)


async def look(client: httpx.AsyncClient) -> None:
    """What a bundle and an empty page of changes cost, and how large they are."""
    bundle = (await client.get("/v1/sync/bundle")).raise_for_status()
    for name, path, asks in (
        ("bundle", "/v1/sync/bundle", {}),
        ("changes", "/v1/sync/changes", {"since": bundle.json()["token"]}),
    ):
        took = []
        for _ in range(LOOKS):
            begun = time.perf_counter()
            answer = (await client.get(path, params=asks)).raise_for_status()
            took.append((time.perf_counter() - begun) * 1000)
        packed = len(gzip.compress(answer.content, 5))
        print(f"{name}: median {statistics.median(took):.1f} ms, {len(answer.content):,} bytes, {packed:,} packed")
    held = {kind: len(all_) for kind, all_ in bundle.json()["documents"].items()}
    print(f"documents {held}, token {len(bundle.json()['token']):,} bytes")


def now() -> str:
    """This machine's clock."""
    return datetime.now(UTC).isoformat()


if __name__ == "__main__":
    asyncio.run(main())
