"""What happens to incidents that the stories of other tests leave out."""

from collections.abc import Iterable
from typing import Any

from app.command.timer.effects import EFFECTS
from app.supervision.workflow import Due
from tests.command.timer.passing import Time
from tests.hands import Hands
from tests.incident.pictures import picture
from tests.sync.phone import Phone

ACCEPTOR, DISPATCHER, LEADER = "street1.acceptor", "street1.dispatcher", "patrol1.leader"


async def _pictures(hands: Hands, who: str, incident: dict[str, Any], kinds: Iterable[str]) -> list[str]:
    path, made = f"/v1/incidents/{incident['id']}/evidence", []
    for at, kind in enumerate(kinds):
        fields = {"kind": kind, "lon": "118.605", "lat": "32.005"}
        file = {"file": ("p.jpg", picture(size=(64 + at, 48)))}
        answer = await hands.client.post(path, headers=hands.headers(who), data=fields, files=file)
        assert answer.status_code == 201, answer.text
        made.append(answer.json()["id"])
    return made


async def reports_that_go_no_further(hands: Hands) -> None:
    """One is not accepted; one was handled on the spot, and is sent back."""
    await hands.moved(ACCEPTOR, await hands.report(), "reject", reason_code="not_ours", note="n")
    incident = await hands.report(LEADER)
    await _pictures(hands, LEADER, incident, ("before", "after"))
    incident = await hands.moved(LEADER, await hands.seen(LEADER, incident), "self_handle")
    await hands.moved(ACCEPTOR, incident, "bounce", reason="not clean")


async def one_is_verified_and_one_waives_a_department(hands: Hands) -> None:
    """Somebody looks before it is accepted; of another, a called department need not come."""
    incident = await hands.moved(ACCEPTOR, await hands.report(), "request_verification", assignee=LEADER)
    [seen] = await _pictures(hands, LEADER, incident, ("verify",))
    said = {"result": "exists", "evidence": [seen], "note": "there it is"}
    await hands.moved(LEADER, await hands.seen(LEADER, incident), "report_verification", **said)
    incident = await hands.dispatched("P-002")
    [summons] = (await hands.blown(DISPATCHER, incident, "fire_rescue"))["summons"]
    await hands.summoned(DISPATCHER, summons, "waive", reason="no fire after all")


async def nobody_can_be_sent(hands: Hands) -> None:
    """A report that is to be sent at once, and both crews of the street are away."""
    await hands.dispatched("P-001")
    await hands.dispatched("P-002")
    await hands.report(category_code="E0401", auto=True)


async def the_clock_cannot_go_on(hands: Hands, time: Time) -> None:
    """What the clock does to an incident fails again and again, until it is parked."""
    effect = EFFECTS[Due.CLOCK]

    async def fails(*_: Any) -> bool:
        raise ZeroDivisionError

    await hands.report()
    EFFECTS[Due.CLOCK] = fails
    try:
        await time.passes(minutes=13)
        for _ in range(8):
            await time.passes(seconds=10)
    finally:
        EFFECTS[Due.CLOCK] = effect


async def what_is_said_about_it_beside_its_moves(hands: Hands) -> None:
    """A note for the public, a supplement by whom it was reported, a picture that is held and let go."""
    incident = await hands.report()
    notes = f"/v1/incidents/{incident['id']}/notes"
    for who, kind in (("street1.shift_leader", "public"), (LEADER, "supplement")):
        answer = await hands.post(who, notes, {"note": "there is more to it", "kind": kind})
        assert answer.status_code == 201, answer.text
    [seen] = await _pictures(hands, LEADER, incident, ("report",))
    for version, is_held in ((1, True), (2, False)):
        body = {"is_held": is_held, "reason": "before the court"}
        answer = await hands.post("street1.shift_leader", f"/v1/evidence/{seen}/hold", body, version)
        assert answer.status_code == 200, answer.text


async def a_phone_tells_too_late_that_its_crew_arrived(hands: Hands) -> None:
    """The crew was offline when it arrived, and others had been sent by then."""
    incident = await hands.dispatched("P-001")
    [assignment] = incident["assignments"]
    await hands.assignment(LEADER, assignment, "accept")
    [assignment] = (await hands.seen(DISPATCHER, incident))["assignments"]
    await hands.assignment(DISPATCHER, assignment, "withdraw", reason="no sign of life")
    phone = Phone(hands, LEADER)
    item = await phone.did("assignment.transition", assignment["id"], ago_min=0, action="arrive")
    assert item["result"] == "superseded", item


STORIES = (
    reports_that_go_no_further,
    one_is_verified_and_one_waives_a_department,
    nobody_can_be_sent,
    the_clock_cannot_go_on,
    what_is_said_about_it_beside_its_moves,
    a_phone_tells_too_late_that_its_crew_arrived,
)
