"""What a row says, and what mappings may say about it."""

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from app.replay.mapping import Mapping, Times, Unreadable
from app.replay.reading import code_of, instant, report_of
from app.replay.tally import Latencies, Outcome, Tally
from tests.replay.town import MAPPING, row

SHIPPED = Path(__file__).parents[2] / "seed" / "mappings"
TIMES = Times(zone=ZoneInfo("America/New_York"), opened_at="at")


@pytest.mark.parametrize(
    ("said", "hour"),
    [
        ("2011-07-01 01:32:33", 5),
        ("2011-11-06T01:30:00", 5),  # comes twice: the first
        ("2011-07-01T01:00:00+02:00", 23),
        ("2011-07-01T01:00:00Z", 1),
    ],
)
def test_a_wall_time_is_read_in_the_zone_unless_it_says_another(said: str, hour: int) -> None:
    at = instant({"at": said}, "at", TIMES)
    assert at is not None
    assert (at.tzinfo, at.hour) == (UTC, hour)


def test_a_time_in_another_form_is_read_as_the_mapping_says() -> None:
    times = TIMES.model_copy(update={"format": "%m/%d/%Y %I:%M %p"})
    assert instant({"at": "07/01/2011 01:30 PM"}, "at", times) == datetime(2011, 7, 1, 17, 30, tzinfo=UTC)


def test_a_source_that_is_not_listed_gets_the_default() -> None:
    assert report_of(row("1", channel="Pigeon"), MAPPING).body["source"] == "feed"


def test_braces_in_a_value_are_left_as_they_are() -> None:
    assert report_of(row("1", kind="{ref} {0.__class__}"), MAPPING).body["title"] == "{ref} {0.__class__}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Pothole Repair (Internal)", "pothole-repair-internal"),
        ("Café / Bar", "cafe-bar"),
        ("TRBL W/SUBJ", "trbl-w-subj"),
    ],
)
def test_a_code_is_made_of_letters_and_digits(name: str, code: str) -> None:
    assert code_of(name) == code


def test_long_and_foreign_names_get_codes_that_differ() -> None:
    codes = {code_of(name) for name in ("a" * 80, "a" * 81, "占道经营", "路灯损坏")}
    assert len(codes) == 4
    assert all(len(code) <= 64 for code in codes)


@pytest.mark.parametrize(
    "file", [SHIPPED / "boston311.toml", SHIPPED / "milwaukee_police.toml"], ids=lambda file: file.stem
)
def test_the_mappings_of_the_house_can_be_read(file: Path) -> None:
    mapping = Mapping.read(file)
    assert mapping.jurisdiction is not None
    assert all(step.by.startswith(mapping.jurisdiction.code) for step in mapping.life)


def test_a_mapping_that_is_wrong_names_every_key(tmp_path: Path) -> None:
    text = (SHIPPED / "boston311.toml").read_text(encoding="utf-8")
    file = tmp_path / "wrong.toml"
    file.write_text(text.replace("America/New_York", "Atlantis").replace('lon = "', 'long = "'), encoding="utf-8")
    with pytest.raises(Unreadable) as refused:
        Mapping.read(file)
    assert all(key in str(refused.value) for key in ("place.lon", "place.long", "time.zone", "Atlantis"))


def test_percentiles_are_right_to_two_percent() -> None:
    latencies = Latencies()
    for ms in range(1, 1001):
        latencies.add(ms)
    shown = latencies.shown()
    assert shown["requests"] == 1000
    assert shown["p50"] == pytest.approx(500, rel=0.02)
    assert shown["p99"] == pytest.approx(990, rel=0.02)
    assert shown["max"] == 1000


def test_a_row_without_an_outcome_shows() -> None:
    tally = Tally()
    tally.read = 2
    tally.settle(Outcome.REFUSED, "outside-jurisdiction")
    assert not tally.is_accounted
    assert "ROWS READ" in "\n".join(tally.lines())
    tally.settle(Outcome.NOT_SENT, "unlocated")
    assert tally.is_good
