"""A shift that is long over ends by itself, unless its crew is still at work."""

import asyncio
from datetime import timedelta

from sqlalchemy import text

from app.core.db import Database
from app.dispatch.crews import service
from tests import make
from tests.hands import Hands

OVER = text("UPDATE shift SET ends_at = now() - CAST(:ago AS interval), starts_at = now() - interval '9 h'")
FACTS = text("SELECT topic FROM outbox WHERE topic IN ('shift.overdue', 'shift.signed_off', 'welfare.end') ORDER BY id")
ON = text("SELECT p.code FROM shift s JOIN patrol p ON p.id = s.patrol_id WHERE signed_off_at IS NULL ORDER BY 1")
SEEN = text("SELECT p.code FROM latest_position l JOIN patrol p ON p.id = l.patrol_id ORDER BY 1")


async def over_for(db: Database, minutes: int) -> int:
    """Every shift ended so many minutes ago, and the worker looks."""
    async with db.write() as session:
        await session.execute(OVER, {"ago": timedelta(minutes=minutes)})
    return await sweep(db)


async def sweep(db: Database) -> int:
    """What the worker does every minute."""
    async with db.write() as session:
        return await service.end_overdue(session, 100)


async def found(db: Database) -> tuple[list[str], list[str], list[str]]:
    """Who is on duty, whose position is kept, and the facts told."""
    async with db.read() as session:
        on, seen, facts = [list(await session.scalars(statement)) for statement in (ON, SEEN, FACTS)]
        return on, seen, facts


async def test_an_hour_after_its_end_a_shift_ends_and_its_position_goes(hands: Hands, db: Database) -> None:
    assert await over_for(db, 59) == 0
    assert await over_for(db, 61) == 3
    assert await found(db) == ([], [], ["shift.signed_off"] * 3)
    shown = (await hands.get("street1.dispatcher", f"/v1/shifts/{hands.town.shifts['P-001']}")).json()
    assert (shown["on_duty"], shown["signed_off_by"] is None, shown["presence"]) == (False, False, "done")


async def test_a_crew_at_work_stays_on_and_is_reported_once(hands: Hands, db: Database) -> None:
    await hands.dispatched("P-001")
    assert (await over_for(db, 61), await sweep(db)) == (2, 0)
    on, seen, facts = await found(db)
    assert (on, seen, facts.count("shift.overdue")) == (["P-001"], ["P-001"], 1)
    shown = (await hands.get("street1.dispatcher", f"/v1/shifts/{hands.town.shifts['P-001']}")).json()
    assert shown["is_overdue"] is True


async def test_when_the_work_is_done_it_ends(hands: Hands, db: Database) -> None:
    incident = await hands.dispatched("P-001")
    await over_for(db, 61)
    await hands.assignment("patrol1.leader", incident["assignments"][0], "decline", reason="over")
    assert await sweep(db) == 1


async def test_its_welfare_check_ends_with_it(hands: Hands, db: Database) -> None:
    made = (await hands.post("patrol1.leader", "/v1/welfare-checks", {"patrol": "P-001"})).json()
    await over_for(db, 61)
    shown = (await hands.get("street1.dispatcher", f"/v1/welfare-checks/{made['id']}")).json()
    assert shown["state"] == "ended"


async def test_how_long_is_the_centres(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"sign_off_grace_min": 15}' WHERE level = 1"""))
    assert await over_for(db, 16) == 3


async def test_several_workers_end_each_shift_once(own_db: Database) -> None:
    async with own_db.write() as session:
        await make.town(session)
    async with own_db.write() as session:
        await session.execute(OVER, {"ago": timedelta(minutes=61)})
    assert sum(await asyncio.gather(*(sweep(own_db) for _ in range(4)))) == 3
    assert await found(own_db) == ([], [], ["shift.signed_off"] * 3)
