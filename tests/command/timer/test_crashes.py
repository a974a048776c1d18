"""Three workers at a time that are killed at every named point: each clock has climbed each of its steps exactly once.

`python -m bench.clocks` does the same with 10,000 clocks.
"""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE

from sqlalchemy import text

from app.core.db import Database
from bench.dying import POINTS
from tests.command.timer.passing import Time
from tests.conftest import SECRET
from tests.hands import Hands

CLOCKS, WORKERS = 200, 3
COPIES = text(
    """
    WITH one AS (SELECT * FROM incident LIMIT 1),
    made AS (
      INSERT INTO incident SELECT (jsonb_populate_record(NULL::incident, to_jsonb(one) || jsonb_build_object(
        'id', gen_random_uuid(), 'number', one.number || '-' || n, 'location', one.location))).*
      FROM one, generate_series(2, :count) n RETURNING id)
    INSERT INTO clock SELECT (jsonb_populate_record(NULL::clock, to_jsonb(c) || jsonb_build_object(
      'id', gen_random_uuid(), 'incident_id', made.id))).*
    FROM made, clock c WHERE c.incident_id = (SELECT id FROM one)
    """
)
STEPS = "SELECT step, state, count(*) FROM clock_action GROUP BY 1, 2 ORDER BY 1"
ESCALATIONS = "SELECT count(*), count(DISTINCT incident_id) FROM incident_move WHERE action = 'escalate'"
ORDERS = "SELECT count(*), count(DISTINCT incident_id) FROM supervision_order"
FACTS = "SELECT topic, count(*) FROM outbox WHERE topic ~ '^(clock|supervision)' GROUP BY 1 ORDER BY 1"


async def die(url: str) -> set[str]:
    """Workers that die at every point, and one that lives; where some died."""
    given = {"DATABASE_URL": url, "LIANQIN_SECRET": SECRET, "LIANQIN_UNSAFE_DATABASE": "true"}
    command = (sys.executable, "-m", "bench.dying", str(WORKERS), *(f"{point}:1" for point in POINTS))
    process = await asyncio.create_subprocess_exec(*command, env=os.environ | given, stdout=PIPE)
    said, _ = await process.communicate()
    return set(said.decode().splitlines())


async def test_workers_that_die_anywhere_escalate_each_clock_once(
    crowd: Hands, own_time: Time, own_db: Database
) -> None:
    await crowd.registered()
    async with own_db.write() as session:
        await session.execute(COPIES, {"count": CLOCKS})
    await own_time.passes(minutes=31, tick=False)
    assert await die(own_db.settings.database_url) == set(POINTS)
    done = [(1, "collapsed", CLOCKS), (2, "collapsed", CLOCKS), (3, "done", CLOCKS)]
    assert await own_time.rows(STEPS) == done
    assert await own_time.rows(ESCALATIONS) == [(CLOCKS, CLOCKS)]
    assert await own_time.rows(ORDERS) == [(CLOCKS, CLOCKS)]
    assert await own_time.rows(FACTS) == [("clock.breached", CLOCKS), ("supervision.opened", CLOCKS)]
    assert await own_time.rows("SELECT count(*) FROM trial") == [(0,)]
