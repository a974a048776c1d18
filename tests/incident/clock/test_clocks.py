"""A clock's life over HTTP: which limit, which calendar, pauses, extensions with who approved them, both levels."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.agency.models import Centre
from app.catalogue.models import Calendar, PastCalendar, Standard
from app.core.db import Database
from app.incident.clock.models import ClockEntry
from app.incident.models import RunningClock
from tests.hands import Hands

WHOLE = timedelta(seconds=1)


async def clocks(hands: Hands, incident: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    found = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/clocks")).json()["items"]
    return [clock for clock in found if clock["kind"] == kind]


async def handling(hands: Hands) -> dict[str, Any]:
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    return incident


async def approved(hands: Hands, incident: dict[str, Any], kind: str, **more: Any) -> dict[str, Any]:
    path = f"/v1/incidents/{incident['id']}/requests"
    asked = (await hands.post("patrol1.leader", path, {"kind": kind, "reason": "r", **more})).json()
    decision = f"/v1/requests/{asked['id']}/decision"
    answer = await hands.post("street1.dispatcher", decision, {"decision": "approve"}, asked["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = asked
    return found


async def back_in_time(db: Database, hours: float, **columns: Any) -> None:
    """Everything about the clocks that run was that much earlier."""
    earlier = {name: getattr(RunningClock, name) - timedelta(hours=hours) for name in ("started_at", "due_at")}
    async with db.write() as session:
        await session.execute(update(RunningClock).values(**earlier, **columns))


@pytest.mark.parametrize(
    ("override", "amount"),
    [({"priority": 3}, 3.0), ({"level": 1}, 3.0), ({"priority": 3, "level": 1}, 3.0), ({"priority": 1}, 2.0)],
)
async def test_a_clock_says_which_limit_and_which_override(
    hands: Hands, db: Database, override: dict[str, int], amount: float
) -> None:
    handle = {"amount": 2, "unit": "urgent_hour", "overrides": [{"amount": 3, "unit": "urgent_hour", **override}]}
    async with db.write() as session:
        await session.execute(update(Standard).values(limits={"handle": handle}))
    [clock] = await clocks(hands, await hands.registered(), "handle")
    expected = {"amount": amount, "unit": "urgent_hour", "source": "standard", "code": "E0406-1"}
    assert clock["limit"] == expected | {"override": override if amount == 3.0 else {}}


async def test_a_limit_of_the_centre_and_the_default_say_so(hands: Hands, db: Database) -> None:
    [accept] = await clocks(hands, await hands.report(), "accept")
    assert (accept["limit"]["source"], accept["limit"]["code"]) == ("default", None)
    async with db.write() as session:
        rules = {"limits": {"accept": {"amount": 9, "unit": "minute"}}}
        await session.execute(update(Centre).values(settings=rules))
    [accept] = await clocks(hands, await hands.report(), "accept")
    assert (accept["limit"]["source"], accept["limit"]["code"], accept["amount"]) == ("centre", "A", 9)


async def test_a_running_clock_tells_what_is_left_and_when_it_shows_yellow(hands: Hands) -> None:
    [clock] = await clocks(hands, await hands.registered(), "handle")
    started, yellow = (datetime.fromisoformat(clock[name]) for name in ("started_at", "yellow_at"))
    assert yellow - started == timedelta(hours=1.6)
    assert (clock["left"], clock["left_s"], clock["counted_s"], clock["is_exact"]) == (2.0, 7200.0, 7200.0, True)
    assert [(h["what"], h["at"]) for h in clock["history"]] == [("started", clock["started_at"])]


async def test_an_extension_says_who_approved_it_and_is_part_of_the_sum(hands: Hands) -> None:
    incident = await handling(hands)
    asked = await approved(hands, incident, "extension")
    [clock] = await clocks(hands, incident, "handle")
    assert (clock["amount"], clock["limit"]["amount"], clock["added_s"], clock["is_exact"]) == (4.0, 2.0, 7200.0, True)
    assert sum(s["seconds"] for s in clock["stretches"]) == clock["counted_s"] == 4 * 3600
    told = clock["history"][1]
    assert (told["what"], told["by"], told["request_id"]) == ("extended", "street1.dispatcher", asked["id"])
    assert (told["amount"], told["asked"]) == (2.0, {"amount": 2.0, "unit": "urgent_hour"})
    [total] = await clocks(hands, incident, "total")
    assert total["amount"] == pytest.approx(1 + 2 / 24)


async def test_a_pause_is_shown_and_what_was_left_goes_on_behind_it(hands: Hands, db: Database) -> None:
    incident = await handling(hands)
    await back_in_time(db, 0.5)
    await approved(hands, incident, "suspension", reason_code="season", until="2027-03-01T00:00:00Z")
    [clock] = await clocks(hands, incident, "handle")
    assert (clock["state"], clock["left"], clock["counted_s"]) == ("paused", pytest.approx(1.5), 1800)
    async with db.write() as session:  # the pause was an hour long
        await session.execute(update(RunningClock).values(paused_at=func.now() - timedelta(hours=1)))
        await session.execute(update(ClockEntry).values(at=func.now() - timedelta(hours=1)))
    await back_in_time(db, 1)
    await hands.moved("street1.dispatcher", incident | {"version": "*"}, "resume")
    [clock] = await clocks(hands, incident, "handle")
    [pause] = clock["pauses"]
    ends, starts = (datetime.fromisoformat(pause[name]) for name in ("ends_at", "starts_at"))
    assert (ends - starts, clock["added_s"], clock["is_exact"]) == (timedelta(hours=1), 3600, True)
    assert [round(s["seconds"]) for s in clock["stretches"]] == [1800, 5400]
    assert [h["what"] for h in clock["history"]] == ["started", "paused", "resumed"]


async def test_a_clock_is_explained_by_the_calendar_as_it_was(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        await session.execute(update(Standard).values(limits={"handle": {"amount": 5, "unit": "work_day"}}))
    incident = await hands.registered()
    [before] = await clocks(hands, incident, "handle")
    week = {"1": [["09:00", "10:00"]]}
    body = {"weekly": week}
    answer = await hands.client.patch(
        "/v1/calendars/cn", headers=hands.headers("admin", 1) | {"Idempotency-Key": "k"}, json=body
    )
    assert answer.status_code in (200, 403), answer.text
    if answer.status_code == 403:  # a calendar for all is the system's to change
        async with db.write() as session:
            calendar = (await session.scalars(select(Calendar))).one()
            content = {"time_zone": calendar.time_zone, "weekly": calendar.weekly, "id": str(calendar.id), "version": 1}
            session.add(PastCalendar(calendar_id=calendar.id, version=1, content=content))
            calendar.weekly, calendar.version = week, 2
    [after] = await clocks(hands, incident, "handle")
    assert (after["stretches"], after["due_at"], after["is_exact"]) == (before["stretches"], before["due_at"], True)
    assert after["calendar"]["version"] == 1


async def test_a_changed_calendar_is_kept_as_it_was(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        calendar = (await session.scalars(select(Calendar))).one()
        calendar.area_id = hands.town.areas["D"]
    for version in (1, 2):
        body = {"name": f"n{version}"}
        answer = await hands.client.patch("/v1/calendars/cn", headers=hands.headers("admin", version), json=body)
        assert answer.status_code == 200, answer.text
    async with db.write() as session:
        kept = (await session.execute(select(PastCalendar.version, PastCalendar.content))).all()
    assert [(version, content["version"]) for version, content in kept] == [(1, 1), (2, 2)]


async def test_a_step_that_is_handed_down_begins_anew_and_both_levels_are_shown(hands: Hands) -> None:
    incident = await hands.moved("district.shift_leader", await hands.registered(), "take_over")
    incident = await hands.moved("district.dispatcher", incident, "assign_down")
    found = await clocks(hands, incident, "dispatch")
    assert [(c["level"], c["state"], c["is_current"]) for c in found] == [
        (1, "cancelled", False),
        (2, "met", False),
        (1, "running", True),
    ]


async def test_handing_down_what_is_handled_touches_no_clock(hands: Hands) -> None:
    incident = await hands.report(category_code="E0501")
    incident = await hands.moved("district.dispatcher", incident, "assign_down")
    found = await clocks(hands, incident, "accept")
    assert [(c["level"], c["state"]) for c in found] == [(2, "met"), (1, "running")]
    assert {c["level"] for c in incident["clocks"]} == {1}


async def test_what_was_sent_back_goes_on_with_its_old_start(hands: Hands) -> None:
    incident = await hands.registered()
    [before] = await clocks(hands, incident, "handle")
    incident = await hands.moved("street1.shift_leader", incident, "send_back", reason="r")
    incident = await hands.moved("street1.acceptor", incident, "accept")
    standard = {"standard": "E0406-1", "filing_condition_met": True}
    await hands.moved("street1.shift_leader", incident, "register", **standard)
    [after] = await clocks(hands, incident, "handle")
    assert (after["started_at"], after["due_at"]) == (before["started_at"], before["due_at"])
    assert [h["what"] for h in after["history"]] == ["started", "cancelled", "reopened"]


async def test_most_moves_write_no_entry(hands: Hands, db: Database) -> None:
    """Starts and ends stand in the clocks' own rows: the common moves write nothing more."""
    await handling(hands)
    async with db.write() as session:
        assert await session.scalar(select(func.count()).select_from(ClockEntry)) == 0
