"""Operations of several phones, shuffled, repeated and dropped on their way, end where the model ends.

`SYNC_SEEDS=1000 .venv/bin/pytest -q tests/sync/test_model.py` is the long run; `SYNC_SEED=… SYNC_SEEDS=1` one again.
"""

import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select

from app.core.ids import uuid7
from app.dispatch.models import Assignment
from app.incident.history.models import IncidentNote
from app.incident.models import Incident, IncidentMove
from app.patrol.models import LatestPosition
from app.sync.batch.models import SyncDevice
from tests import make
from tests.hands import Hands, report_body
from tests.sync.model import Json, Model
from tests.sync.phone import Phone

USUAL = 12
SEEDS = int(os.environ.get("SYNC_SEEDS", USUAL))
FIRST = int(os.environ.get("SYNC_SEED", "0"))
CREW = {"patrol1.leader", "patrol1.member"}
PEOPLE = (*sorted(CREW), "patrol2.leader")
MOVES = ("accept", "depart", "arrive", "clear", "decline")


def day(rng: random.Random, phone: Phone, model: Model, start: datetime) -> None:
    """What an officer does in a day, with what no app should do."""
    filed = [model.shared]
    crew_moves = sorted(rng.sample(MOVES, 3), key=MOVES.index) if rng.random() < 0.8 else rng.choices(MOVES, k=4)
    todo: list[tuple[str, Any]] = [("move", move) for move in crew_moves]
    for kind in rng.choices(("report", "outside", "note", "fix", "bad"), (3, 1, 4, 2, 1), k=rng.randint(3, 8)):
        todo.insert(rng.randint(0, len(todo)), (kind, None))
    for n, (kind, move) in enumerate(todo):
        if kind == "move":
            phone.note("assignment.transition", model.assignment, action=move, reason="elsewhere")
        elif kind in ("report", "outside"):
            filed.append(str(uuid7()))
            phone.note("incident.report", filed[-1], **report_body(make.OUTSIDE if kind == "outside" else make.A1))
        elif kind == "note":
            phone.note("incident.note", rng.choice(filed), note=f"{phone.who} {n} {rng.random()}")
        elif kind == "fix":
            at = start - timedelta(seconds=rng.uniform(1, 3600))
            phone.note("positions.add", positions=[{"observed_at": at.isoformat(), "location": list(make.A1)}])
        else:
            phone.note("incident.note", filed[0], colour="red")


class Network:
    """Batches on their way: any may be lost, come late, or come twice; so may answers be lost."""

    def __init__(self, rng: random.Random, hands: Hands, model: Model, phones: list[Phone]) -> None:
        self.rng, self.hands, self.model, self.phones = rng, hands, model, phones
        self.flying: list[tuple[Phone, list[Json]]] = []

    async def step(self) -> None:
        """Something happens."""
        phone = self.rng.choice(self.phones)
        dice = self.rng.random()
        if dice < 0.4 and phone.outbox:
            ops = self.rng.choices(phone.outbox, k=self.rng.randint(1, 6))
            self.flying.append((phone, [*ops, *phone.outbox[: self.rng.randint(0, 4)]]))
            self.rng.shuffle(self.flying[-1][1])
        elif dice < 0.9 and self.flying:
            at = self.rng.randrange(len(self.flying))
            await self.arrive(*self.flying[at])
            if self.rng.random() < 0.7:
                del self.flying[at]
        elif dice < 0.93:
            await self.withdraw()

    async def withdraw(self) -> None:
        """The dispatcher takes the assignment back, if it lasts."""
        if self.model.withdraw():
            path = f"/v1/assignments/{self.model.assignment}/transitions"
            answer = await self.hands.post("street1.dispatcher", path, {"action": "withdraw", "reason": "r"}, "*")
            assert answer.status_code == 200, answer.text

    async def arrive(self, phone: Phone, ops: list[Json]) -> None:
        """A batch arrives, and perhaps its answer."""
        wanted = self.model.batch(phone.who, ops)
        outbox = phone.outbox
        items = await phone.send(*ops)
        assert [item["result"] for item in items] == wanted, items
        if self.rng.random() < 0.4:  # the answer is lost
            phone.outbox = outbox

    async def settle(self) -> None:
        """The network is good again."""
        for phone, ops in self.flying:
            await self.arrive(phone, ops)
        for phone in self.phones:
            while phone.outbox:
                await self.arrive(phone, list(phone.outbox))


async def same(hands: Hands, model: Model, phones: list[Phone], named: set[str]) -> None:
    """The service has come to what the model has, of everything that this day's operations name."""
    async with hands.door.database.read() as session:
        state = await session.scalar(select(Assignment.state).where(Assignment.id == model.assignment))
        filed = await session.scalars(select(Incident.id).where(Incident.id.in_(named - {model.shared})))
        notes = await session.scalars(select(IncidentNote.note).where(IncidentNote.incident_id.in_(named)))
        told = select(IncidentMove.seq).where(IncidentMove.action == "tell_late")
        late = await session.scalars(told.where(IncidentMove.incident_id == model.shared))
        devices = select(SyncDevice.id, SyncDevice.last_seq).where(SyncDevice.id.in_([p.device_id for p in phones]))
        last = {row.id: row.last_seq for row in await session.execute(devices)}
        where = select(LatestPosition.observed_at).where(LatestPosition.patrol_id == hands.town.patrols["P-001"])
        seen = await session.scalar(where)
    assert state == model.state
    assert {str(id) for id in filed} == model.incidents
    assert sorted(notes) == sorted(model.notes)
    assert len(late.all()) == model.told_late
    assert last == {phone.device_id: phone.seq for phone in phones}
    assert seen == max(map(datetime.fromisoformat, model.fixes), default=None)


async def one_day(hands: Hands, seed: int) -> None:
    """One seed, from a patrol that is free to one that is free again."""
    rng = random.Random(seed)
    async with hands.door.database.write() as session:
        # Where the patrol is now is newer than what a phone remembers: as if nobody had seen it yet.
        await session.execute(delete(LatestPosition).where(LatestPosition.patrol_id == hands.town.patrols["P-001"]))
    incident = await hands.dispatched()
    model = Model(incident["id"], incident["assignments"][0]["id"], CREW)
    phones = [Phone(hands, who) for who in PEOPLE]
    for phone in phones:
        day(rng, phone, model, datetime.now(UTC))
    named = {op["target"] for phone in phones for op in phone.outbox if "target" in op} - {model.assignment}
    network = Network(rng, hands, model, phones)
    for _ in range(40):
        await network.step()
    await network.settle()
    await same(hands, model, phones, named)
    await network.withdraw()


@pytest.mark.timeout(0 if SEEDS > USUAL else 120)
async def test_however_it_comes_it_ends_as_in_the_model(own_hands: Hands) -> None:
    for seed in range(FIRST, FIRST + SEEDS):
        print(f"SYNC_SEED={seed} SYNC_SEEDS=1")  # noqa: T201  # is shown when it fails
        await one_day(own_hands, seed)
