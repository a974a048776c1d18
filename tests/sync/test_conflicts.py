"""What an operation means that comes late: the rules of docs/sync.md, one by one."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from app.incident.models import IncidentMove, RunningClock
from tests import make
from tests.hands import Hands
from tests.notice.conftest import Post
from tests.sync.phone import Phone


async def back(hands: Hands, hours: float) -> None:
    """Let everything on record have happened so long ago: the phones were away meanwhile."""
    moved = {
        "assignment": ("offered_at", "accepted_at", "departed_at", "arrived_at"),
        "clock": ("started_at", "due_at", "acts_at"),
        "incident": ("reported_at", "status_since"),
        "summons": ("called_at", "acknowledged_at", "state_since"),
        "shift": ("starts_at", "signed_on_at"),
    }
    async with hands.door.database.write() as session:
        for table, columns in moved.items():
            values = ", ".join(f"{name} = {name} - interval '{hours} hours'" for name in columns)
            await session.execute(text(f"UPDATE {table} SET {values}"))  # noqa: S608  # names of our own


async def history(hands: Hands) -> list[IncidentMove]:
    async with hands.door.database.read() as session:
        rows = await session.scalars(select(IncidentMove).where(IncidentMove.action == "tell_late"))
        return list(rows.all())


async def clock(hands: Hands, kind: str) -> RunningClock:
    async with hands.door.database.read() as session:
        found = await session.scalars(select(RunningClock).where(RunningClock.kind == kind, RunningClock.is_current))
        return found.one()


def instant(written: str) -> datetime:
    return datetime.fromisoformat(written)


@pytest.fixture
async def sent(hands: Hands) -> dict[str, Any]:
    """An incident that P-001 was sent to three hours ago."""
    incident = await hands.dispatched()
    await back(hands, 3)
    return incident


async def test_what_was_done_offline_counts_from_when_it_was_done(hands: Hands, phone: Phone, sent: Any) -> None:
    [assignment] = sent["assignments"]
    accept = phone.note("assignment.transition", assignment["id"], ago_min=175, action="accept")
    arrive = phone.note("assignment.transition", assignment["id"], ago_min=150, action="arrive")
    items = await phone.send()
    assert [(item["result"], item.get("doubt")) for item in items] == [("applied", None)] * 2
    [shown] = (await hands.seen(phone.who, sent))["assignments"]
    assert instant(shown["accepted_at"]) == instant(accept["observed_at"])
    assert instant(shown["arrived_at"]) == instant(arrive["observed_at"])
    told = shown["observed"]["arrive"]
    assert instant(told["received_at"]) - instant(told["observed_at"]) > timedelta(minutes=149)
    acknowledged = await clock(hands, "acknowledge")
    assert (acknowledged.state, acknowledged.ended_at) == ("met", instant(accept["observed_at"]))
    arrived = await clock(hands, "arrive")
    assert arrived.ended_at == arrived.started_at, "a limit does not end before it began"


async def test_a_breach_stays_though_it_turns_out_that_the_crew_was_in_time(
    hands: Hands, phone: Phone, sent: Any
) -> None:
    async with hands.door.database.write() as session:
        await session.execute(text("UPDATE clock SET state = 'breached' WHERE kind = 'acknowledge'"))
    accept = phone.note("assignment.transition", sent["assignments"][0]["id"], ago_min=175, action="accept")
    await phone.send()
    found = await clock(hands, "acknowledge")
    assert (found.state, found.ended_at) == ("breached", instant(accept["observed_at"]))


async def test_a_clock_that_is_wrong_stops_no_limit(hands: Hands, phone: Phone, sent: Any) -> None:
    phone.skew = timedelta(minutes=-40)
    item = await phone.did("assignment.transition", sent["assignments"][0]["id"], ago_min=60, action="accept")
    assert (item["result"], item["doubt"]) == ("applied", "skewed")
    [shown] = (await hands.seen(phone.who, sent))["assignments"]
    assert shown["accepted_at"] == shown["observed"]["accept"]["received_at"]


async def test_nothing_was_done_before_it_was_asked_for(phone: Phone, sent: Any) -> None:
    item = await phone.did("assignment.transition", sent["assignments"][0]["id"], ago_min=200, action="accept")
    assert (item["result"], item["doubt"]) == ("applied", "before_assignment")


async def test_a_time_of_the_day_after_tomorrow_is_refused(phone: Phone, sent: Any) -> None:
    item = await phone.did("assignment.transition", sent["assignments"][0]["id"], ago_min=-25 * 60, action="accept")
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/observed-ahead")


async def test_a_withdrawn_assignment_is_not_accepted_any_more(hands: Hands, phone: Phone, sent: Any) -> None:
    [assignment] = sent["assignments"]
    await hands.assignment("street1.dispatcher", assignment, "withdraw", reason="nearer patrol")
    item = await phone.did("assignment.transition", assignment["id"], ago_min=100, action="accept")
    assert (item["result"], item["current"]["status_now"]) == ("conflict", "withdrawn")
    assert item["yours"] == {"action": "accept"}
    assert await history(hands) == []


async def test_an_arrival_at_what_was_given_to_others_is_kept_and_both_are_told(
    hands: Hands, phone: Phone, sent: Any, post: Post
) -> None:
    [assignment] = sent["assignments"]
    await phone.did("assignment.transition", assignment["id"], ago_min=175, action="accept")
    now = (await hands.seen(phone.who, sent))["assignments"][0]
    await hands.assignment("street1.dispatcher", now, "withdraw", reason="no sign of life")
    again = await hands.seen("street1.dispatcher", sent)
    again = await hands.moved("street1.dispatcher", again, "dispatch", patrols=["P-002"])
    item = await phone.did("assignment.transition", assignment["id"], ago_min=150, action="arrive")
    assert (item["result"], item["state"]) == ("superseded", "withdrawn")
    [line] = await history(hands)
    assert (line.details["patrol"], line.details["action"], line.details["observed"]["doubt"]) == (
        "P-001",
        "arrive",
        None,
    )
    assert {"street1.dispatcher", "patrol2.leader"} <= await post.got("told_late")
    assert await post.got("told_late_to") == {"patrol1.leader", "patrol1.member"}
    seen = await hands.seen("street1.dispatcher", sent)
    assert [one["state"] for one in seen["assignments"]] == ["withdrawn", "offered"]


async def test_who_had_no_part_in_it_tells_nothing(hands: Hands, sent: Any) -> None:
    [assignment] = sent["assignments"]
    await hands.assignment("street1.dispatcher", assignment, "withdraw", reason="nearer patrol")
    stranger = Phone(hands, "patrol2.leader")
    item = await stranger.did("assignment.transition", assignment["id"], action="arrive")
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/not-your-move")
    assert (await stranger.did("incident.transition", sent["id"], action="finish"))["result"] == "rejected"
    assert await history(hands) == []


async def test_two_of_a_crew_who_say_the_same_make_one_move(hands: Hands, phone: Phone, sent: Any) -> None:
    [assignment] = sent["assignments"]
    mate = Phone(hands, "patrol1.member")
    for action in ("accept", "arrive"):
        assert (await phone.did("assignment.transition", assignment["id"], action=action))["result"] == "applied"
    for action in ("accept", "depart", "arrive"):
        item = await mate.did("assignment.transition", assignment["id"], ago_min=1, action=action)
        assert (item["result"], item["state"]) == ("superseded", "on_scene")
    assert await history(hands) == []


async def test_done_after_it_was_closed_is_kept(hands: Hands, phone: Phone, sent: Any) -> None:
    [assignment] = sent["assignments"]
    await phone.did("assignment.transition", assignment["id"], action="accept")
    incident = await hands.seen("street1.dispatcher", sent)
    async with hands.door.database.write() as session:
        grant = "UPDATE role_grant SET role = 'leader' WHERE account_id = :who"
        await session.execute(text(grant), {"who": hands.town.accounts["street1.shift_leader"]})
    hands.door.forget()
    await hands.moved("street1.shift_leader", incident, "force_close", reason="over")
    for kind, target, said in (
        ("assignment.transition", assignment["id"], {"action": "clear"}),
        ("incident.transition", sent["id"], {"action": "finish", "measures": ["persuasion"], "note": "made them go"}),
    ):
        assert (await phone.did(kind, target, ago_min=20, **said))["result"] == "superseded"
    assert [line.details["of"] for line in await history(hands)] == ["assignment", "incident"]
    assert (await phone.did("incident.note", sent["id"], note="of a closed one"))["result"] == "applied"


async def test_a_change_of_what_it_says_needs_the_version_it_is_based_on(hands: Hands) -> None:
    incident = await hands.report()
    desk = Phone(hands, "street1.dispatcher")
    item = await desk.did("incident.amend", incident["id"], priority=1)
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/version-missing")
    await hands.moved("street1.acceptor", incident, "accept", category="E0406")
    item = await desk.did("incident.amend", incident["id"], base=incident["version"], priority=1, category_code="E0110")
    assert item["result"] == "conflict"
    assert item["current"]["priority"] == incident["priority"]
    assert (item["current"]["category_code"], item["current"]["version"]) == ("E0406", incident["version"] + 1)
    assert item["yours"] == {"priority": 1, "category_code": "E0110"}
    item = await desk.did("incident.amend", incident["id"], base=item["current"]["version"], priority=1)
    assert item["result"] == "applied"


async def test_a_department_that_came_offline_came_when_it_came(hands: Hands) -> None:
    incident = await hands.registered()
    whistle = await hands.blown("street1.dispatcher", incident, "urban_management")
    [summons] = whistle["summons"]
    await back(hands, 2)
    desk, handler = Phone(hands, "urban_management.desk"), Phone(hands, "urban_management.handler")
    await desk.did("summons.transition", summons["id"], ago_min=110, action="acknowledge")
    arrive = handler.note("summons.transition", summons["id"], ago_min=90, action="arrive", location=list(make.A1))
    [item] = await handler.send()
    assert (item["result"], item["state"]) == ("applied", "arrived")
    seen = (await hands.seen("street1.dispatcher", incident))["summons"][0]
    assert instant(seen["arrived_at"]) == instant(seen["observed_at"]) == instant(arrive["observed_at"])
    await hands.summoned("street1.dispatcher", seen, "release")
    item = await handler.did("summons.transition", summons["id"], ago_min=30, action="work")
    assert (item["result"], item["state"]) == ("superseded", "released")
    [line] = await history(hands)
    assert line.details["department"] == "urban_management"
