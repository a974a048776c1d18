"""A share is proposed by one side and taken by the other, by two people, and ends by either or by its time."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from app.core.db import Database
from app.core.ids import uuid7
from app.core.outbox import Event
from tests.exchange.share.conftest import GIVER, RECEIVER, Neighbours, later
from tests.hands import Hands


async def test_who_speaks_for_either_side_proposes_and_who_speaks_for_the_other_accepts(neighbours: Neighbours) -> None:
    for by, other in ((GIVER, RECEIVER), ("street1.leader", "street2.shift_leader"), (RECEIVER, GIVER)):
        made = await neighbours.proposed(by)
        assert (made["state"], made["is_in_force"], made["allowed_actions"]) == ("proposed", False, ["withdraw"])
        shown = (await neighbours.hands.get(other, f"/v1/shares/{made['id']}")).json()
        assert shown["allowed_actions"] == ["accept", "refuse", "withdraw"]
        now = await neighbours.moved(other, made, "accept")
        assert (now["state"], now["is_in_force"], now["version"]) == ("accepted", True, 2)


@pytest.mark.parametrize(
    "who", ["street1.dispatcher", "street1.acceptor", "patrol1.leader", "inspector1", "auditor", "street2.dispatcher"]
)
async def test_nobody_else_proposes(neighbours: Neighbours, who: str) -> None:
    answer = await neighbours.propose(who)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_a_side_does_not_accept_what_it_proposed_and_nobody_else_does(neighbours: Neighbours) -> None:
    made = await neighbours.proposed()
    for who, status in (
        (GIVER, 403),
        ("street1.leader", 403),
        ("street2.dispatcher", 403),
        ("urban_management.desk", 404),
    ):
        for action in ("accept", "refuse"):
            assert (who, (await neighbours.move(who, made, action)).status_code) == (who, status)
    assert (await neighbours.move("street2.dispatcher", made, "withdraw")).status_code == 403


async def test_one_person_does_not_agree_for_both_sides(neighbours: Neighbours) -> None:
    made = await neighbours.proposed("district.leader")
    assert made["allowed_actions"] == ["withdraw"]
    assert (await neighbours.move("district.leader", made, "accept")).status_code == 403
    assert (await neighbours.moved(RECEIVER, made, "accept"))["state"] == "accepted"


async def test_a_department_takes_a_share_by_its_desk(neighbours: Neighbours) -> None:
    made = await neighbours.proposed(receiver="fire_rescue")
    assert (await neighbours.move("fire_rescue.handler", made, "accept")).status_code == 403
    now = await neighbours.moved("fire_rescue.desk", made, "accept")
    assert (now["state"], now["receiver"]["code"]) == ("accepted", "fire_rescue")
    incident = await neighbours.hands.report()
    listed = await neighbours.read(made, who="fire_rescue.handler")
    assert [one["id"] for one in listed.json()["items"]] == [incident["id"]]


async def test_either_side_ends_it_and_what_is_ended_stays_so(neighbours: Neighbours) -> None:
    for who in (GIVER, RECEIVER):
        share = await neighbours.moved(who, await neighbours.agreed(), "withdraw")
        assert (share["state"], share["is_in_force"], share["allowed_actions"]) == ("withdrawn", False, [])
        answer = await neighbours.move(GIVER, share, "withdraw")
        assert (answer.status_code, answer.json()["state_now"]) == (409, "withdrawn")
    refused = await neighbours.moved(RECEIVER, await neighbours.proposed(), "refuse")
    assert (await neighbours.move(RECEIVER, refused, "accept")).status_code == 409


async def test_a_move_says_what_it_is_based_on_and_is_made_once(neighbours: Neighbours) -> None:
    made, key = await neighbours.proposed(), str(uuid7())
    path, body = f"/v1/shares/{made['id']}/transitions", {"action": "accept"}
    assert (await neighbours.hands.post(RECEIVER, path, body)).status_code == 428
    assert (await neighbours.hands.post(RECEIVER, path, body, 7)).status_code == 412
    first = await neighbours.hands.post(RECEIVER, path, body, 1, key)
    assert (await neighbours.hands.post(RECEIVER, path, body, 1, key)).content == first.content


WRONG: list[tuple[dict[str, Any], int]] = [
    ({"receiver": "A"}, 422),
    ({"receiver": "nobody"}, 422),
    ({"giver": "fire_rescue"}, 422),
    ({"area": "nowhere"}, 422),
    ({"incident_id": str(uuid7())}, 422),
    ({"area": "A", "incident_id": None, "category": "\0"}, 422),
    ({"tier": "everything"}, 422),
    ({"masks": ["contacts"]}, 422),
    ({"ends_at": later(-1)}, 422),
    ({"ends_at": later(367)}, 422),
    ({"starts_at": later(9)}, 422),
    ({"purpose": "x"}, 422),
    ({"reader": "me"}, 422),
]


async def test_what_cannot_be_shared_is_refused(neighbours: Neighbours) -> None:
    for changed, status in WRONG:
        body = {"giver": "A", "receiver": "B", "area": "A", "tier": "record", "ends_at": later(), "purpose": "purpose"}
        if changed.get("incident_id"):
            del body["area"]
        answer = await neighbours.hands.post(GIVER, "/v1/shares", body | changed)
        assert (changed, answer.status_code) == (changed, status)


async def test_one_incident_is_offered_by_its_own_centre_and_not_asked_for(neighbours: Neighbours) -> None:
    incident = await neighbours.hands.report()
    assert (await neighbours.propose(RECEIVER, incident_id=incident["id"])).status_code == 403
    assert (await neighbours.propose(incident_id=incident["id"])).status_code == 201
    elsewhere = await neighbours.hands.report("patrol3.leader", at=(118.635, 32.005))
    assert (await neighbours.propose("district.leader", incident_id=elsewhere["id"])).status_code == 422


async def test_shares_are_listed_for_both_sides_alone(neighbours: Neighbours) -> None:
    made = await neighbours.proposed()
    for who in (GIVER, RECEIVER, "street2.dispatcher", "district.dispatcher"):
        listed = (await neighbours.hands.get(who, "/v1/shares")).json()
        assert [one["id"] for one in listed["items"]] == [made["id"]]
    for who in ("fire_rescue.desk", "urban_management.desk"):
        assert (await neighbours.hands.get(who, "/v1/shares")).json()["items"] == []
        assert (await neighbours.hands.get(who, f"/v1/shares/{made['id']}")).status_code == 404


async def test_both_sides_are_told_and_the_fact_names_nothing_of_what_is_shared(
    neighbours: Neighbours, hands: Hands, db: Database
) -> None:
    incident = await hands.report()
    share = await neighbours.agreed(incident_id=incident["id"])
    await neighbours.moved(GIVER, share, "withdraw")
    async with db.read() as session:
        facts = (await session.scalars(select(Event).where(Event.topic.startswith("share.")).order_by(Event.id))).all()
    assert [fact.topic for fact in facts] == ["share.proposed", "share.accepted", "share.withdrawn"]
    a, b = (hands.town.organisations[code] for code in ("A", "B"))
    assert [fact.payload["target_id"] for fact in facts] == [str(b), str(a), str(b)]
    for fact in facts:
        assert fact.scope == [a, b]
        assert not {incident["id"], incident["number"]} & set(map(str, fact.payload.values()))


async def test_a_proposal_whose_time_is_over_is_not_accepted(neighbours: Neighbours) -> None:
    made = await neighbours.proposed()
    await neighbours.set(made, starts_at=func.now() - timedelta(days=2), ends_at=func.now() - timedelta(seconds=1))
    answer = await neighbours.move(RECEIVER, made, "accept")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/share-settled")


async def test_a_share_may_begin_later(neighbours: Neighbours) -> None:
    starts_at = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    share = await neighbours.agreed(starts_at=starts_at)
    assert (share["state"], share["is_in_force"]) == ("accepted", False)
    assert (await neighbours.read(share)).status_code == 404
