"""Whatever happens in whatever order, and however often connections are lost: in the end all boards are right."""

import random
from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import Database
from tests import make
from tests.overview.conftest import Site

STEPS = 40
ACCEPTOR, LEADER, DISPATCHER = "street1.acceptor", "street1.shift_leader", "street1.dispatcher"
MOVES: dict[str, tuple[str, dict[str, Any]]] = {
    "accept": (ACCEPTOR, {"category": "E0406"}),
    "register": (LEADER, {"standard": "E0406-1", "filing_condition_met": True}),
    "send_back": (LEADER, {"reason": "r"}),
    "reject": (ACCEPTOR, {"reason_code": "not_ours", "note": "n"}),
    "dispatch": (DISPATCHER, {}),
    "recall": (DISPATCHER, {"reason": "r"}),
    "escalate": (DISPATCHER, {}),
    "force_close": ("district.leader", {"reason": "r"}),
}


class Walk:
    """Somebody does something, again and again."""

    def __init__(self, site: Site, database: Database, seed: int) -> None:
        self.site, self.hands, self.database, self.chance = site, site.hands, database, random.Random(seed)
        self.incidents: list[str] = []

    async def step(self) -> None:
        """One of all that may happen; what is refused has not happened."""
        done = [self.report, self.move, self.move, self.move, self.blow, self.drive, self.answer, self.lose, self.sos]
        await self.chance.choice(done)()

    async def report(self) -> None:
        """A report in one of the streets."""
        at, who = self.chance.choice([(make.A1, "patrol1.leader"), (make.B1, "patrol3.leader")])
        self.incidents.append((await self.hands.report(who, at))["id"])

    async def _one(self) -> dict[str, Any] | None:
        if not self.incidents:
            return None
        one = self.chance.choice(self.incidents)
        return dict((await self.hands.get("district.dispatcher", f"/v1/incidents/{one}")).json())

    async def move(self) -> None:
        """A move that may be allowed."""
        if incident := await self._one():
            action = self.chance.choice(list(MOVES))
            who, needs = MOVES[action]
            sent = {"patrols": [self.chance.choice(["P-001", "P-002"])], "override_reason": "r"}
            await self.hands.move(who, incident, action, **(sent if action == "dispatch" else needs))

    async def blow(self) -> None:
        """A whistle for one or two departments."""
        if incident := await self._one():
            called = self.chance.sample(["fire_rescue", "urban_management"], self.chance.randint(1, 2))
            await self.hands.blow(DISPATCHER, incident, *called)

    async def answer(self) -> None:
        """A crew, or a department's desk, goes on with what it was given."""
        if incident := await self._one():
            for assignment in incident["assignments"]:
                who = {"P-001": "patrol1.leader", "P-002": "patrol2.leader"}[assignment["patrol"]["code"]]
                await self.hands.assignment(
                    who, assignment, self.chance.choice(["accept", "depart", "arrive", "clear"])
                )

    async def drive(self) -> None:
        """A patrol is elsewhere."""
        async with self.database.write() as session:
            moved = text(
                "UPDATE latest_position SET location = ST_Translate(location, 0.0001, 0), observed_at = now() "
                "WHERE patrol_id = :id"
            )
            await session.execute(moved, {"id": self.hands.town.patrols[self.chance.choice(["P-001", "P-101"])]})

    async def sos(self) -> None:
        """Somebody calls for help."""
        await self.hands.post(self.chance.choice(["patrol1.member", "patrol3.leader"]), "/v1/sos", {})

    async def lose(self) -> None:
        """Connections are lost, and come back some steps later."""
        for console in self.site.consoles.values():
            if self.chance.random() < 0.5:
                await console.cut()
            elif console.is_cut:
                await console.connect()


@pytest.mark.parametrize("seed", range(3))
async def test_a_walk(seed: int, site: Site, own_db: Database) -> None:
    await site.watch()
    walk = Walk(site, own_db, seed)
    for _ in range(STEPS):
        await walk.step()
    for console in site.consoles.values():
        if console.is_cut:
            await console.connect()
    await site.agree(f"seed {seed}")
    assert walk.incidents
