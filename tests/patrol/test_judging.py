"""The rules told of many fixes at once are those told of one: a plain reckoning, fix by fix, comes to the same."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.time import of_micros
from app.patrol.batch import Batch
from app.patrol.columns import Columns
from app.patrol.judging import Judged, judged
from app.patrol.schemas import Fix
from app.patrol.workflow import AROUND_DUTY, MAX_AHEAD, NONE, QUALITIES, REASONS, Duty, Known

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
OLDEST = NOW - timedelta(days=30)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
edges = st.sampled_from([-5, 0, 5, 6]).map(MINUTE.__mul__) | st.sampled_from([-31, -30, 1, 2]).map(DAY.__mul__)
offsets = edges | st.integers(-60, 60).map(MINUTE.__mul__)
moments = st.builds(lambda away, more: NOW + away + timedelta(microseconds=more), offsets, st.integers(-1, 1))
places = st.tuples(st.sampled_from([0.0, 0.009, 118.6, 180.5]), st.sampled_from([0.0, -0.01, 32.06, 91]))
marks = st.tuples(
    st.none() | st.sampled_from([0, 100, 100.5]), st.none() | st.sampled_from([1, 70, 70.5]), st.booleans()
)
named = st.sampled_from([None, "PA", "PX"])
fixes = st.tuples(moments, places, marks, named, st.sampled_from([None, "a"]))
duties = st.lists(st.tuples(offsets, st.integers(0, 90), st.integers(0, 2)), max_size=3)
requests = st.lists(st.tuples(st.lists(fixes, min_size=1, max_size=6), duties, duties), min_size=1, max_size=3)


def _fix(told: Any) -> Fix:
    at, location, (accuracy_m, speed_mps, is_mock), patrol, device = told
    more = {"accuracy_m": accuracy_m, "speed_mps": speed_mps, "is_mock": is_mock, "patrol": patrol, "device_id": device}
    return Fix(observed_at=at, location=list(location), **more)


def _duties(drawn: Any) -> list[Duty]:
    spans = sorted((NOW + begin, NOW + begin + minutes * MINUTE, patrol) for begin, minutes, patrol in drawn)
    return [Duty(UUID(int=patrol), UUID(int=100 + n), begin, end) for n, (begin, end, patrol) in enumerate(spans)]


def _reckoned(fix: Fix, now: datetime, own: Sequence[Duty] | None) -> tuple[str, datetime, UUID | None, str]:
    """Why it is not stored, as of when, on which shift and with which flag."""
    lon, lat = fix.location
    at = now if fix.observed_at > now + AROUND_DUTY else fix.observed_at
    running = [duty for duty in own or () if duty.begins_at <= at <= duty.ends_at]
    near = [duty for duty in own or () if duty.begins_at - AROUND_DUTY <= at <= duty.ends_at + AROUND_DUTY]
    shift = running[0].shift_id if running else near[-1].shift_id if near else None
    against = [
        ("bad_coordinate", not (-180 <= lon <= 180 and -90 <= lat <= 90)),
        ("in_future", fix.observed_at > now + MAX_AHEAD),
        ("expired", at < OLDEST),
        ("unknown_patrol", own is None),
        ("not_on_duty", shift is None),
    ]
    flags = [
        ("zero_island", abs(lon) < 0.01 and abs(lat) < 0.01),
        ("mock", fix.is_mock),
        ("clock_ahead", fix.observed_at > now),
        ("too_fast", (fix.speed_mps or 0) > 70),
        ("coarse", (fix.accuracy_m or 0) > 100),
    ]
    first = [next((word for word, holds in told if holds), None) for told in (against, flags)]
    return first[0] or "", at, shift, first[1] or "good"


def _found(verdict: Judged, at: int) -> tuple[str, datetime, UUID | None, str]:
    why, duty = int(verdict.against[at]), int(verdict.duty[at])
    shift = None if duty == NONE else verdict.duties[duty].shift_id
    reason = "" if why == NONE else REASONS[why].value
    return reason, of_micros(int(verdict.observed_at[at])), shift, QUALITIES[verdict.quality[at]].value


@settings(max_examples=400, deadline=None)
@given(drawn=requests)
def test_many_are_judged_as_each_would_be(drawn: Any) -> None:
    sent = [[_fix(told) for told in listed] for listed, _, _ in drawn]
    columns = Columns.of([Batch.of(listed) for listed in sent])
    own = {
        (n, name): _duties(one)
        for n, (_, *both) in enumerate(drawn)
        for name, one in zip(("", "PA"), both, strict=True)
    }
    verdict = judged(columns, Known(NOW, OLDEST, [own.get(caller) for caller in columns.callers]))
    flat = [(request, fix) for request, listed in enumerate(sent) for fix in listed]
    nows = [NOW - timedelta(microseconds=len(sent) - 1 - request) for request, _ in flat]
    expected = [_reckoned(fix, now, own.get((n, fix.patrol or ""))) for now, (n, fix) in zip(nows, flat, strict=True)]
    assert [_found(verdict, at) for at in range(len(flat))] == expected
    keys: dict[Any, int] = {}
    for at, (_, fix) in enumerate(flat):
        if not expected[at][0]:
            keys.setdefault((verdict.duties[verdict.duty[at]].patrol_id, expected[at][1], fix.device_id or ""), at)
    assert sorted(verdict.stored.tolist()) == sorted(keys.values()), "each key once, of equal ones the first"
    somewhere = sorted((key, at) for key, at in keys.items() if expected[at][3] != "zero_island")
    assert sorted(verdict.newest.tolist()) == sorted({key[0]: at for key, at in somewhere}.values())
