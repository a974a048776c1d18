"""Copies of the same operations and requests at the same time, and a process that dies at the worst moment."""

import asyncio
import os
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from asyncpg import ConnectionDoesNotExistError
from sqlalchemy import func, select

from app.core.db import Database
from app.core.ids import uuid7
from app.incident.history.models import IncidentNote
from app.incident.models import Incident
from app.sync.batch import queries, service
from app.sync.batch.models import SyncReceipt
from tests.hands import Hands, report_body
from tests.sync.phone import Phone

USUAL = 6
KEYS = int(os.environ.get("SYNC_KEYS", USUAL))
COPIES = 50
TOGETHER = 50
"""Requests under way at a time."""
LONG = pytest.mark.timeout(0 if KEYS > USUAL else 120)
Send = Callable[[int], Awaitable[Any]]


async def copies(send: Send) -> list[Any]:
    """Every key's copies at once, some keys at a time."""
    gate = asyncio.Semaphore(TOGETHER)

    async def one(key: int) -> Any:
        async with gate:
            return await send(key)

    return await asyncio.gather(*(one(key) for key in range(KEYS) for _ in range(COPIES)))


async def count(database: Database, table: Any) -> int:
    async with database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table)) or 0)


async def until_final(phone: Phone, ops: list[Any]) -> list[str]:
    """Send a batch until nothing of it is left to retry."""
    while True:
        answer = await phone.post(ops)
        results = [item["result"] for item in answer.json()["items"]] if answer.status_code == 200 else ["retry"]
        if "retry" not in results:
            return results
        await asyncio.sleep(random.random() / 5)


@LONG
async def test_copies_of_one_report_file_one_incident(own_hands: Hands, own_db: Database) -> None:
    keys = [str(uuid7()) for _ in range(KEYS)]
    bodies: dict[int, set[bytes]] = {}

    async def send(key: int) -> int:
        headers = own_hands.headers("patrol1.leader", key=keys[key])
        while True:
            answer = await own_hands.client.post("/v1/incidents", headers=headers, json=report_body(title=str(key)))
            if answer.status_code == 201:
                bodies.setdefault(key, set()).add(answer.content)
                return 201
            assert answer.status_code in (409, 503), answer.text
            await asyncio.sleep(random.random() / 5)

    assert Counter(await copies(send)) == {201: KEYS * COPIES}
    assert await count(own_db, Incident) == KEYS
    assert all(len(same) == 1 for same in bodies.values()), "a replay is the first answer, byte for byte"


@LONG
async def test_copies_of_one_batch_are_carried_out_once(own_hands: Hands, own_db: Database) -> None:
    phones = [Phone(own_hands, ("patrol1.leader", "patrol1.member")[key % 2]) for key in range(KEYS)]
    for phone in phones:
        filed = uuid7()
        phone.note("incident.report", filed, **report_body())
        phone.note("incident.note", filed, note="once")
    found = await copies(lambda key: until_final(phones[key], phones[key].outbox))
    assert Counter(map(tuple, found))["applied", "applied"] <= KEYS
    assert {result for results in found for result in results} == {"applied", "duplicate"}
    assert await count(own_db, Incident) == await count(own_db, IncidentNote) == KEYS
    assert await count(own_db, SyncReceipt) == 2 * KEYS


class Killed(BaseException):
    """The process is gone: nothing catches that."""


@pytest.mark.parametrize("kind", ["incident.report", "incident.note", "positions.add"])
async def test_a_process_that_dies_between_effect_and_receipt_has_done_nothing(
    own_hands: Hands, own_db: Database, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    phone, incident = Phone(own_hands, "patrol1.leader"), await own_hands.report()
    where = {"observed_at": phone.now().isoformat(), "location": [118.605, 32.005]}
    said: dict[str, Any] = {
        "incident.report": report_body(),
        "incident.note": {"note": "once"},
        "positions.add": {"positions": [where]},
    }[kind]
    target = {"incident.report": uuid7(), "incident.note": incident["id"]}.get(kind)
    op = phone.note(kind, target, **said)
    settle = queries.settle

    async def dies(*_: Any) -> None:
        raise Killed

    monkeypatch.setattr(queries, "settle", dies)
    with pytest.raises(Killed):
        await phone.post([op])
    before = await count(own_db, Incident), await count(own_db, IncidentNote), await count(own_db, SyncReceipt)
    assert before == (1, 0, 0)
    monkeypatch.setattr(queries, "settle", settle)
    [item] = await phone.send(op)
    assert item["result"] == "applied"
    if kind == "positions.add":
        assert item["state"] == "1 stored, 0 repeated, 0 not kept"


async def test_an_answer_that_is_lost_after_the_commit_is_given_again(
    own_hands: Hands, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    phone = Phone(own_hands, "patrol1.leader")
    op = phone.note("incident.report", uuid7(), **report_body())
    carried_out = service._carried_out

    async def cut(*args: Any) -> Any:
        await carried_out(*args)
        raise ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(service, "_carried_out", cut)
    [item] = await phone.send(op)
    assert (item["result"], item["problem"]["type"]) == ("retry", "/problems/unavailable"), (
        "nobody knows whether it is done"
    )
    monkeypatch.setattr(service, "_carried_out", carried_out)
    [item] = await phone.send(op)
    assert item["result"] == "duplicate"
    assert await count(own_db, Incident) == 1


async def test_a_fault_of_ours_is_final_and_keeps_nothing_waiting(
    hands: Hands, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.command.move.service.advance", lambda *_: 1 / 0)
    phone.note("incident.transition", uuid7(), action="finish")
    phone.note("incident.report", uuid7(), **report_body())
    broken, report = await phone.send()
    assert (broken["result"], report["result"]) == ("rejected", "applied")
    assert (broken["problem"]["type"], "trace_id" in broken["problem"]) == ("/problems/internal-error", True)


async def test_what_another_holds_is_tried_again_later(
    own_hands: Hands, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    incident = await own_hands.report()
    desk = Phone(own_hands, "street1.acceptor")
    accept = desk.note("incident.transition", incident["id"], action="accept", category="E0406")
    follows = desk.note("incident.note", incident["id"], note="after it")
    async with own_db.write() as session:
        await session.execute(select(Incident).where(Incident.id == incident["id"]).with_for_update())
        items = await desk.send(accept, follows)
        assert [item["result"] for item in items] == ["retry", "retry"]
    assert [item["result"] for item in await desk.send(accept, follows)] == ["applied", "applied"]
