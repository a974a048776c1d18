"""`python -m bench.notices`: how fast the worker tells and delivers, and what an inbox costs among a million notices."""

import asyncio
import os
import secrets
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

from sqlalchemy import text

from app.core import logs
from app.core.db import Database
from app.core.outbox import react_at_once
from app.core.settings import load_settings
from app.identity.service import actor
from app.identity.workflow import Actor
from app.notice.delivery.service import InApp, deliver
from app.notice.inbox import queries
from app.notice.inbox.schemas import NoticeFilter
from app.notice.telling.service import tell
from app.notice.workflow import TOPICS
from bench.data import Server
from bench.works import made

SIZE, FACTS, MANY = 10_000, int(os.environ.get("FACTS", "20000")), int(os.environ.get("MANY", "1000000"))
DESKS = """
INSERT INTO account (id, username, display_name, is_active)
  SELECT gen_random_uuid(), 'desk-' || s || '-' || n, 'd', true FROM generate_series(1, 10) s, generate_series(1, 4) n;
INSERT INTO role_grant (id, account_id, role, organisation_id)
  SELECT gen_random_uuid(), a.id, r, ('0190c000-0000-7000-8000-' || lpad(split_part(a.username, '-', 2), 12, '0'))::uuid
  FROM account a, unnest(ARRAY['acceptor', 'dispatcher', 'shift_leader']) r WHERE a.username LIKE 'desk-%';
DELETE FROM outbox
"""
"""Four more people at each street's desk: five with the one that is there."""
FACTS_SQL = f"""
INSERT INTO outbox (topic, subject_id, subject_version, scope, payload)
  SELECT topic, i.id, 2, ARRAY[i.home_centre_id], jsonb_build_object('incident_id', i.id, 'version', 2, 'priority', 2,
    'centre_id', i.commanding_centre_id)
  FROM (SELECT *, row_number() OVER () AS n FROM incident) i,
    unnest(ARRAY['incident.accept', 'incident.register', 'incident.escalate', 'clock.breached']) topic
  ORDER BY random() LIMIT {FACTS}
"""
MANY_SQL = f"""
TRUNCATE notice CASCADE;
INSERT INTO notice (id, fact_id, kind, topic, subject_id, incident_id, centre_id, urgency, needs_receipt, text, text_en, at, told_at)
  SELECT ('01960000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, n, 'report', 'incident.report', i.id, i.id,
    i.commanding_centre_id, (ARRAY['info', 'action', 'action', 'alarm'])[n % 4 + 1], false, 'x', 'x', now(), now()
  FROM generate_series(1, {MANY}) n
  JOIN (SELECT *, row_number() OVER () - 1 AS k FROM incident) i ON i.k = n % {SIZE};
INSERT INTO notice_receipt (notice_id, account_id, urgency, role, organisation_id, incident_id, delivered_at, read_at)
  SELECT n.id, g.account_id, n.urgency, 'acceptor', g.organisation_id, n.incident_id,
    now() - (fact_id % 86400) * interval '1 second', CASE WHEN fact_id % 100 > 0 THEN now() END
  FROM notice n JOIN role_grant g ON g.organisation_id = n.centre_id AND g.role = 'acceptor'
  WHERE g.account_id < '01920000-0000-7000-8000-000000000000';
ANALYZE
"""
Told = Callable[[], Awaitable[int]]


def main() -> None:
    """Measure, and print."""
    os.environ |= {"LIANQIN_SECRET": secrets.token_urlsafe(48)}
    logs.configure("ERROR", "json")
    server = Server.up()
    server.made(SIZE)
    name = server.copied(SIZE)
    os.environ["DATABASE_URL"] = server.url(name)
    for statement in (DESKS, FACTS_SQL):
        server.sql(name, statement)
    asyncio.run(_worker())
    for statement in MANY_SQL.split(";"):
        server.sql(name, statement)
    server.sql(name, "VACUUM notice_receipt")
    asyncio.run(_inbox())


async def _worker() -> None:
    database = Database(load_settings())

    async def telling() -> int:
        async with database.write() as session:
            return await react_at_once(session, "bench", TOPICS, lambda s, f: tell(s, f, (InApp(),)))

    async def delivering() -> int:
        return await deliver(database, InApp())

    for what, turn in (("facts told", telling), ("letters delivered", delivering)):
        done, seconds = await _all(turn)
        _say(f"{what}: {done} in {seconds:.1f} s, {done / seconds:,.0f}/s")
    async with database.read() as session:
        counts = await session.execute(
            text("SELECT (SELECT count(*) FROM notice), (SELECT count(*) FROM notice_receipt)")
        )
        _say("notices, receipts: {:,}, {:,}".format(*counts.one()))
    await database.close()


async def _all(turn: Told) -> tuple[int, float]:
    done, begun = 0, time.perf_counter()
    while now := await turn():
        done += now
    return done, time.perf_counter() - begun


async def _inbox() -> None:
    database = Database(load_settings())
    await database.open()
    async with database.read_lane() as lane:
        people = {
            "a street's desk": await actor(lane, made("01910000", 11)),
            "the district": await actor(lane, made("01910000", 1)),
        }
    for who, caller in people.items():
        assert caller is not None, "the account is made by the district's script"  # noqa: S101  # a programming error
        async with database.read() as session, database.read_lane() as lane:
            _say(f"{who}: {await queries.unread(lane, caller)} unread")
            for what, look in _looks(session, lane, caller).items():
                took = [await _timed(look) for _ in range(50)]
                _say(f"  {what}: p50 {statistics.median(took):.1f} ms, most {max(took):.1f} ms")
    await database.close()


def _looks(session: Any, lane: Any, caller: Actor) -> dict[str, Callable[[], Awaitable[Any]]]:
    return {
        "unread by urgency": lambda: queries.unread(lane, caller),
        "the first page of 100": lambda: queries.page(session, caller, NoticeFilter(), None, 100),
        "the first 100 unread": lambda: queries.page(session, caller, NoticeFilter(unread=True), None, 100),
    }


async def _timed(look: Callable[[], Awaitable[Any]]) -> float:
    begun = time.perf_counter()
    await look()
    return (time.perf_counter() - begun) * 1000


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
