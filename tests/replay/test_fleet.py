"""A recorded fleet becomes positions of patrols on their past duties, and every row is accounted for."""

import gzip
import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from sqlalchemy import func, select

from app.core.db import Database
from app.coverage.models import CellPresence
from app.patrol.models import Position
from app.replay.fleet import service
from app.replay.fleet.mapping import FleetMapping, Moved
from app.replay.fleet.reading import Days, fix_of
from app.replay.fleet.service import Fleet, Pace
from app.replay.mapping import Unreadable
from app.replay.reading import NotSent
from app.replay.service import Credentials
from app.replay.tally import Outcome
from app.roster.models import Patrol, Shift
from seed.fleet.making import make_in
from tests.coverage import ground

SHIPPED = Path(__file__).parents[2] / "seed" / "mappings"
PASSWORD = "a password for the fleet"
ZONE = ZoneInfo("Asia/Kolkata")
LAST_ON = datetime.now(ZONE).date() - timedelta(days=1)
MAPPING = FleetMapping.read(SHIPPED / "goa_fire_vehicles.toml")
Feature = dict[str, Any]


def feature(vehicle: str, at: str, lon: float = 73.8, **other: Any) -> Feature:
    """What one vehicle says."""
    said = {"vehicle": vehicle, "GPSActualTime": at, "Speed": "36", "Angle": "90", "Status": "RUNNING"} | other
    return {"geometry": {"type": "Point", "coordinates": [lon, 15.5]}, "properties": said}


def recording(folder: Path, *snapshots: list[Feature]) -> Path:
    """Snapshots taken a minute apart on two mornings."""
    file = folder / "fleet.jsonl.gz"
    lines = [
        {"fetched_at": f"2025-11-{9 + n // 3:02d}T09:0{n % 3}:00+05:30", "features": features}
        for n, features in enumerate(snapshots)
    ]
    file.write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    return file


def morning(day: int) -> list[list[Feature]]:
    """Three snapshots: one vehicle goes east, one stays and says an old fix again, one has its columns shifted."""
    return [
        [
            feature("v-1", f"{day:02d}-11-2025 09:0{n}:00", 73.8 + n * 0.005),
            feature("v-2", "05-11-2025 08:00:00", Status="INACTIVE", Speed="0"),
            feature("v-3", f"{day:02d}-11-2025 09:00:00", Speed="STOP"),
        ]
        for n in range(3)
    ]


async def test_every_row_is_stored_or_accounted_for(
    tmp_path: Path, own_db: Database, own_client: httpx.AsyncClient
) -> None:
    file = recording(tmp_path, *morning(9), *morning(10))
    made = await make_in(own_db, file, MAPPING, PASSWORD, LAST_ON)
    assert made is not None
    assert (made.patrols, made.shifts) == (2, 2)
    days = Days.of(file, MAPPING, LAST_ON)
    for stored, repeated in ((6, 0), (0, 6)):
        tally = await Fleet(own_client, MAPPING, Credentials(PASSWORD), Pace(batch=4)).of(file, days)
        assert tally.is_good
        assert [tally.of(outcome) for outcome in Outcome] == [6, stored, repeated, 6, 0]
    assert tally.outcomes[Outcome.NOT_SENT, "shifted-columns"] == tally.outcomes[Outcome.REFUSED, "not_on_duty"] == 6
    assert tally.notes["same instant as the row of this vehicle before"] == 5


async def test_it_is_sent_in_the_rhythm_in_which_it_was_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "AHEAD_S", 0.02)
    file = recording(tmp_path, *morning(9))
    sent = dict[float, int]()
    async with httpx.AsyncClient() as client:
        fleet = Fleet(client, MAPPING, Credentials(PASSWORD), Pace(speed=600))
        started = time.monotonic()
        async for batch in fleet._batches(file, Days.of(file, MAPPING, LAST_ON)):
            sent[time.monotonic() - started] = len(batch)
    assert list(sent.values()) == [2, 2, 2]
    assert [at >= due for at, due in zip(sent, (0.0, 0.1, 0.2), strict=True)] == [True] * 3


async def test_what_is_stored_has_its_hour_of_the_day_and_lies_in_cells(
    tmp_path: Path, own_db: Database, own_client: httpx.AsyncClient
) -> None:
    file = recording(tmp_path, *morning(9), *morning(10))
    await make_in(own_db, file, MAPPING, PASSWORD, LAST_ON)
    await Fleet(own_client, MAPPING, Credentials(PASSWORD), Pace()).of(file, Days.of(file, MAPPING, LAST_ON))
    await ground.work(own_db)
    async with own_db.read() as session:
        first, last = (
            await session.execute(select(func.min(Position.observed_at), func.max(Position.observed_at)))
        ).one()
        dwell = await session.scalar(select(func.sum(CellPresence.dwell_s)))
        speed = await session.scalar(select(func.max(Position.speed_mps)))
    assert first.astimezone(ZONE) == datetime.combine(
        LAST_ON - timedelta(days=1), datetime.min.time(), ZONE
    ) + timedelta(hours=9)
    assert (last - first, float(dwell or 0), speed) == (timedelta(days=1, minutes=2), 2 * 120, 10)


async def test_it_is_made_once_and_its_duties_are_over(tmp_path: Path, db: Database) -> None:
    file = recording(tmp_path, *morning(9))
    assert await make_in(db, file, MAPPING, PASSWORD, LAST_ON) is not None
    assert await make_in(db, file, MAPPING, PASSWORD, LAST_ON) is None
    async with db.read() as session:
        over = select(func.count()).where(Shift.signed_off_at <= func.now(), Patrol.id == Shift.patrol_id)
        assert await session.scalar(over) == 1


@pytest.mark.parametrize(
    ("moved", "expected"),
    [(Moved.TOGETHER, ["2026-03-01", "2026-03-08"]), (Moved.BY_DAY, ["2026-03-07", "2026-03-08"])],
)
def test_days_are_moved_together_or_one_after_the_other(moved: Moved, expected: list[str]) -> None:
    days = Days([date(2016, 5, 1), date(2016, 5, 8)], moved, ZONE, date(2026, 3, 8))
    assert [str(days.on(day)) for day in days.recorded] == expected


def test_an_instant_keeps_its_hour_when_clocks_change() -> None:
    days = Days([date(2016, 3, 13)], Moved.BY_DAY, ZoneInfo("America/Chicago"), date(2026, 7, 1))
    moved = days.at(datetime(2016, 3, 13, 5, 59, 59, tzinfo=UTC) + timedelta(seconds=1))
    assert moved == datetime(2026, 7, 1, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"properties.Speed": "STOP"}, "shifted-columns"),
        ({"properties.vehicle": " "}, "missing-vehicle"),
        ({"properties.GPSActualTime": "NA"}, "missing-time"),
        ({"geometry.coordinates.0": None}, "unlocated"),
    ],
)
def test_a_row_that_cannot_be_a_fix_says_why(change: dict[str, Any], reason: str) -> None:
    row = {
        "properties.vehicle": "v-1",
        "properties.GPSActualTime": "09-11-2025 09:00:00",
        "properties.Speed": "0",
        "properties.Angle": "0",
        "geometry.coordinates.0": 73.8,
        "geometry.coordinates.1": 15.5,
    }
    days = Days([date(2025, 11, 9)], Moved.TOGETHER, ZONE, LAST_ON)
    assert fix_of(row, MAPPING, days)["patrol"] == "goa-v-1"
    with pytest.raises(NotSent, match=reason):
        fix_of(row | change, MAPPING, days)


def test_a_recording_without_times_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="No row has a time"):
        Days.of(recording(tmp_path), MAPPING, LAST_ON)


@pytest.mark.parametrize("name", ["austin_buses", "goa_fire_vehicles"])
def test_the_mappings_of_fleets_can_be_read(name: str) -> None:
    mapping = FleetMapping.read(SHIPPED / f"{name}.toml")
    assert mapping.account.startswith(mapping.jurisdiction.code)
