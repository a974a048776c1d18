"""Every row of a recording ends in exactly one count."""

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from app.replay.mapping import Unreadable
from app.replay.recording import Recording
from app.replay.sending import SignInRefused
from app.replay.service import Credentials, Pace, Replay
from app.replay.tally import Outcome
from tests.replay.town import MAPPING, PASSWORD, Service, jsonl, refused, replayed, row


@pytest.fixture
def service() -> Service:
    return Service()


async def test_a_row_is_reported_accepted_and_registered(tmp_path: Path, service: Service) -> None:
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert tally.is_good
    assert tally.statuses == {"registered": 1}
    (key, _, report), accept, register = service.requests
    assert key == "town:1"
    assert report == {
        "external_ref": "1",
        "source": "hotline",
        "category_code": "pothole",
        "title": "Pothole",
        "description": "Pothole in North",
        "location": {"type": "Point", "coordinates": [10.01, 50.01]},
        "occurred_at": "2026-03-02T08:00:00+00:00",
    }
    assert accept == ("town:1:accept", '"1"', {"action": "accept"})
    assert register[:2] == ("town:1:register", '"2"')


async def test_a_default_coordinate_is_not_sent(tmp_path: Path, service: Service) -> None:
    tally = await replayed(jsonl(tmp_path, row("1", lon=10.0, lat=50.0), row("2", lon=None), row("3")), service)
    assert tally.outcomes == {
        (Outcome.NOT_SENT, "default-coordinate"): 1,
        (Outcome.NOT_SENT, "unlocated"): 1,
        (Outcome.ACCEPTED, ""): 1,
    }
    assert len(service.incidents) == 1


async def test_a_point_outside_is_refused_by_the_service(tmp_path: Path, service: Service) -> None:
    tally = await replayed(jsonl(tmp_path, row("1", lon=77.6, lat=13.0), row("2")), service)
    assert tally.outcomes[Outcome.REFUSED, "outside-jurisdiction"] == 1
    assert tally.is_good


async def test_a_row_that_comes_twice_is_filed_once(tmp_path: Path, service: Service) -> None:
    other = row("1", kind="Graffiti", opened="2026-03-03T09:00:00")
    tally = await replayed(jsonl(tmp_path, row("1"), row("1"), other), service, concurrency=1)
    assert tally.of(Outcome.ACCEPTED) == 1
    assert tally.outcomes[Outcome.REPEATED, "answered again"] == 1
    assert tally.outcomes[Outcome.REPEATED, "same reference, other content"] == 1
    assert len(service.incidents) == 1
    assert tally.is_good


async def test_a_ticket_reported_by_another_is_a_repeat(tmp_path: Path, service: Service) -> None:
    service.tickets.add(("hotline", "1"))
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert tally.outcomes == {(Outcome.REPEATED, "reported already"): 1}


async def test_a_second_run_repeats_the_first_and_goes_on_where_it_stopped(tmp_path: Path, service: Service) -> None:
    file = jsonl(tmp_path, row("1"), row("2", opened="2026-03-03T09:00:00"))
    first = await replayed(file, service, limit=1)
    service.now = service.now.replace(hour=10)
    second = await replayed(file, service)
    assert first.of(Outcome.ACCEPTED) == 1
    assert second.outcomes == {(Outcome.REPEATED, "answered again"): 1, (Outcome.ACCEPTED, ""): 1}
    assert second.statuses == {"registered": 2}
    assert len(service.incidents) == 2


async def test_missing_targets_and_early_ones_are_counted_and_sent(tmp_path: Path, service: Service) -> None:
    rows = row("1", due=None), row("2", due="2026-01-01T00:00:00"), row("3", closed="2026-03-05T00:00:00")
    tally = await replayed(jsonl(tmp_path, *rows), service)
    assert tally.notes == {"without a target": 1, "target before opening": 1, "closed in the record": 1}
    assert tally.recorded == {"Open": 3}
    assert tally.of(Outcome.ACCEPTED) == 3


async def test_a_row_without_a_category_stays_reported(tmp_path: Path, service: Service) -> None:
    tally = await replayed(jsonl(tmp_path, row("1", kind=" ")), service)
    assert tally.statuses == {"reported": 1}
    assert tally.moves_refused == {"accept: needs-missing": 1}
    assert tally.is_good


async def test_rows_that_cannot_be_read_are_counted(tmp_path: Path, service: Service) -> None:
    rows = "{broken", "[1]", row(" "), row("4", opened="yesterday"), row("5")
    tally = await replayed(jsonl(tmp_path, *rows), service)
    assert tally.outcomes == {
        (Outcome.NOT_SENT, "malformed"): 2,
        (Outcome.NOT_SENT, "missing-reference"): 1,
        (Outcome.NOT_SENT, "missing-time"): 1,
        (Outcome.ACCEPTED, ""): 1,
    }
    assert tally.read == tally.total == 5


async def test_a_busy_service_is_asked_again_with_the_same_key(tmp_path: Path, service: Service) -> None:
    service.faults = [refused(503, "unavailable"), refused(429, "slow-down"), refused(409, "still-running")]
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert [key for key, _, _ in service.requests][:4] == ["town:1"] * 4
    assert tally.retries == {"unavailable": 1, "slow-down": 1, "still-running": 1}
    assert tally.of(Outcome.ACCEPTED) == 1


async def test_a_busy_service_is_given_the_time_it_asks_for(tmp_path: Path, service: Service) -> None:
    service.faults = [refused(503, "unavailable", **{"Retry-After": "1"})]
    started = time.monotonic()
    await replayed(jsonl(tmp_path, row("1")), service)
    assert time.monotonic() - started >= 1


async def test_a_broken_connection_loses_no_row(tmp_path: Path, service: Service) -> None:
    service.faults = [httpx.ConnectError("gone"), httpx.ReadTimeout("late")]
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert tally.retries == {"ConnectError": 1, "ReadTimeout": 1}
    assert tally.is_good


async def test_a_row_that_is_never_answered_has_failed(tmp_path: Path, service: Service) -> None:
    service.faults = [refused(503, "unavailable") for _ in range(4)]
    tally = await replayed(jsonl(tmp_path, row("1"), row("2")), service, concurrency=1)
    assert tally.outcomes == {(Outcome.FAILED, "no answer: unavailable"): 1, (Outcome.ACCEPTED, ""): 1}
    assert tally.is_accounted
    assert not tally.is_good


async def test_an_error_of_the_service_is_a_failure_and_not_a_refusal(tmp_path: Path, service: Service) -> None:
    service.faults = [refused(500, "internal-error")]
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert tally.outcomes == {(Outcome.FAILED, "internal-error"): 1}


async def test_a_move_that_fails_leaves_its_row_filed_and_the_run_not_good(tmp_path: Path, service: Service) -> None:
    service.fault_moves = [refused(500, "internal-error")]
    tally = await replayed(jsonl(tmp_path, row("1")), service)
    assert tally.statuses == {"reported": 1}
    assert tally.moves_failed == {"accept: internal-error": 1}
    assert tally.is_accounted
    assert not tally.is_good


async def test_a_token_that_ran_out_is_renewed_by_one_sign_in(tmp_path: Path, service: Service) -> None:
    async with service.client() as client:
        with Recording(jsonl(tmp_path, *(row(str(n)) for n in range(9))), MAPPING) as recording:
            run = Replay(client, MAPPING.model_copy(update={"life": ()}), Credentials(PASSWORD), Pace())
            await run._sign_in()
            service.tokens.clear()
            tally = await run.of(recording)
    assert tally.of(Outcome.ACCEPTED) == 9
    assert service.sign_ins == 2


async def test_a_wrong_password_stops_before_the_first_row(tmp_path: Path, service: Service) -> None:
    async with service.client() as client:
        with (
            Recording(jsonl(tmp_path, row("1")), MAPPING) as recording,
            pytest.raises(SignInRefused, match=r"town\.channel cannot sign in: not-signed-in"),
        ):
            await Replay(client, MAPPING, Credentials("wrong"), Pace()).of(recording)
    assert not service.requests


async def test_stopping_early_accounts_for_the_rows_that_were_read(tmp_path: Path, service: Service) -> None:
    async with service.client() as client:
        with Recording(jsonl(tmp_path, *(row(str(n)) for n in range(99))), MAPPING) as recording:
            run = Replay(client, MAPPING, Credentials(PASSWORD), Pace(concurrency=2))
            running = asyncio.create_task(run.of(recording))
            await service.first.wait()
            run.stopped.set()
            tally = await running
    assert 0 < tally.read < 99
    assert tally.is_good


@pytest.mark.parametrize("speed", ["fast", "-1", "nan", "inf"])
def test_a_speed_is_a_number_or_max(speed: str) -> None:
    with pytest.raises(Unreadable, match="neither a number nor max"):
        Pace.named(speed, 8, None)
    assert Pace.named("max", 8, None).speed == 0


async def test_rows_are_sent_when_their_time_has_come(tmp_path: Path, service: Service) -> None:
    file = jsonl(tmp_path, row("late", opened="2026-03-02T09:00:30"), row("early"))
    async with service.client() as client:
        with Recording(file, MAPPING) as recording:
            tally = await Replay(client, MAPPING, Credentials(PASSWORD), Pace(speed=100)).of(recording)
    assert [key for key, _, _ in service.requests if key in ("town:early", "town:late")] == ["town:early", "town:late"]
    assert tally.seconds >= 0.3
