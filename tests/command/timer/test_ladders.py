"""What happens at 80 % of a limit, at the limit, and later, clock by clock."""

from typing import Any

from tests.command.timer.passing import Time, clock
from tests.hands import Hands

ORDERS = (
    "SELECT o.code, s.grade, s.state, c.code FROM supervision_order s JOIN organisation o ON o.id = target_id "
    "JOIN organisation c ON c.id = s.centre_id ORDER BY s.id"
)
FACTS = "SELECT topic FROM outbox WHERE topic LIKE 'clock.%' OR topic LIKE 'supervision.%' ORDER BY id"


async def test_at_four_fifths_a_clock_turns_yellow_and_nothing_else_happens(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    assert await time.passes(minutes=11.9) == 0
    assert await time.passes(minutes=0.2) == 1
    shown = await time.shown(incident)
    accept = clock(shown, "accept")
    assert (accept["state"], accept["card"], accept["overdue"], shown["version"]) == ("running", "yellow", False, 1)
    assert await time.steps() == [("accept", 1, "done", {"card": "yellow"}, {})]
    assert await time.rows(FACTS) == [("clock.yellow",)]


async def test_at_its_limit_a_clock_is_breached_and_later_its_centre_is_pressed(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    for minutes in (12.1, 3, 15):
        assert await time.passes(minutes=minutes) == 1
    shown = await time.shown(incident)
    assert (clock(shown, "accept")["state"], clock(shown, "accept")["card"], shown["overdue"]) == (
        "breached",
        "red",
        True,
    )
    assert await time.rows(ORDERS) == [("A", "normal", "open", "D")]
    assert await time.rows(FACTS) == [
        ("clock.yellow",),
        ("clock.breached",),
        ("supervision.opened",),
        ("clock.climbed",),
    ]
    assert await time.tick() == 0


async def test_what_is_done_in_time_is_never_carded(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await hands.moved("street1.acceptor", incident, "accept", category="E0406")
    await time.passes(minutes=10)
    assert await time.steps() == []


async def test_an_overdue_step_stays_overdue_when_it_is_done(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await time.passes(minutes=16)
    incident = await hands.moved("street1.acceptor", await time.shown(incident), "accept", category="E0406")
    found = await time.rows("SELECT state, ended_at IS NOT NULL, acts_at FROM clock WHERE kind = 'accept'")
    assert found == [("breached", True, None)]


async def test_an_offer_that_nobody_accepts_times_out_and_the_next_patrol_is_asked(hands: Hands, time: Time) -> None:
    incident = await hands.dispatched("P-001")
    await time.passes(minutes=10.1)
    shown = await time.shown(incident)
    states = {a["patrol"]: a["state"] for a in shown["assignments"]}
    assert (shown["status"], states) == ("dispatched", {"P-001": "timed_out", "P-002": "offered"})
    timeline = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/timeline")).json()["items"]
    assert [(m["action"], m["role"], m["actor"]) for m in timeline[-2:]] == [
        ("recall", "system", "system"),
        ("dispatch", "system", "system"),
    ]
    last: Any = (await time.steps())[-1]
    assert last[1:3] == (2, "done")
    assert last[3].items() >= {"card": "red", "time_out": ["P-001"], "next": "P-002"}.items()
    assert await time.rows(ORDERS) == [("A", "normal", "open", "D")]


async def test_what_a_level_fails_at_twice_goes_one_level_up(hands: Hands, time: Time) -> None:
    incident = await hands.dispatched("P-001")
    await time.passes(minutes=10.1)
    await time.passes(minutes=10.1)
    shown = await time.shown(incident)
    assert (shown["status"], shown["level"], shown["commanding_centre"]["code"]) == ("registered", 2, "D")
    timeline = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/timeline")).json()["items"]
    assert (timeline[-1]["action"], timeline[-1]["details"]) == (
        "escalate",
        {"by": "rule", "because": "nobody went", "times": 2},
    )
    assert (await time.steps())[-1][4]["next"] == "another level commands now"


async def test_a_level_that_declines_twice_fails_as_well(hands: Hands, time: Time) -> None:
    incident = await hands.dispatched("P-001")
    await hands.assignment("patrol1.leader", incident["assignments"][0], "decline", reason="r")
    again = await hands.moved("street1.dispatcher", await time.shown(incident), "dispatch", patrols=["P-002"])
    declined = await hands.assignment("patrol2.leader", again["assignments"][-1], "decline", reason="r")
    assert declined.json()["incident"]["status"] == "registered"
    assert (await time.shown(incident))["level"] == 2


async def test_an_incident_that_nobody_dispatches_goes_up_by_clock(hands: Hands, time: Time) -> None:
    incident = await hands.registered()
    for minutes in (15.1, 15):
        await time.passes(minutes=minutes)
    shown = await time.shown(incident)
    assert (shown["level"], clock(shown, "dispatch")["level"], clock(shown, "dispatch")["state"]) == (2, 2, "running")
    for minutes in (15.1, 15):
        await time.passes(minutes=minutes)
    assert (await time.steps())[-1][3:] == (
        {
            "supervise": {
                "grade": "normal",
                "order_id": (await time.rows("SELECT max(id::text) FROM supervision_order"))[0][0],
            }
        },
        {"up": "no level is above"},
    )


async def test_after_an_outage_the_highest_step_is_done_once_and_the_others_are_on_record(
    hands: Hands, time: Time
) -> None:
    incident = await hands.registered()
    assert await time.passes(minutes=31) == 1
    steps = [row[:3] for row in await time.steps()]
    assert steps == [("dispatch", 1, "collapsed"), ("dispatch", 2, "collapsed"), ("dispatch", 3, "done")]
    assert await time.rows("SELECT round(late_s) FROM clock_action ORDER BY step") == [(1140,), (960,), (60,)]
    assert await time.rows(FACTS) == [("supervision.opened",), ("clock.breached",)]
    found = await time.rows("SELECT state FROM clock WHERE kind = 'dispatch' ORDER BY started_at, id")
    assert (found[0], (await time.shown(incident))["level"]) == (("breached",), 2)


async def test_a_suspended_incident_stands_still_and_resumes_at_its_date(hands: Hands, time: Time) -> None:
    incident = await hands.dispatched()
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    body = {"kind": "suspension", "reason": "r", "reason_code": "engineering", "until": "2027-03-01T00:00:00Z"}
    asked = (await hands.post("patrol1.leader", f"/v1/incidents/{incident['id']}/requests", body)).json()
    await hands.post("street1.dispatcher", f"/v1/requests/{asked['id']}/decision", {"decision": "approve"}, 1)
    assert await time.passes(days=5) == 0
    await time.does("UPDATE incident SET suspended_until = now() - interval '1 second'")
    assert await time.tick() == 1
    shown = await time.shown(incident)
    assert (shown["status"], shown["suspended_until"], clock(shown, "handle")["state"]) == ("handling", None, "running")
