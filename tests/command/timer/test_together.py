"""The clock beside its neighbours: policies that centres publish, notices that are told, suspensions, returns."""

from typing import Any

from app.command.timer.queries import wake
from tests.command.timer.passing import Time, clock
from tests.hands import Hands
from tests.notice.conftest import Post

PATH = "/v1/escalation-policies"


async def publish(hands: Hands, centre: str, **ladders: Any) -> None:
    """Publish ladders at a centre."""
    body = {"centre": centre, "name": "策略", "name_en": "Policy", "ladders": ladders}
    draft = await hands.post("admin", PATH, body)
    assert draft.status_code == 201, draft.text
    done = await hands.post("admin", f"{PATH}/{draft.json()['id']}/publish", {}, draft.json()["version"])
    assert done.status_code == 200, done.text


async def test_clocks_climb_the_ladder_that_their_centre_has_published(hands: Hands, time: Time) -> None:
    await publish(hands, "A", accept=[{"share": 0.5, "do": ["card", "supervise"]}, {"share": 1, "do": ["up"]}])
    incident = await hands.report()
    assert (await time.passes(minutes=7), await time.passes(minutes=1)) == (0, 1)
    assert clock(await time.shown(incident), "accept")["card"] == "yellow"
    await time.passes(minutes=7.1)
    shown = await time.shown(incident)
    assert (shown["level"], clock(shown, "accept")["state"]) == (2, "breached")
    assert [(row[1], sorted(row[3])) for row in await time.steps()] == [(1, ["card", "supervise"]), (2, ["up"])]


async def test_a_limit_that_no_rung_names_is_breached_all_the_same(hands: Hands, time: Time) -> None:
    await publish(hands, "D", accept=[{"share": 0.5, "do": ["card"]}])
    incident = await hands.report()
    await time.passes(minutes=15.1)
    assert clock(await time.shown(incident), "accept")["state"] == "breached"


async def test_after_a_level_move_clocks_climb_the_ladders_of_the_centre_above(hands: Hands, time: Time) -> None:
    await publish(hands, "D", dispatch=[{"share": 0.2, "do": ["card"]}])
    await publish(hands, "A", dispatch=[{"share": 0.9, "do": ["card"]}])
    incident = await hands.moved("street1.dispatcher", await hands.registered(), "escalate")
    assert (await time.passes(minutes=2.9), await time.passes(minutes=0.2)) == (0, 1)
    assert clock(await time.shown(incident), "dispatch")["card"] == "yellow"


async def test_clocks_that_go_climb_on_by_what_is_published_meanwhile(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await time.passes(minutes=13)
    await publish(hands, "D", accept=[{"share": 0.5, "do": ["up"]}, {"share": 0.95, "do": ["supervise"]}])
    async with time.database.write() as session:
        assert await wake(session, hands.town.organisations["D"]) == 1
    assert (await time.tick(), await time.passes(minutes=1.2)) == (1, 0)
    assert await time.passes(minutes=0.1) == 1
    shown = await time.shown(incident)
    assert (shown["level"], clock(shown, "accept")["state"], clock(shown, "accept")["card"]) == (1, "running", "yellow")
    assert [(row[1], sorted(row[3])) for row in await time.steps()] == [(1, ["card"]), (2, ["supervise"])]


async def test_a_step_of_another_ladder_is_not_taken_before_its_time(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await publish(hands, "D", accept=[{"share": 1, "do": ["up"]}])
    assert (await time.passes(minutes=12.1), await time.steps()) == (1, [])
    assert (await time.passes(minutes=2.8), await time.passes(minutes=0.2)) == (0, 1)
    assert (await time.shown(incident))["level"] == 2


async def test_what_the_clock_does_is_told_to_who_must_know(hands: Hands, time: Time) -> None:
    await hands.report()
    for minutes in (13, 3, 15):
        await time.passes(minutes=minutes)
    post = Post(time.database, hands)
    assert {"yellow", "breached"} <= set(await post.kinds("street1.acceptor"))
    assert "supervised" in await post.kinds("street1.dispatcher")


async def test_a_paused_limit_is_yellow_as_much_later_as_it_stood_still(hands: Hands, time: Time) -> None:
    incident = await hands.report()
    await time.passes(minutes=11)
    incident = await hands.moved("street1.acceptor", await time.shown(incident), "request_verification")
    await time.passes(minutes=20)
    [task] = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/checks")).json()["items"]
    assert (clock(await time.shown(incident), "accept")["card"], task["card"]) == (None, None)
    await time.does("UPDATE incident SET status = 'verifying'")
    assert clock(await time.shown(incident), "accept")["state"] == "paused"
