"""Time in tests: it passes when told to, and the worker looks when told to."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.command.timer.service import Timer
from app.core.db import Database
from app.supervision.workflow import Due
from tests.hands import Hands

INSTANTS = {
    "clock": ("started_at", "due_at", "acts_at", "paused_at"),
    "task": ("due_at",),
    "request": ("created_at", "expires_at"),
    "supervision_order": ("opened_at", "reply_due_at", "acts_at"),
    "assignment": ("offered_at", "accepted_at"),
    "incident": ("status_since", "due_at", "suspended_until"),
    "trial": ("at",),
}


class Time:
    """A town's time."""

    def __init__(self, hands: Hands, database: Database) -> None:
        self.hands, self.database, self.timer = hands, database, Timer(database)

    async def passes(self, *, tick: bool = True, **span: float) -> int:
        """Let so much time pass, as if all that is in hand had happened that much earlier; then the worker looks."""
        async with self.database.write() as session:
            for table, columns in INSTANTS.items():
                earlier = ", ".join(f"{column} = {column} - CAST(:by AS interval)" for column in columns)
                await session.execute(text(f"UPDATE {table} SET {earlier}"), {"by": timedelta(**span)})  # noqa: S608  # the names are above
        return await self.tick() if tick else 0

    async def tick(self) -> int:
        """What the worker does every second; how much there was to do."""
        done = 0
        for due in Due:
            while begun := await self.timer.sweep(due):
                done += begun
        return done

    async def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database has."""
        async with self.database.read() as session:
            return [tuple(row) for row in await session.execute(text(statement), values)]

    async def steps(self) -> list[tuple[Any, ...]]:
        """The steps that were climbed: clock, step, done or collapsed, what was done, what could not be."""
        return await self.rows(
            "SELECT kind, step, a.state, acts, skipped FROM clock_action a JOIN clock c ON c.id = clock_id "
            "ORDER BY at, kind, step"
        )

    async def does(self, statement: str) -> None:
        """Something that happens in the database."""
        async with self.database.write() as session:
            await session.execute(text(statement))

    async def shown(self, incident: dict[str, Any], who: str = "street1.dispatcher") -> dict[str, Any]:
        """An incident as it is now."""
        answer = await self.hands.get(who, f"/v1/incidents/{incident['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def clock(incident: dict[str, Any], kind: str) -> dict[str, Any]:
    """One of an incident's clocks."""
    found: dict[str, Any] = next(clock for clock in incident["clocks"] if clock["kind"] == kind)
    return found
