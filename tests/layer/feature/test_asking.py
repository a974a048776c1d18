"""What may be asked of a collection, and what is refused before anything is read."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.layer.crs.workflow import CRS, CRS84, EPSG, Box
from app.layer.feature.workflow import FIRST, LAST, LONGEST, Asked, Interval, Order, asked, cursor, period
from app.layer.workflow import COLLECTIONS, MAX_LIMIT, BadQuery

INCIDENTS, CELLS, COVERAGE = (COLLECTIONS[name] for name in ("incidents", "grid_cells", "coverage"))
NOON = datetime(2026, 5, 1, 12, 30, tzinfo=UTC)
BAD = {
    "limit": (
        "0",
        "-1",
        "ten",
        "1.5",
        "٣",
    ),
    "offset": (
        "x",
        "100001",
    ),
    "bbox": (
        "1,2,3",
        "a,b,c,d",
        "10,20,5,10",
        "nan,1,2,3",
        "1,2,inf,3",
        "1,2,900,3",
    ),
    "datetime": (
        "yesterday",
        "2025-13-45T00:00:00Z",
        "2025-01-02/2025-01-01",
        "2025-01-01T00:00:00",
        "",
        "2025-01-01/2025-01-02/2025-01-03",
    ),
    "crs": (EPSG.format(1),),
    "bbox-crs": ("EPSG:4326",),
    "filter-crs": ("x",),
    "datum": ("bd09",),
    "cursor": (
        "x",
        "",
    ),
    "properties": ("reporter",),
    "sortby": (
        "description",
        "+-status",
    ),
    "colour": ("red",),
    "priority": (
        "high",
        "99999999999",
    ),
    "is_open": ("yes",),
    "reported_at": ("soon",),
    "status": ("a\x00b",),
}


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in BAD for value in BAD[name]])
def test_what_cannot_be_is_refused(name: str, value: str) -> None:
    with pytest.raises(BadQuery):
        asked(INCIDENTS, [(name, value)])


def test_a_parameter_given_twice_is_refused_but_for_lists() -> None:
    with pytest.raises(BadQuery):
        asked(INCIDENTS, [("limit", "1"), ("limit", "2")])
    assert asked(INCIDENTS, [("properties", "status"), ("properties", "cell")]).properties == ("status", "cell")


@given(st.text(max_size=30), st.text(max_size=60))
def test_nothing_but_a_bad_query_comes_of_any_text(name: str, value: str) -> None:
    for one in COLLECTIONS.values():
        try:
            asked(one, [(name, value)])
        except BadQuery as refused:
            assert refused.detail  # noqa: PT017  # either way is fine, another error is not


def test_more_than_the_most_means_the_most() -> None:
    assert asked(CELLS, [("limit", "100000000")]).limit == MAX_LIMIT


@pytest.mark.parametrize(
    ("bbox", "crs", "box"),
    [
        ("1,2,3,4", CRS84, Box(1, 2, 3, 4)),
        ("1,2,-9,3,4,9", CRS84, Box(1, 2, 3, 4)),
        ("2,1,4,3", EPSG.format(4326), Box(1, 2, 3, 4)),
        ("2,1,4,3", EPSG.format(4490), Box(1, 2, 3, 4)),
        ("177,65,-177,70", CRS84, Box(177, 65, -177, 70)),
        ("-180,-95,180,95", CRS84, Box(-180, -90, 180, 90)),
    ],
)
def test_a_box_is_read_in_the_order_of_its_system(bbox: str, crs: str, box: Box) -> None:
    assert asked(CELLS, [("bbox", bbox), ("bbox-crs", crs)]).box == box


@pytest.mark.parametrize("crs", [uri for uri, srid in CRS.items() if srid in (3857, 4548, 4549)])
def test_a_box_in_metres_is_the_box_in_degrees_around_it(crs: str) -> None:
    east, north = (13_204_000, 3_766_000) if crs.endswith("3857") else (500_000, 3_545_000)
    pair = (
        f"{east},{north},{east + 1000},{north + 1000}"
        if crs.endswith("3857")
        else f"{north},{east},{north + 1000},{east + 1000}"
    )
    box = asked(CELLS, [("bbox", pair), ("bbox-crs", crs)]).box
    assert box is not None
    assert 116 < box.west < box.east < 121
    assert 31 < box.south < box.north < 33


@pytest.mark.parametrize(
    ("text", "begin", "until"),
    [
        ("2026-05-01T00:00:00Z", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01T08:00:00+08:00/..", datetime(2026, 5, 1, tzinfo=UTC), LAST),
        ("/2026-05-01T00:00:00Z", FIRST, datetime(2026, 5, 1, tzinfo=UTC)),
        ("2026-05-01", datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 5, 1, 23, 59, 59, 999999, tzinfo=UTC)),
        ("../..", FIRST, LAST),
    ],
)
def test_an_interval_may_be_open_at_both_ends(text: str, begin: datetime, until: datetime) -> None:
    assert asked(CELLS, [("datetime", text)]).interval == Interval(begin, until)


def test_a_period_is_whole_hours_none_ahead_and_no_longer_than_the_longest() -> None:
    until = datetime(2026, 5, 1, 13, tzinfo=UTC)
    assert period(COVERAGE, None, NOON) == Interval(datetime(2026, 4, 30, 13, tzinfo=UTC), until)
    assert period(COVERAGE, Interval(FIRST, LAST), NOON).until == until
    assert period(COVERAGE, Interval(datetime(2020, 1, 1, tzinfo=UTC), LAST), NOON) == Interval(until - LONGEST, until)
    assert period(CELLS, None, NOON) == Interval(NOON, NOON)


@given(
    st.lists(st.sampled_from([True, False, None]), min_size=1, max_size=1),
    st.uuids(),
    st.datetimes(timezones=st.just(UTC)),
)
def test_a_cursor_is_read_back_as_it_was_written(flag: list[Any], id_: Any, at: datetime) -> None:
    order = (Order("is_open", descending=True), Order("reported_at", descending=False))
    at = max(FIRST, min(LAST, at))
    made = cursor(INCIDENTS, order, [flag[0], at, id_])
    assert asked(INCIDENTS, [("sortby", "-is_open,reported_at"), ("cursor", made)]).after == (flag[0], at, id_)
    with pytest.raises(BadQuery):
        asked(INCIDENTS, [("cursor", made)])


def test_nothing_asked_is_the_first_page() -> None:
    assert asked(CELLS, []) == Asked()
    assert asked(CELLS, []).is_first
