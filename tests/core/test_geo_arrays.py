"""Many GCJ-02 positions converted at once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from app.core.geo import LonLat, gcj02_to_wgs84, wgs84_to_gcj02
from app.core.geo_arrays import Positions, all_gcj02_to_wgs84, all_wgs84_to_gcj02

MAINLAND = arrays(
    np.float64,
    st.tuples(st.integers(1, 20), st.just(2)),
    elements=st.floats(0, 1),
).map(lambda shares: shares * [60, 45] + [75, 5])


@given(MAINLAND)
def test_there_and_back_is_the_same_place_to_a_billionth_of_a_degree(positions: Positions) -> None:
    assert np.abs(all_gcj02_to_wgs84(all_wgs84_to_gcj02(positions)) - positions).max() < 1e-9


@given(MAINLAND)
def test_many_at_once_agree_with_one_by_one(positions: Positions) -> None:
    there = [wgs84_to_gcj02(LonLat(*row)) for row in positions.tolist()]
    back = [gcj02_to_wgs84(LonLat(*row)) for row in positions.tolist()]
    assert np.abs(all_wgs84_to_gcj02(positions) - there).max() < 1e-12
    assert np.abs(all_gcj02_to_wgs84(positions) - back).max() < 1e-9


def test_a_known_place_is_shifted_as_maps_shift_it() -> None:
    """The figures are those of the published algorithm for the middle of Beijing."""
    shifted = all_wgs84_to_gcj02(np.array([[116.404, 39.915]]))
    assert shifted[0] == pytest.approx([116.41024449916938, 39.91640428150164], abs=1e-9)


def test_abroad_nothing_is_shifted() -> None:
    boston = np.array([[-71.06, 42.36]])
    assert (all_gcj02_to_wgs84(boston) == boston).all()
