"""Who must know of an incident's moves gets told, and nobody else: by real requests."""

from sqlalchemy import update

from app.core.db import Database
from app.identity.models import RoleGrant
from tests.hands import Hands
from tests.notice.conftest import Post


async def test_a_report_is_for_the_acceptors_of_the_street_where_it_lies(hands: Hands, post: Post) -> None:
    incident = await hands.report()
    assert await post.got("report") == {"street1.acceptor"}
    (notice,) = await post.inbox("street1.acceptor")
    assert notice["incident_id"] == incident["id"]
    assert incident["number"] in notice["text"]
    assert (notice["urgency"], notice["role"], notice["centre"], notice["read_at"]) == ("action", "acceptor", "A", None)


async def test_an_urgent_report_is_an_alarm_for_the_whole_desk(hands: Hands, post: Post) -> None:
    await hands.report(priority=1)
    assert await post.got("report_urgent") == {"street1.acceptor", "street1.dispatcher", "street1.shift_leader"}
    assert await post.got("report") == set()


async def test_each_step_tells_who_has_the_next_one(hands: Hands, post: Post) -> None:
    await hands.dispatched()
    assert await post.kinds("street1.acceptor") == ["report"]
    assert await post.kinds("street1.shift_leader") == ["accepted"]
    assert await post.kinds("street1.dispatcher") == ["registered"]
    assert await post.got("offered") == {"patrol1.leader", "patrol1.member"}


async def test_nobody_is_told_of_what_they_did_themselves(hands: Hands, post: Post) -> None:
    incident = await hands.dispatched()
    await hands.moved("street1.dispatcher", incident, "recall", reason="wrong crew")
    assert "recalled" not in await post.kinds("street1.dispatcher")
    assert await post.kinds("patrol1.member") == ["offered", "withdrawn"]


async def test_an_escalation_tells_the_district_to_take_on_and_the_street_that_it_went(
    hands: Hands, post: Post
) -> None:
    incident = await hands.registered()
    await hands.moved("street1.dispatcher", incident, "escalate")
    assert await post.got("escalated") == {"district.dispatcher", "district.shift_leader"}
    assert await post.got("escalated_from") == {"street1.shift_leader"}
    (notice, *_) = await post.inbox("district.dispatcher")
    assert notice["needs_receipt"]
    assert notice["allowed_actions"] == ["read", "acknowledge"]
    assert notice["read_by"] is not None


async def test_what_is_taken_over_or_assigned_down_tells_the_street_that_loses_or_gets_it(
    hands: Hands, post: Post
) -> None:
    incident = await hands.registered()
    incident = await hands.moved("district.shift_leader", incident, "take_over")
    assert await post.got("taken_over") == {"street1.dispatcher", "street1.shift_leader"}
    await hands.moved("district.dispatcher", incident, "assign_down", centre="A")
    assert await post.got("assigned_down") == {"street1.dispatcher", "street1.shift_leader"}


async def test_the_reporter_in_the_field_learns_what_became_of_it(hands: Hands, post: Post) -> None:
    incident = await hands.report("grid1.worker")
    body = {"reason_code": "duplicate", "note": "known"}
    await hands.moved("street1.acceptor", incident, "reject", **body)
    assert await post.got("rejected") == {"grid1.worker"}


async def test_a_channel_that_reported_is_no_officer_and_has_no_inbox(hands: Hands, post: Post) -> None:
    incident = await hands.report("channel", source="hotline_12345")
    body = {"reason_code": "duplicate", "note": "known"}
    await hands.moved("street1.acceptor", incident, "reject", **body)
    assert await post.got("rejected") == set()
    assert (await hands.get("channel", "/v1/notices")).status_code == 403


async def test_a_task_nobody_holds_is_for_all_who_may_take_it(hands: Hands, post: Post) -> None:
    incident = await hands.report()
    await hands.moved("street1.acceptor", incident, "request_verification", assignee="grid1.worker")
    assert await post.got("task") == {"grid1.worker"}
    (notice,) = await post.inbox("grid1.worker")
    assert notice["text"].startswith("核实任务")


async def test_a_declined_offer_is_for_the_dispatcher_to_send_another(hands: Hands, post: Post) -> None:
    incident = await hands.dispatched()
    answer = await hands.assignment("patrol1.leader", incident["assignments"][0], "decline", reason="far away")
    assert answer.status_code == 200, answer.text
    assert await post.got("declined") == {"street1.dispatcher"}


async def test_a_request_is_for_who_decides_and_the_decision_for_who_asked(hands: Hands, post: Post) -> None:
    incident = await hands.registered()
    path = f"/v1/incidents/{incident['id']}/requests"
    asked = (await hands.post("street1.dispatcher", path, {"kind": "void", "reason": "a test"})).json()
    assert await post.got("request") == {"street1.shift_leader"}
    body = {"decision": "refuse", "note": "it is real"}
    answer = await hands.post("street1.shift_leader", f"/v1/requests/{asked['id']}/decision", body, 1)
    assert answer.status_code == 200, answer.text
    assert await post.got("request_refused") == {"street1.dispatcher"}


async def test_where_a_street_has_nobody_in_the_role_the_nearest_above_are_told(
    db: Database, hands: Hands, post: Post
) -> None:
    async with db.write() as session:
        mine = RoleGrant.account_id == hands.town.accounts["street1.dispatcher"]
        await session.execute(update(RoleGrant).where(mine).values(role="auditor"))
    await hands.registered()
    assert await post.got("registered") == {"district.dispatcher"}


async def test_words_are_in_the_language_asked_for_and_times_by_the_centres_clock(hands: Hands, post: Post) -> None:
    incident = await hands.report()
    await post.run()
    headers = hands.headers("street1.acceptor") | {"Accept-Language": "en"}
    (notice,) = (await hands.client.get("/v1/notices", headers=headers)).json()["items"]
    assert notice["text"].startswith(f"{incident['number']} reported, cell A1-00, ")
    (same,) = await post.inbox("street1.acceptor")
    assert same["text"].startswith(f"{incident['number']} 新上报，网格 A1-00，")
