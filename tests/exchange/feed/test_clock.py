"""What waits for a reason that can pass is read again by the clock: with growing pauses, an end, and after crashes."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.core.db import Database
from app.exchange.feed import queries, service
from app.exchange.feed.models import Ticket
from app.exchange.feed.service import read_due, tend
from app.exchange.feed.workflow import MOST_TRIES
from app.grid.models import GridCell
from app.identity.access import Doorman
from app.identity.models import Account
from app.identity.service import actor as actor_of
from app.incident.models import Incident
from tests import make
from tests.exchange.feed.test_tickets import MAPPING, feed, send, ticket
from tests.hands import Hands

FEED = "/v1/feeds/hotline"
__all__ = ["feed"]


@pytest.fixture
async def hotline(own_client: httpx.AsyncClient, own_db: Database) -> Hands:
    """A town with a feed, whose commits stay."""
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, Doorman(own_db.settings, own_db))
    body = {"code": "hotline", "name": "12345", "centre": "D", "account": "channel", "mapping": MAPPING}
    assert (await hands.post("admin", "/v1/feeds", body)).status_code == 201
    return hands


async def _in_force(db: Database, *, later: bool) -> None:
    """The town's plan comes into force in a thousand years, or has long been."""
    async with db.write() as session:
        await session.execute(update(GridCell).values(valid_from=datetime(3000 if later else 2020, 1, 1, tzinfo=UTC)))


async def _due(db: Database) -> None:
    """The pauses are over."""
    async with db.write() as session:
        over = update(Ticket).where(Ticket.next_try_at.is_not(None))
        await session.execute(over.values(next_try_at=func.now() - timedelta(seconds=1)))


async def _waiting(hands: Hands) -> list[dict[str, Any]]:
    answer = await hands.get("admin", f"{FEED}/quarantine")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def _pause(db: Database) -> float | None:
    """Minutes until the one ticket is tried next, counted from when it was last looked at."""
    async with db.read() as session:
        until_then, since = (await session.execute(select(Ticket.next_try_at, Ticket.changed_at))).one()
    return None if until_then is None else (until_then - since).total_seconds() / 60


async def test_a_ticket_from_outside_is_filed_when_its_ground_is_in_force(
    hands: Hands, feed: str, db: Database
) -> None:
    await _in_force(db, later=True)
    [taken] = await send(hands, feed, ticket())
    assert taken["result"] == "quarantined"
    [kept] = await _waiting(hands)
    assert kept["tries"] == 1
    assert datetime.fromisoformat(kept["next_try_at"]) > datetime.fromisoformat(kept["at"])
    assert await read_due(db) == 0
    await _in_force(db, later=False)
    await _due(db)
    assert await read_due(db) == 1
    assert await _waiting(hands) == []
    far = (await hands.get("channel", f"{feed}/tickets/T-1")).json()
    assert far["state"] == "open"
    async with db.read() as session:
        row = (await session.scalars(select(Ticket))).one()
    assert (row.next_try_at, row.payload, row.reason) == (None, None, None)
    assert await read_due(db) == 0


async def test_the_pauses_grow_and_end(hands: Hands, feed: str, db: Database) -> None:
    await _in_force(db, later=True)
    await send(hands, feed, ticket())
    pauses = [await _pause(db)]
    while pauses[-1] is not None:
        await _due(db)
        assert await read_due(db) == 1
        pauses.append(await _pause(db))
    assert pauses == [pytest.approx(min(4**n, 24 * 60)) for n in range(MOST_TRIES - 1)] + [None]
    [kept] = await _waiting(hands)
    assert (kept["tries"], kept["next_try_at"]) == (MOST_TRIES, None)
    assert await read_due(db) == 0


async def test_what_only_a_person_can_mend_is_left_to_people(hands: Hands, feed: str, db: Database) -> None:
    await send(hands, feed, ticket(at=None), ticket("T-2", content=""))
    assert [one["next_try_at"] for one in await _waiting(hands)] == [None, None]
    assert await read_due(db) == 0


async def test_a_better_mapping_reads_again_what_waits(hands: Hands, feed: str, db: Database) -> None:
    await send(hands, feed, ticket(where=ticket()["at"], at=None), ticket("T-2", content=None))
    async with db.write() as session:
        await session.execute(update(Ticket).values(tries=MOST_TRIES))
    better = {"mapping": MAPPING | {"lon": "where.0", "lat": "where.1"}}
    changed = await hands.client.patch(feed, json=better, headers=hands.headers("admin", 1))
    assert changed.status_code == 200, changed.text
    assert await read_due(db) == 2
    [left] = await _waiting(hands)
    assert (left["number"], left["tries"], left["next_try_at"]) == ("T-2", 1, None)
    assert (await hands.get("channel", f"{feed}/tickets/T-1")).json()["state"] == "open"


async def test_what_was_read_by_a_mapping_that_changed_meanwhile_is_read_again(
    hands: Hands, feed: str, db: Database
) -> None:
    async with db.write_lane() as lane:
        channel = await actor_of(lane, hands.town.accounts["channel"])
        assert channel is not None
        before = await service._feed(lane, channel, "hotline")
    better = {"mapping": MAPPING | {"lon": "where.0", "lat": "where.1"}}
    assert (await hands.client.patch(feed, json=better, headers=hands.headers("admin", 1))).status_code == 200
    async with db.write_lane() as lane:
        taken = await service._take(lane, before, ticket(where=ticket()["at"], at=None))
    assert taken.result == "quarantined"
    await _due(db)
    assert await read_due(db) == 1
    assert await _waiting(hands) == []


async def test_workers_at_once_and_a_person_file_each_ticket_once(hotline: Hands, own_db: Database) -> None:
    await _in_force(own_db, later=True)
    await send(hotline, FEED, *(ticket(f"T-{n}") for n in range(12)))
    await _in_force(own_db, later=False)
    await _due(own_db)
    by_hand = hotline.post("admin", f"{FEED}/quarantine/retry", None)
    *claimed, answer = await asyncio.gather(read_due(own_db), read_due(own_db), by_hand)
    assert sum(claimed) <= 12
    assert answer.status_code == 200
    assert await _waiting(hotline) == []
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Incident)) == 12


async def test_what_a_lost_worker_had_taken_is_due_again(hands: Hands, feed: str, db: Database) -> None:
    await _in_force(db, later=True)
    await send(hands, feed, ticket())
    await _in_force(db, later=False)
    await _due(db)
    async with db.write_lane() as lane:  # and then it is gone
        assert len(await queries.CLAIM.rows(lane)) == 1
    assert await read_due(db) == 0
    [kept] = await _waiting(hands)
    assert kept["next_try_at"] is not None
    await _due(db)
    assert await read_due(db) == 1
    assert await _waiting(hands) == []


async def test_one_that_fails_holds_up_no_other_and_has_an_end(
    hands: Hands, feed: str, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await _in_force(db, later=True)
    await send(hands, feed, ticket("T-1"), ticket("T-2"))
    await _in_force(db, later=False)
    read = service._read  # a fault of ours, in the middle of one ticket

    def broken(of: Any, item: Any, number: str) -> Any:
        if number == "T-1":
            raise RuntimeError(number)
        return read(of, item, number)

    monkeypatch.setattr(service, "_read", broken)
    await _due(db)
    assert await read_due(db) == 2
    [left] = await _waiting(hands)
    assert (left["number"], left["tries"]) == ("T-1", 2)
    async with db.write() as session:
        await session.execute(update(Ticket).where(Ticket.number == "T-1").values(tries=MOST_TRIES - 1))
    await _due(db)
    assert await read_due(db) == 1
    [left] = await _waiting(hands)
    assert (left["tries"], left["next_try_at"]) == (MOST_TRIES, None)


async def test_while_its_channel_is_off_a_ticket_waits(hands: Hands, feed: str, db: Database) -> None:
    await _in_force(db, later=True)
    await send(hands, feed, ticket())
    await _in_force(db, later=False)
    await _switch(db, hands, on=False)
    await _due(db)
    assert await read_due(db) == 1
    [kept] = await _waiting(hands)
    assert kept["tries"] == 2
    await _switch(db, hands, on=True)
    await _due(db)
    assert await read_due(db) == 1
    assert await _waiting(hands) == []


async def _switch(db: Database, hands: Hands, *, on: bool) -> None:
    async with db.write() as session:
        account = update(Account).where(Account.id == hands.town.accounts["channel"])
        await session.execute(account.values(is_active=on))


async def test_the_worker_reads_by_the_clock_until_it_is_told_to_stop(
    hotline: Hands, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "POLL_S", 0.02)
    await _in_force(own_db, later=True)
    await send(hotline, FEED, ticket())
    stop = asyncio.Event()
    working = asyncio.create_task(tend(own_db, stop))
    await _in_force(own_db, later=False)
    await _due(own_db)
    async with asyncio.timeout(30):
        while await _waiting(hotline):  # noqa: ASYNC110  # another task files it
            await asyncio.sleep(0.05)
    stop.set()
    await asyncio.wait_for(working, 10)
