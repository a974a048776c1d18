"""What a webhook sends is what its place may see when it is sent, and nothing that says who somebody is."""

from typing import Any

import pytest

from app.exchange.webhook.sending import sender as sending
from app.exchange.webhook.sending.reading import read_on
from tests import make
from tests.exchange.webhook.conftest import ADMIN, Site
from tests.exchange.webhook.receivers import Receiver, answers, receiving

STREET, DESK = "street1.dispatcher", "fire_rescue.desk"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is changed about a webhook is known at once."""
    monkeypatch.setattr(sending, "KNOWN_S", 0.0)


def incidents(receiver: Receiver) -> set[str]:
    return {event["payload"].get("incident_id") for event in receiver.distinct()}


def topics(receiver: Receiver) -> list[str]:
    return [event["topic"] for event in receiver.distinct()]


async def test_a_street_gets_its_own_incidents_and_never_those_of_the_other(site: Site) -> None:
    async with receiving(answers(204)) as one, receiving(answers(204)) as other, receiving(answers(204)) as both:
        for receiver, place in ((one, "A"), (other, "B"), (both, "D")):
            await site.hook(receiver.url, place)
        here, there = await site.hands.report(), await site.hands.report("street2.acceptor", at=make.B1)
        await site.send()
        assert incidents(one) == {here["id"]}
        assert incidents(other) == {there["id"]}
        assert incidents(both) == {here["id"], there["id"]}


async def test_what_is_out_of_sight_when_it_would_be_sent_is_dropped(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        made = await site.hook(receiver.url, "A")
        incident = await site.hands.report()
        await read_on(site.database)
        town = site.hands.town.organisations
        await site.execute(
            "UPDATE incident SET home_centre_id = :home WHERE id = :id", home=town["B"], id=incident["id"]
        )
        await site.send()
        assert receiver.got == []
        assert set(await site.states()) == {"dropped"}
        page = (await site.hands.get(ADMIN, f"/v1/webhooks/{made['id']}/deliveries", state="dropped")).json()
        assert [one["attempts"] for one in page["items"]] == [0] * len(page["items"])


async def test_a_department_gets_what_it_is_called_to_until_its_link_is_over(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        made = await site.hook(receiver.url, "fire_rescue", who=DESK)
        incident = await site.hands.registered()
        await site.send()
        assert receiver.got == []
        await site.hands.blown(STREET, incident, "fire_rescue")
        await site.send()
        assert "summons.called" in topics(receiver)
        seen = len(receiver.got)
        await site.execute("UPDATE link_grant SET ends_at = now(), read_until = now() - interval '1 second'")
        answer = await site.hands.post(DESK, f"/v1/webhooks/{made['id']}/replay", {"after": "0-0"})
        assert answer.json()["queued"] == 0, answer.text
        again = await site.hands.seen(STREET, incident)
        await site.hands.post(STREET, f"/v1/incidents/{incident['id']}/notes", {"note": "over"})
        await site.send()
        assert again
        assert len(receiver.got) == seen


@pytest.mark.parametrize(
    "how",
    [
        "DELETE FROM role_grant WHERE account_id = :who",
        "UPDATE role_grant SET valid_until = now() WHERE account_id = :who",
        "UPDATE account SET is_active = false WHERE id = :who",
    ],
)
async def test_nothing_is_sent_by_the_right_of_somebody_who_lost_it(site: Site, how: str) -> None:
    async with receiving(answers(204)) as receiver:
        made = await site.hook(receiver.url, "fire_rescue", who=DESK)
        await site.say(1, place="fire_rescue")
        await site.send()
        await site.say(2, place="fire_rescue")
        await read_on(site.database)
        await site.execute(how, who=site.hands.town.accounts[DESK])
        await site.say(3, place="fire_rescue")
        await site.send()
        assert [event["payload"]["n"] for event in receiver.distinct()] == [1]
        path = f"/v1/webhooks/{made['id']}"
        assert (await site.hands.get(ADMIN, path)).json()["state"] == "unanswered"
        taken = await site.hands.client.patch(path, json={"label": "taken over"}, headers=site.hands.headers(ADMIN, 1))
        assert (taken.status_code, taken.json()["answers_for"]) == (200, ADMIN), taken.text
        await site.send()
        assert [event["payload"]["n"] for event in receiver.distinct()] == [1, 2, 3]


async def test_filters_narrow_what_is_seen(site: Site) -> None:
    async with receiving(answers(204)) as by_topic, receiving(answers(204)) as by_area, receiving(answers(204)) as led:
        await site.hook(by_topic.url, topics=["assignment", "incident.dispatch"])
        await site.hook(by_area.url, area="B")
        await site.hook(led.url, department="fire_rescue")
        incident = await site.hands.dispatched("P-001")
        there = await site.hands.report("street2.acceptor", at=make.B1)
        called = await site.hands.registered()
        await site.hands.blown(STREET, called, "fire_rescue")
        await site.say(1)
        await site.send()
        assert set(topics(by_topic)) == {"assignment.offered", "incident.dispatch"}
        assert incidents(by_area) == {there["id"]}
        assert incidents(led) == {called["id"]}
        assert incident["id"] in incidents(by_topic)


async def test_what_leaves_the_house_names_nobody_and_repeats_nobodys_words(site: Site) -> None:
    async with receiving(answers(204)) as receiver:
        await site.hook(receiver.url)
        hands, town = site.hands, site.hands.town
        incident = await hands.dispatched("P-001")
        await hands.post(STREET, f"/v1/incidents/{incident['id']}/notes", {"note": "Mrs. Secret said so"})
        summons = (await hands.blown(STREET, await hands.registered(), "fire_rescue"))["summons"][0]
        await hands.summoned(STREET, summons, "withdraw", reason="Mr. Secret was wrong")
        sos = {"location": {"type": "Point", "coordinates": [118.60531, 32.00532]}}
        assert (await hands.post("patrol1.leader", "/v1/sos", sos)).status_code == 201
        order = {"grade": "yellow", "reason": "Miss Secret waits"}
        await hands.post("district.leader", f"/v1/incidents/{incident['id']}/supervision-orders", order)
        await site.send()
        said = b"".join(got.body for got in receiver.got).decode()
        assert {"sos.raised", "incident.report", "incident.noted", "summons.called"} <= set(topics(receiver))
        names: list[Any] = [*town.accounts, *town.accounts.values()]
        assert [name for name in ("Secret", "118.60531", *map(str, names)) if name in said] == []
