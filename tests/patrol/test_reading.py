"""What is read at once reads to the same when it is looked at closely; what is not, gets the close look's answer."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.problems import InvalidRequest
from app.core.time import micros
from app.patrol.batch import Batch, Seen

AT = "2026-11-23T02:00:00Z"
ODD = [
    AT,
    "2026-11-23T02:00:00.1234567Z",
    "2026-11-23T02:00:00.9999999+08:00",
    "2026-11-23t02:00:00.5z",
    "2026-11-23 02:00:00-00:00",
    "2026-11-23T02:00:00+0800",
    "2026-11-23T02:00Z",
    "2026-11-23T24:00:00Z",
    "2026-11-23T23:59:60Z",
    "20261123T020000Z",
    "2026-W48-1T00:00:00Z",
    "2026-11-23T02:00:00",
    "0001-01-01T00:00:00+14:00",
    "0002-01-01T00:00:00+14:00",
    "9998-12-31T23:59:59.999999Z",
    "9999-01-01T00:00:00Z",
    "1795593600",
    "",
]


def _written(at: datetime, digits: int, offset: int) -> str:
    zone = timezone(timedelta(minutes=offset))
    fraction = f".{at.microsecond:06}789"[: digits + 1] if digits else ""
    local = at.astimezone(zone)
    return f"{local:%Y-%m-%dT%H:%M:%S}{fraction}" + ("Z" if not offset else local.isoformat()[-6:])


moments = st.datetimes(datetime(1900, 1, 1), datetime(2106, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
instants = st.sampled_from(ODD) | st.builds(_written, moments, st.integers(0, 9), st.integers(-840, 840))
odd_numbers = ["0", "-0", "0.0", "-0.0", "-1", "1e3", "1E-400", "1e400", "1000000.0000001", "01", "1.", "NaN", "9" * 40]
odd_values = ["null", "true", '"1"', '" 1 "', "[]", "{}", *odd_numbers]
numbers = st.floats(-200, 1100, allow_nan=False).map(repr) | st.integers(-5, 400).map(str) | st.sampled_from(odd_values)
words = st.text(max_size=3) | st.sampled_from(["PA", "p-1", "警", "a" * 64, "a" * 65, "b" * 101, "\x00", '"', ""])
strings = st.builds(json.dumps, words, ensure_ascii=st.booleans()) | st.sampled_from(
    ["null", "1", '"\\ud800"', '"\\/"']
)
pairs = st.lists(numbers, min_size=1, max_size=4).map(lambda found: f"[{', '.join(found)}]") | st.sampled_from(
    odd_values
)
members = {
    "location": st.just("[118.6, 32.06]") | pairs,
    "device_id": strings,
    "patrol": strings,
    "datum": st.sampled_from(['"gcj02"', '"wgs84"', '"GCJ02"', "null"]),
    "accuracy_m": numbers,
    "speed_mps": numbers,
    "heading_deg": numbers,
    "battery": numbers,
    "is_mock": st.sampled_from(["true", "false", "null", "1", '"yes"']),
    "where": st.just("1"),
}
fixes = st.builds(
    lambda at, told: {"observed_at": at, "location": "[118.6, 32.06]"} | told,
    instants.map(json.dumps),
    st.dictionaries(st.sampled_from([*members]), st.none(), max_size=3).flatmap(
        lambda names: st.fixed_dictionaries({name: members[name] for name in names})
    ),
)


def _body(listed: list[dict[str, str]]) -> bytes:
    written = ("{" + ", ".join(f'"{name}": {value}' for name, value in fix.items()) + "}" for fix in listed)
    return f'{{"positions": [{", ".join(written)}]}}'.encode()


def _said(fix: Seen) -> tuple[Any, ...]:
    marks = (fix.accuracy_m, fix.speed_mps, fix.heading_deg, fix.battery, fix.is_mock, fix.datum)
    return micros(fix.observed_at), fix.location.lon, fix.location.lat, fix.device_id, fix.patrol, *marks


@settings(max_examples=1500, deadline=None)
@given(listed=st.lists(fixes, min_size=1, max_size=3))
@example(listed=[{"observed_at": json.dumps("2026-11-23T02:00:00\\u002e1234567Z"), "location": "[1, 2]"}])
def test_what_is_read_at_once_is_what_the_close_look_reads(listed: list[dict[str, str]]) -> None:
    body = _body(listed)
    try:
        closely = Batch._closely(body)
    except InvalidRequest:
        assert Batch._at_once(body) is None
        return
    at_once = Batch._at_once(body)
    if at_once is not None:
        assert [*map(_said, at_once.fixes)] == [*map(_said, closely.fixes)]
        assert at_once._replace(fixes=(), refused=[]) == closely._replace(fixes=(), places=range(len(listed)))
    assert [*map(_said, Batch.read(body).fixes)] == [*map(_said, closely.fixes)]
    assert [*Batch.read(body).refused] == closely.refused


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"",
        b'{"positions": []}',
        b'{"positions": [1], "more": 1}',
        b'{"positions": {}}',
        b"\xff",
        b"[" * 9999,
    ],
)
def test_what_is_no_batch_is_refused_by_both(body: bytes) -> None:
    assert Batch._at_once(body) is None
    with pytest.raises(InvalidRequest):
        Batch.read(body)


@pytest.mark.parametrize(
    "fix",
    [
        {},
        {"location": [118, 32, 12.5], "datum": "gcj02", "is_mock": True, "battery": 80, "patrol": "PA"},
        {"observed_at": "2026-11-23T02:00:00.1234567+08:00", "accuracy_m": None},
        {"device_id": "巡逻车-7"},
    ],
)
def test_what_phones_send_is_read_at_once(fix: dict[str, Any]) -> None:
    whole = {"observed_at": AT, "location": [118.6, 32.06]} | fix
    batch = Batch._at_once(json.dumps({"positions": [whole]}).encode())
    assert batch is not None
    assert [*map(_said, batch.fixes)] == [
        *map(_said, Batch._closely(json.dumps({"positions": [whole]}).encode()).fixes)
    ]


@pytest.mark.parametrize("escaped", [r"2026-11-23T02:00:00\u002e1234567Z", r"2026-11-23T02:00:00.123456\u0037Z"])
def test_an_instant_behind_escapes_is_cut_as_any_other(escaped: str) -> None:
    [fix] = Batch.read(f'{{"positions": [{{"observed_at": "{escaped}", "location": [1, 2]}}]}}'.encode()).fixes
    assert fix.observed_at.microsecond == 123456
