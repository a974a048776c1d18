"""Whatever the sequence of swaps, leaves and seatings: nobody sits in two places, no seat is lost, all is recorded."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.core.db import Database
from tests.roster import plan
from tests.roster import world as small
from tests.roster.people import appoint, crew_of, enrol, made
from tests.roster.world import World

PLANNER, LEADER = "a_dispatcher", "a_shift_leader"
PEOPLE = {"M1": "a_member", "M2": "a_idle", "M3": "a_third"}
DAYS = 3
STATUSES = {200, 201, 403, 404, 409, 412, 422}
OFFICER, SHIFT = st.sampled_from(sorted(PEOPLE)), st.integers(0, DAYS - 1)
STEP = st.one_of(
    st.tuples(st.just("propose"), OFFICER, SHIFT, st.none() | OFFICER, st.none() | SHIFT),
    st.tuples(
        st.sampled_from(["accept", "decline", "withdraw", "approve", "refuse"]),
        st.sampled_from([*PEOPLE.values(), PLANNER]),
        st.integers(0, 5),
    ),
    st.tuples(st.just("agree"), SHIFT, st.none() | st.integers(1, DAYS - 1), OFFICER, st.booleans()),
    st.tuples(st.just("agree"), SHIFT, st.integers(1, DAYS - 1), OFFICER, st.just(value=True)),
    st.tuples(st.just("approve"), st.just(PLANNER), st.integers(0, 1)),
    st.tuples(st.just("seat"), OFFICER, SHIFT, OFFICER),
    st.tuples(st.just("leave"), OFFICER, SHIFT),
    st.tuples(st.just("back"), st.integers(0, 3)),
)


class Run:
    """One sequence on a published roster of three shifts, M1, M2 and M3 on one each, U1 leading all."""

    def __init__(self, world: World, roster: dict[str, Any], shifts: list[dict[str, Any]]) -> None:
        self.world, self.roster, self.shifts = world, roster, shifts
        self.swaps: list[str] = []
        self.leaves: list[str] = []

    async def step(self, name: str, *values: Any) -> None:
        """Do it; whatever it is, the answer is a success or a plain refusal, and the rules hold."""
        way = getattr(self, f"_{name}", None)
        answer = await (way(*values) if way else self._move(name, *values))
        assert answer is None or answer.status_code in STATUSES, answer.text
        await self.holds()

    async def _propose(self, who: str, at: int, to: str | None, other: int | None) -> httpx.Response:
        body = {"shift_id": self.shifts[at]["id"], "to": to}
        body["for_shift_id"] = None if other is None else self.shifts[other]["id"]
        answer = await self.world.post(PEOPLE[who], "/v1/swaps", body)
        if answer.is_success:
            self.swaps.append(answer.json()["id"])
        return answer

    async def _move(self, action: str, who: str, at: int) -> Any:
        if not self.swaps:
            return None
        path = f"/v1/swaps/{self.swaps[-1 - at % len(self.swaps)]}/transitions"
        return await self.world.post(who, path, {"action": action})

    async def _agree(self, at: int, ahead: int | None, to: str, is_approved: bool) -> Any:  # noqa: FBT001  # as drawn
        """Whoever sits there offers it to somebody, or exchanges it, they accept, and it may be approved at once."""
        other = None if ahead is None else (at + ahead) % DAYS
        giver, taker = await self._seated(at), to if other is None else await self._seated(other)
        answer = await self._propose(giver, at, taker, other)
        if answer.is_success:
            made(await self._move("accept", PEOPLE[taker], 0))
        return await self._move("approve", PLANNER, 0) if is_approved else answer

    async def _seated(self, at: int) -> str:
        return next(number for number in await crew_of(self.world, self.shifts[at]) if number in PEOPLE)

    async def _seat(self, comes: str, at: int, leaves: str) -> httpx.Response:
        crew = [{"officer": "U1", "is_leader": True}, {"officer": comes}]
        path = f"/v1/shifts/{self.shifts[at]['id']}"
        return await self.world.patch(PLANNER, path, {"crew": crew, "reason": f"{comes} for {leaves}"})

    async def _leave(self, who: str, at: int) -> httpx.Response:
        shift = self.shifts[at]
        body = {"kind": "other", "starts_at": shift["starts_at"], "ends_at": shift["ends_at"]}
        asked = made(await self.world.post(PEOPLE[who], "/v1/leaves", body))
        answer = await self.world.post(PLANNER, f"/v1/leaves/{asked['id']}/decision", {"decision": "approve"})
        self.leaves.append(asked["id"])
        return answer

    async def _back(self, at: int) -> httpx.Response | None:
        if not self.leaves:
            return None
        return await self.world.post(PLANNER, f"/v1/leaves/{self.leaves[at % len(self.leaves)]}/cancel")

    async def holds(self) -> None:
        """Two seats a shift, one led; no overlaps; and the last record of each shift says who sits there."""
        async with self.world.database.read() as session:
            seats = list(await session.execute(text(SEATS)))
            records = dict((str(one), crew) for one, crew in await session.execute(text(LAST)))  # noqa: C402
        assert Counter(str(shift) for shift, *_ in seats) == {one["id"]: 2 for one in self.shifts}
        assert all(leads == (number == "U1") for _, number, leads, _ in seats)
        assert not any(overlaps for *_, overlaps in seats)
        for shift in self.shifts:
            crew = {number for one, number, *_ in seats if str(one) == shift["id"]}
            begun = {member["number"] for group in shift["crew"] for member in group["members"]}
            assert crew == ({one["officer"] for one in records[shift["id"]]} if shift["id"] in records else begun)


SEATS = """SELECT shift_id, number, is_leader, EXISTS (SELECT FROM crew_member o WHERE o.officer_id = c.officer_id
AND o.shift_id <> c.shift_id AND o.during && c.during) FROM crew_member c JOIN officer ON officer.id = c.officer_id"""
LAST = """SELECT DISTINCT ON (shift_id) shift_id, after -> 'crew' FROM roster_amendment
ORDER BY shift_id, at DESC, id DESC"""


@pytest.fixture
async def begun(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> Run:
    """The roster is published, and everybody has a phone."""
    world = await small.make(api, own_client, own_db)
    await appoint(world, "a_third", "patrol_member", "A")
    for number in ("M2", "M3"):
        await enrol(world, number, "M", PEOPLE[number])
    await plan.templated(world)
    roster = await plan.drafted(world, (1, DAYS))
    for shift, number in zip(await plan.shifts(world, roster), PEOPLE, strict=True):
        await plan.seated(world, shift, [("U1", True), (number, False)])
    roster = made(await world.post(PLANNER, f"{plan.ROSTERS}/{roster['id']}/publish"))
    return Run(world, roster, await plan.shifts(world, roster))


@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(steps=st.lists(STEP, min_size=4, max_size=12))
async def test_no_sequence_of_steps_breaks_a_roster(begun: Run, steps: list[tuple[Any, ...]]) -> None:
    """One run goes on with the crews the one before left: it only makes the sequences longer."""
    async with begun.world.database.write() as session:
        await session.execute(text("DELETE FROM swap"))
        await session.execute(text("DELETE FROM leave"))
    for step in steps:
        await begun.step(*step)


async def test_steps_at_the_same_time_leave_a_whole_roster(begun: Run) -> None:
    first, second, _ = begun.shifts
    for _ in range(3):
        exchange = ("propose", "M1", 0, "M2", 1)
        await begun.step(*exchange)
        await begun.step("accept", "a_idle", 0)
        body = {"crew": [{"officer": "U1", "is_leader": True}, {"officer": "M3"}], "reason": "r"}
        await asyncio.gather(
            begun._move("approve", PLANNER, 0),
            begun.world.patch(PLANNER, f"/v1/shifts/{first['id']}", body),
            begun._move("withdraw", "a_member", 0),
            begun._propose("M2", 1, None, None),
        )
        await begun.holds()
    assert second["id"]
