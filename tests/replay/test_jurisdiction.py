"""A jurisdiction made of invented points in a real database, and their replay through the real API."""

from pathlib import Path

import httpx
import pytest
import shapely
from sqlalchemy import func, select

from app.agency.models import Centre, CentreArea
from app.core.db import Database
from app.grid.models import Area, GridCell
from app.identity.service import sign_in
from app.incident.models import Incident
from app.replay.mapping import Mapping, Unreadable
from app.replay.recording import Recording
from app.replay.service import Credentials, Pace, Replay
from app.replay.tally import Outcome
from seed.jurisdiction.bodies import limit_of
from seed.jurisdiction.making import make_in
from seed.jurisdiction.squares import drawn
from seed.jurisdiction.survey import Kind, Survey
from tests.replay.town import MAPPING, PASSWORD, Row, jsonl, row


def town(**other: object) -> list[Row]:
    """A hundred points, ten by ten, a kilometre apart: north and south."""
    spots = [(x, y) for y in range(10) for x in range(10)]
    return [
        row(f"{x}-{y}", lon=10.01 + x * 0.014, lat=50.01 + y * 0.009, quarter="North" if y > 4 else "South", **other)
        for x, y in spots
    ]


async def test_the_grid_covers_all_points_and_each_cell_goes_with_those_in_it(tmp_path: Path, db: Database) -> None:
    made = await make_in(db, jsonl(tmp_path, *town()), MAPPING, PASSWORD)
    assert made is not None
    async with db.read() as session:
        shares = dict(
            (await session.execute(select(Area.code, func.count()).join_from(GridCell, Area).group_by(Area.code))).all()
        )
        centres = (
            await session.execute(select(Area.code, Centre.level).join_from(Centre, Area).order_by("code"))
        ).all()
    assert set(shares) == {"town.north", "town.south"}
    assert sum(shares.values()) == made.cells > 300
    assert [tuple(centre) for centre in centres] == [("town", 2), ("town.north", 1), ("town.south", 1)]


async def test_it_is_made_once(tmp_path: Path, db: Database) -> None:
    file = jsonl(tmp_path, *town())
    assert await make_in(db, file, MAPPING, PASSWORD) is not None
    assert await make_in(db, file, MAPPING, PASSWORD) is None


async def test_its_accounts_can_sign_in(tmp_path: Path, db: Database) -> None:
    await make_in(db, jsonl(tmp_path, *town()), MAPPING, PASSWORD)
    async with db.write() as session:
        for post in ("channel", "acceptor", "shift_leader", "dispatcher"):
            assert (await sign_in(session, f"town.{post}", PASSWORD)).is_active


def test_points_on_other_continents_do_not_stretch_the_grid(tmp_path: Path) -> None:
    far = [row("far", lon=77.6, lat=13.0), row("farther", lon=-122.0, lat=47.0)]
    wanted = MAPPING.model_dump()
    wanted["jurisdiction"]["grid"] |= {"trim": 0.05, "widen": 0.2}
    grid = drawn(Survey(jsonl(tmp_path, *town(), *far), Mapping.model_validate(wanted)))
    west, south, east, north = shapely.total_bounds(grid.polygons)
    assert 9.9 < west < 10.01
    assert 10.13 < east < 10.2
    assert 49.9 < south < 50.01
    assert 50.09 < north < 50.2


def test_a_recording_without_a_place_makes_no_jurisdiction(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="no located row"):
        Survey(jsonl(tmp_path, row("1", lon=None)), MAPPING)


def test_a_limit_is_the_middle_target_or_one_working_day() -> None:
    kind = Kind()
    assert limit_of(kind) == {"amount": 1, "unit": "work_day"}
    kind.target_hours.extend([1, 30, 500])
    assert limit_of(kind) == {"amount": 30, "unit": "urgent_hour"}
    kind.target_hours.extend([500, 500])
    assert limit_of(kind) == {"amount": round(500 / 24, 2), "unit": "natural_day"}


async def test_a_replay_through_the_real_api_accounts_for_every_row(
    tmp_path: Path, own_db: Database, own_client: httpx.AsyncClient
) -> None:
    odd = row("outside", lon=11.5), row("nowhere", lon=10.0, lat=50.0), row("0-0"), row("plain", kind=None, due=None)
    await make_in(own_db, jsonl(tmp_path, *town()), MAPPING, PASSWORD)
    with Recording(jsonl(tmp_path, *town(), *odd, "{broken"), MAPPING) as recording:
        tally = await Replay(own_client, MAPPING, Credentials(PASSWORD), Pace()).of(recording)
    assert tally.is_good
    assert [tally.of(outcome) for outcome in Outcome] == [2, 101, 1, 1, 0]
    assert tally.statuses == {"registered": 100, "reported": 1}
    async with own_db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Incident)) == 101
        assert await session.scalar(select(func.count()).select_from(CentreArea)) == 3
