"""What the fixes of a track say about each other, and how a line is made simpler."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from app.patrol.track.workflow import Spot, judged, simplified
from app.patrol.workflow import Quality

BEGIN = datetime(2026, 11, 23, tzinfo=UTC)
SHIFT = UUID(int=1)


def spot(second: float, lon: float, speed_mps: float | None = None, quality: Quality = Quality.GOOD) -> Spot:
    return Spot(BEGIN + timedelta(seconds=second), "", SHIFT, lon, 32.0, None, speed_mps, quality)


def told(*line: Spot) -> list[str]:
    return [one.quality.value for one in judged(line)]


def test_one_outlier_is_a_jump_and_the_way_back_is_none() -> None:
    assert told(spot(0, 118.6), spot(10, 119.6), spot(20, 118.601)) == ["good", "jump", "good"]


def test_a_place_that_lasts_is_where_the_patrol_is() -> None:
    line = [spot(0, 118.6), *(spot(60 * minute, 118.8) for minute in range(1, 8))]
    assert told(*line) == ["good", "jump", "jump", "jump", "jump", "good", "good", "good"]


def test_a_receiver_that_says_it_moves_and_does_not_is_stuck() -> None:
    line = [spot(0, 118.6, 9), spot(10, 118.6, 9), spot(20, 118.6, 0), spot(30, 118.6), spot(40, 118.601, 9)]
    assert told(*line) == ["good", "repeat", "good", "good", "good"]


def test_what_is_nowhere_is_no_place_to_jump_from() -> None:
    assert told(spot(0, 118.6), spot(10, 0.0, quality=Quality.ZERO_ISLAND), spot(20, 118.601)) == [
        "good",
        "zero_island",
        "good",
    ]


def test_a_straight_line_needs_its_ends_only() -> None:
    line = [spot(n, 118.6 + n / 1000) for n in range(10)]
    assert simplified(line, 1) == [line[0], line[-1]]


@given(st.lists(st.floats(118, 119), min_size=1, max_size=30), st.floats(0.1, 1000))
def test_a_simpler_line_is_a_part_of_the_line_with_its_ends(lons: list[float], tolerance_m: float) -> None:
    line = [spot(n, lon) for n, lon in enumerate(lons)]
    kept = simplified(line, tolerance_m)
    assert (kept[0], kept[-1]) == (line[0], line[-1])
    assert [one for one in line if one in kept] == kept
