"""Work that fails stops nothing else, is parked after five tries, can be tried anew; a clock that jumps stops all."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from app.command.timer import service
from app.command.timer.effects import EFFECTS, Turn
from app.command.timer.workflow import MOST_FAILURES, PAUSE_S, jumped
from app.core.db import Database
from app.supervision.workflow import Due
from tests.command.timer.passing import Time
from tests.hands import Hands

TRIALS = "SELECT kind, tries, error, parked_at IS NOT NULL FROM trial"


class Poison:
    """An effect that fails for one incident."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.incident, self.times, self.cured = "", 0, False
        self.effect = EFFECTS[Due.CLOCK]
        monkeypatch.setitem(EFFECTS, Due.CLOCK, self)

    async def __call__(self, turn: Turn, subject_id: UUID) -> bool:
        """Fail, or do as usual."""
        if str(turn.record["id"]) == self.incident and not self.cured:
            self.times += 1
            raise ZeroDivisionError("poison")
        return await self.effect(turn, subject_id)


@pytest.fixture
def poison(monkeypatch: pytest.MonkeyPatch) -> Poison:
    return Poison(monkeypatch)


async def test_a_poisoned_clock_stops_no_other_and_is_parked_after_five_tries(
    crowd: Hands, own_time: Time, poison: Poison
) -> None:
    poison.incident = (await crowd.report())["id"]
    healthy = [await crowd.report() for _ in range(3)]
    await own_time.passes(minutes=13)
    await own_time.passes(seconds=2)
    assert {(await own_time.shown(one))["clocks"][0]["card"] for one in healthy} == {"yellow"}
    for _ in range(8):
        await own_time.passes(seconds=10)
    assert await own_time.rows(TRIALS) == [("clock", 5, "ZeroDivisionError: poison", True)]
    assert poison.times == 5, "once in the batch, and four times alone"
    assert await own_time.rows("SELECT topic, payload ->> 'tries' FROM outbox WHERE topic = 'clock.parked'") == [
        ("clock.parked", "5")
    ]


async def test_parked_work_is_seen_by_who_sees_the_incident_and_tried_anew_by_who_commands(
    crowd: Hands, own_time: Time, poison: Poison
) -> None:
    poison.incident = (await crowd.report())["id"]
    for _ in range(8):
        await own_time.passes(minutes=13)
    [parked] = (await crowd.get("street1.acceptor", "/v1/parked-work")).json()["items"]
    assert (parked["kind"], parked["incident_id"], parked["tries"]) == ("clock", poison.incident, 5)
    assert (await crowd.get("street2.acceptor", "/v1/parked-work")).json()["items"] == []
    path = f"/v1/parked-work/clock/{parked['subject_id']}/retry"
    codes = [(await crowd.post(who, path, None)).status_code for who in ("street2.dispatcher", "street1.acceptor")]
    poison.cured = True
    assert (*codes, (await crowd.post("street1.dispatcher", path, None)).status_code) == (404, 403, 200)
    assert await own_time.tick() == 1
    assert (await own_time.shown({"id": poison.incident}))["clocks"][0]["state"] == "breached"


async def test_work_whose_workers_end_is_counted_and_parked_without_being_begun_again(
    crowd: Hands, own_time: Time, poison: Poison
) -> None:
    incident = await crowd.report()
    await own_time.passes(minutes=13, tick=False)
    poison.incident = incident["id"]
    await own_time.does(
        "INSERT INTO trial (kind, subject_id, incident_id, tries, at) "
        "SELECT 'clock', id, incident_id, 5, now() - interval '1 minute' FROM clock"
    )
    await own_time.tick()
    assert (poison.times, await own_time.rows(TRIALS)) == (0, [("clock", 5, None, True)])


async def test_work_is_counted_before_it_is_begun(
    crowd: Hands, own_time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: Any) -> bool:
        raise KeyboardInterrupt

    await crowd.report()
    await own_time.passes(minutes=13, tick=False)
    with monkeypatch.context() as patched:
        patched.setitem(EFFECTS, Due.CLOCK, dies)
        with pytest.raises(KeyboardInterrupt):
            await own_time.tick()
    assert (await own_time.rows(TRIALS), await own_time.steps()) == ([("clock", 1, None, False)], [])
    assert (await own_time.passes(seconds=2), await own_time.rows(TRIALS)) == (1, [])


async def test_many_failures_in_a_row_are_not_the_works_fault(
    hands: Hands, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    timer = service.Timer(db)
    now = 1000.0
    monkeypatch.setattr(service, "steady", lambda: now)
    timer.failures = MOST_FAILURES
    assert (timer._pauses(), timer._pauses(), timer.failures) == (True, True, 0)
    now += PAUSE_S
    assert not timer._pauses()


@pytest.mark.parametrize(
    ("seconds", "fires"), [(0, True), (59, True), (-59, True), (61, False), (-61, False), (86400, False)]
)
def test_nothing_fires_while_the_databases_clock_has_jumped(db: Database, seconds: float, *, fires: bool) -> None:
    timer, wall = service.Timer(db), datetime(2026, 11, 28, tzinfo=UTC)
    assert timer.trusts(wall, 5000.0)
    jumped_wall = wall + timedelta(seconds=10 + seconds)
    assert timer.trusts(jumped_wall, 5010.0) is fires
    assert timer.trusts(wall + timedelta(seconds=20), 5020.0)
    assert jumped(seconds, 0) is not fires


async def test_a_clock_that_drifts_slowly_is_trusted(db: Database) -> None:
    timer, wall = service.Timer(db), datetime(2026, 11, 28, tzinfo=UTC)
    assert all(timer.trusts(wall + timedelta(seconds=n * 50), n * 1.0) for n in range(100))


async def test_after_a_jump_there_is_an_alarm_and_nothing_is_done(
    hands: Hands, time: Time, monkeypatch: pytest.MonkeyPatch
) -> None:
    alarms: list[Any] = []
    monkeypatch.setattr(service.log, "error", lambda event, **_: alarms.append(event))
    await hands.report()
    await time.passes(minutes=13, tick=False)
    time.timer.trusted_s = 0.0
    assert await time.tick() == 0
    assert (alarms, await time.steps()) == (["clock_jumped"], [])
