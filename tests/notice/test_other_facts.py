"""Facts of whistles, clocks, supervision, appeals, rules, SOS and voids reach who must know of them."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from app.core import outbox
from app.core.db import Database
from app.core.ids import uuid7
from app.notice.models import Notice
from tests.hands import Hands
from tests.notice.conftest import Post

STREET = {"street1.dispatcher", "street1.shift_leader"}
DISTRICT = {"district.dispatcher", "district.shift_leader"}
DESK = {"urban_management.desk"}


@pytest.fixture
async def about(hands: Hands, post: Post) -> dict[str, Any]:
    """An incident of street A, dispatched to P-001, that the district's urban management is called to."""
    incident = await hands.dispatched()
    places = hands.town.organisations
    return {
        "incident_id": incident["id"],
        "centre_id": str(places["A"]),
        "department_id": str(places["urban_management"]),
        "number": incident["number"],
    }


async def test_an_emergency_whistle_alarms_the_centre_above_as_well(about: dict[str, Any], post: Post) -> None:
    await post.say("whistle.blown", kind="emergency", place=[118.6, 32.0], **about)
    assert await post.got("whistle_emergency") == DISTRICT | {"street1.shift_leader"}
    assert await post.got("whistle") == set()


async def test_a_daily_whistle_is_for_the_centres_head(about: dict[str, Any], post: Post) -> None:
    await post.say("whistle.blown", kind="daily", place=[118.6, 32.0], **about)
    assert await post.got("whistle") == {"street1.shift_leader"}


@pytest.mark.parametrize(
    ("topic", "kind", "told"),
    [
        ("summons.missed", "missed", STREET),
        ("summons.declined", "summons_declined", DISTRICT),
        ("summons.declined", "summons_declined_centre", {"street1.dispatcher"}),
        ("appeal.filed", "appeal", {"street1.dispatcher"}),
        ("supervision.answered", "supervision_answered", STREET),
    ],
)
async def test_each_fact_reaches_its_centre(
    about: dict[str, Any], post: Post, topic: str, kind: str, told: set[str]
) -> None:
    await post.say(topic, role="assist", state="x", **about)
    assert await post.got(kind) == told


async def test_a_called_department_is_told_but_sees_nothing_of_an_incident_it_has_no_grant_for(
    about: dict[str, Any], db: Database, post: Post
) -> None:
    await post.say("summons.called", role="assist", **about)
    async with db.read() as session:
        kinds = (await session.scalars(select(Notice.kind).where(Notice.topic == "summons.called"))).all()
    assert kinds == ["called"]
    assert await post.got("called") == set()


@pytest.mark.parametrize(
    ("clock", "told"),
    [
        ("accept", {"street1.acceptor"}),
        ("register", {"street1.shift_leader"}),
        ("dispatch", {"street1.dispatcher"}),
        ("handle", {"patrol1.leader", "patrol1.member"}),
        ("total", {"street1.shift_leader"}),
    ],
)
async def test_a_clock_that_turns_yellow_is_for_whom_it_presses(
    about: dict[str, Any], post: Post, clock: str, told: set[str]
) -> None:
    fact = about | {"department_id": None, "due_at": "2026-11-23T02:15:00+00:00"}
    await post.say("clock.yellow", kind=clock, card="yellow", **fact)
    assert await post.got("yellow") == told
    (notice, *_) = await post.inbox(min(told), topic="clock")
    assert "11-23 10:15" in notice["text"]


async def test_a_breach_is_an_alarm_for_the_shift_leader_too(about: dict[str, Any], post: Post) -> None:
    await post.say("clock.breached", kind="handle", **about | {"department_id": None})
    assert await post.got("breached") == {"patrol1.leader", "patrol1.member", "street1.shift_leader"}


async def test_an_order_presses_its_target_and_a_red_card_the_head(about: dict[str, Any], post: Post) -> None:
    await post.say("supervision.raised", grade="red", target_id=about["centre_id"], **about)
    assert await post.got("supervision_raised") == STREET
    assert await post.got("red_card") == {"street1.shift_leader"}


async def test_urging_reaches_who_handles_and_the_dispatcher(about: dict[str, Any], post: Post) -> None:
    await post.say("incident.urged", UUID(about["incident_id"]), note_id=str(uuid7()), **about)
    assert await post.got("urged") == {"patrol1.leader", "patrol1.member", "street1.dispatcher"}


async def test_a_rule_that_can_no_longer_apply_alarms_who_may_change_it(hands: Hands, post: Post) -> None:
    centre = str(hands.town.organisations["D"])
    await post.say("routing.alarm", rule="R-7", why="department_gone", centre_id=centre)
    assert await post.got("routing_alarm") == {"district.shift_leader", "district.leader", "admin"}
    (notice,) = await post.inbox("admin")
    assert "R-7" in notice["text"]
    await post.say("routing.alarm", rule="R-7", why="department_gone", centre_id=centre, ended=True)
    assert len(await post.inbox("admin")) == 1


async def test_an_sos_alarms_the_desk_and_the_crew_but_not_who_called(hands: Hands, post: Post) -> None:
    made = await hands.post("patrol1.member", "/v1/sos", {})
    assert made.status_code == 201, made.text
    assert await post.got("sos") == STREET
    assert await post.got("sos_crew") == {"patrol1.leader"}
    await hands.post("street1.dispatcher", f"/v1/sos/{made.json()['id']}/transitions", {"action": "acknowledge"}, "*")
    assert await post.got("sos_acknowledged") == {"patrol1.member"}


async def test_an_sos_that_goes_up_is_for_the_rung_that_the_fact_names(hands: Hands, post: Post) -> None:
    above = str(hands.town.organisations["D"])
    await post.say(
        "sos.escalated", told_centre_id=above, roles=["leader"], centre_id=str(hands.town.organisations["A"])
    )
    assert await post.got("sos_escalated") == {"district.leader"}


async def test_a_void_is_for_the_desk_by_the_code_of_its_place(hands: Hands, post: Post) -> None:
    place = {"kind": "beat", "code": "A-B01", "name": "x", "name_en": "x"}
    await post.say("coverage_void.opened", centre_id=str(hands.town.organisations["A"]), place=place)
    assert await post.got("void_opened") == STREET
    assert "A-B01" in (await post.inbox("street1.dispatcher"))[0]["text"]


async def test_a_fact_that_makes_no_sense_tells_nobody_and_holds_nothing_up(
    hands: Hands, db: Database, post: Post
) -> None:
    await post.run()
    async with db.write() as session:
        for payload in ({}, {"incident_id": "x", "centre_id": 7, "version": "1"}, {"incident_id": str(uuid7())}):
            outbox.record(session, "incident.escalate", uuid7(), [], **payload)
    await hands.report()
    assert await post.kinds("street1.acceptor") == ["report"]
    async with db.read() as session:
        lost = (await session.scalars(select(Notice).where(Notice.kind == "escalated"))).all()
    assert [(one.centre_id, one.incident_id) for one in lost] == [(None, None)] * 3
