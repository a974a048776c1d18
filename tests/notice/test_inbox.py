"""An inbox holds what is the caller's to see now; reading is safe to repeat, and on record for the centre."""

from typing import Any

import pytest
from sqlalchemy import func, update

from app.core.db import Database
from app.core.ids import uuid7
from app.identity.models import RoleGrant
from app.incident.models import Incident
from app.notice.inbox import queries
from app.roster.models import CrewMember
from tests.hands import Hands
from tests.notice.conftest import Post


async def acted(hands: Hands, who: str, notice: dict[str, Any], action: str) -> dict[str, Any]:
    answer = await hands.post(who, f"/v1/notices/{notice['id']}/{action}", None)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def unread(hands: Hands, who: str) -> dict[str, int]:
    found: dict[str, int] = (await hands.get(who, "/v1/notices/unread")).json()
    return found


@pytest.fixture
async def escalated(hands: Hands) -> dict[str, Any]:
    return await hands.moved("street1.dispatcher", await hands.registered(), "escalate")


async def test_reading_twice_keeps_the_first_time(escalated: dict[str, Any], hands: Hands, post: Post) -> None:
    (notice,) = await post.inbox("district.dispatcher")
    first = await acted(hands, "district.dispatcher", notice, "read")
    again = await acted(hands, "district.dispatcher", notice, "read")
    assert first == again
    assert first["read_at"] is not None
    assert first["allowed_actions"] == ["acknowledge"]
    assert (await post.inbox("district.shift_leader"))[0]["read_at"] is None


async def test_acknowledging_reads_and_is_for_what_needs_a_receipt(
    escalated: dict[str, Any], hands: Hands, post: Post
) -> None:
    (notice,) = await post.inbox("district.dispatcher")
    done = await acted(hands, "district.dispatcher", notice, "acknowledge")
    assert done["read_at"] == done["acknowledged_at"] is not None
    assert done["allowed_actions"] == []
    (plain,) = await post.inbox("street1.acceptor")
    refused = await hands.post("street1.acceptor", f"/v1/notices/{plain['id']}/acknowledge", None)
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/no-receipt-wanted")


async def test_somebody_elses_notice_does_not_exist(escalated: dict[str, Any], hands: Hands, post: Post) -> None:
    (notice,) = await post.inbox("district.dispatcher")
    for who in ("street1.dispatcher", "street2.dispatcher", "auditor"):
        path = f"/v1/notices/{notice['id']}"
        assert (await hands.get(who, path)).status_code == 404
        assert (await hands.post(who, f"{path}/read", None)).status_code == 404
        assert (await hands.post(who, "/v1/notices/read", {"up_to": notice["id"]})).status_code == 422


async def test_filters_narrow_the_inbox(escalated: dict[str, Any], hands: Hands, post: Post) -> None:
    await hands.report(priority=1)
    who = "street1.shift_leader"
    assert await post.kinds(who) == ["accepted", "escalated_from", "report_urgent"]
    assert await post.kinds(who, urgency="alarm") == ["report_urgent"]
    assert await post.kinds(who, topic="incident.escalate") == ["escalated_from"]
    assert await post.kinds(who, topic="assignment") == []
    assert await post.kinds(who, incident=escalated["id"]) == ["accepted", "escalated_from"]
    await acted(hands, who, (await post.inbox(who))[0], "read")
    assert await post.kinds(who, unread=True) == ["accepted", "escalated_from"]
    assert await post.kinds(who, unread=False) == ["report_urgent"]


async def test_pages_meet_without_a_gap_or_a_repeat(hands: Hands, post: Post) -> None:
    for _ in range(5):
        await hands.report()
    everything = [one["id"] for one in await post.inbox("street1.acceptor")]
    got, cursor = [], None
    while True:
        page = (
            await hands.get("street1.acceptor", "/v1/notices", limit=2, **({"cursor": cursor} if cursor else {}))
        ).json()
        got += [one["id"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert got == everything
    assert len(got) == 5


async def test_reading_up_to_a_notice_leaves_what_came_later(hands: Hands, post: Post) -> None:
    await hands.report()
    await hands.report()
    (last, _) = await post.inbox("street1.acceptor")
    await hands.report()
    await post.run()
    body = {"up_to": last["id"]}
    answer = await hands.post("street1.acceptor", "/v1/notices/read", body)
    left = {"alarm": 0, "action": 1, "info": 0, "total": 1}
    assert answer.json() == {"read": 2, "unread": left}
    assert (await hands.post("street1.acceptor", "/v1/notices/read", body)).json() == {"read": 0, "unread": left}


async def test_the_unread_are_counted_by_urgency(hands: Hands, post: Post) -> None:
    await hands.report(priority=1)
    await hands.report()
    await post.run()
    assert await unread(hands, "street1.acceptor") == {"alarm": 1, "action": 1, "info": 0, "total": 2}
    assert await unread(hands, "street2.acceptor") == {"alarm": 0, "action": 0, "info": 0, "total": 0}


async def test_who_loses_the_role_loses_its_notices_in_list_count_and_mark(
    db: Database, hands: Hands, post: Post
) -> None:
    await hands.report()
    (notice,) = await post.inbox("street1.acceptor")
    mine = RoleGrant.account_id == hands.town.accounts["street1.acceptor"]
    async with db.write() as session:
        await session.execute(update(RoleGrant).where(mine).values(role="inspector"))
    hands.door.forget()
    assert await post.inbox("street1.acceptor") == []
    assert (await unread(hands, "street1.acceptor"))["total"] == 0
    assert (await hands.post("street1.acceptor", f"/v1/notices/{notice['id']}/read", None)).status_code == 404


async def test_what_the_caller_may_not_see_any_more_takes_its_notices_along(
    db: Database, hands: Hands, post: Post
) -> None:
    incident = await hands.report()
    assert len(await post.inbox("street1.acceptor")) == 1
    async with db.write() as session:
        away = {"home_centre_id": hands.town.organisations["B"]}
        await session.execute(update(Incident).where(Incident.id == incident["id"]).values(away))
    assert await post.inbox("street1.acceptor") == []
    assert (await unread(hands, "street1.acceptor"))["total"] == 0


async def test_a_withdrawal_stays_with_the_crew_while_they_sit_on_the_shift(
    db: Database, hands: Hands, post: Post
) -> None:
    incident = await hands.dispatched()
    await hands.moved("street1.dispatcher", incident, "recall", reason="wrong crew")
    (withdrawn, _) = await post.inbox("patrol1.member")
    assert (withdrawn["kind"], withdrawn["incident_id"], withdrawn["role"]) == ("withdrawn", None, None)
    me = CrewMember.account_id == hands.town.accounts["patrol1.member"]
    async with db.write() as session:
        await session.execute(update(CrewMember).where(me).values(left_at=func.now()))
    assert await post.kinds("patrol1.member") == ["offered"]


async def test_the_commanding_centre_sees_who_was_told_and_who_read_it(
    escalated: dict[str, Any], hands: Hands, post: Post
) -> None:
    (notice,) = await post.inbox("district.dispatcher")
    await acted(hands, "district.dispatcher", notice, "acknowledge")
    page = (await hands.get("district.leader", f"/v1/incidents/{escalated['id']}/notices")).json()
    (shown,) = [one for one in page["items"] if one["kind"] == "escalated"]
    told = {one["account"]: one for one in shown["told"]}
    assert set(told) == {"district.dispatcher", "district.shift_leader"}
    assert told["district.dispatcher"]["acknowledged_at"] is not None
    assert told["district.shift_leader"]["read_at"] is None
    assert {one["organisation"] for one in shown["told"]} == {"D"}
    assert [one["kind"] for one in page["items"]][::-1][:3] == ["report", "accepted", "registered"]


async def test_who_was_told_is_for_the_commanding_centre_alone(
    escalated: dict[str, Any], hands: Hands, post: Post
) -> None:
    path = f"/v1/incidents/{escalated['id']}/notices"
    for who, status in (("street1.dispatcher", 403), ("patrol1.member", 403), ("street2.dispatcher", 404)):
        assert (await hands.get(who, path)).status_code == status
    assert (await hands.get("district.leader", f"/v1/incidents/{uuid7()}/notices")).status_code == 404


async def test_the_count_of_the_unread_comes_from_its_index(db: Database, hands: Hands) -> None:
    token = hands.door.access_token(hands.town.accounts["street1.acceptor"])
    given = queries.UNREAD.arguments(queries._by(await hands.door.caller(token, None)))
    async with db.read_lane() as lane:
        for way in ("seqscan", "bitmapscan"):  # cheap on a table of a few rows, whatever has been counted of it
            await lane.fetch(f"SET LOCAL enable_{way} = off")
        plan = await lane.fetch(f"EXPLAIN {queries.UNREAD.sql}", *given)
    told = "\n".join(row["QUERY PLAN"] for row in plan)
    assert "Index Only Scan using notice_receipt_unread" in told
    assert "Index Scan using incident_pkey" in told
