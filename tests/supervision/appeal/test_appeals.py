"""申诉: a department that was late appeals after closing; two others review; the fact stays."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.core.outbox import Event
from app.identity.models import RoleGrant
from app.incident.models import Incident, RunningClock
from app.supervision.appeal.models import AppealReview
from tests.hands import Hands

DESK = "urban_management.desk"


async def closed(hands: Hands, db: Database, *, late: bool = True) -> dict[str, Any]:
    """A closed incident that urban management led, its handling two hours late."""
    incident = await hands.registered()
    async with db.write() as session:
        lead = hands.town.organisations["urban_management"]
        await session.execute(update(Incident).values(lead_department_id=lead))
        if late:
            past = {"started_at": func.now() - timedelta(hours=4), "due_at": func.now() - timedelta(hours=2)}
            await session.execute(update(RunningClock).where(RunningClock.kind == "handle").values(**past))
    return await hands.moved("district.leader", incident, "force_close", reason="r")


async def clock_of(hands: Hands, incident: dict[str, Any], kind: str = "handle") -> dict[str, Any]:
    found = (await hands.get(DESK, f"/v1/incidents/{incident['id']}/clocks")).json()["items"]
    clock: dict[str, Any] = next(c for c in found if c["kind"] == kind)
    return clock


async def file(hands: Hands, incident: dict[str, Any], who: str = DESK, kind: str = "handle") -> httpx.Response:
    body = {"subject_id": (await clock_of(hands, incident, kind))["id"], "reason": "road closed"}
    return await hands.post(who, f"/v1/incidents/{incident['id']}/appeals", body)


async def review(hands: Hands, who: str, appeal: dict[str, Any], decision: str, **more: Any) -> httpx.Response:
    path = f"/v1/appeals/{appeal['id']}/decision"
    return await hands.post(who, path, {"decision": decision, **more}, appeal["version"])


async def test_an_approved_appeal_leaves_the_fact_out_of_scores_and_the_fact_stays(hands: Hands, db: Database) -> None:
    incident = await closed(hands, db)
    before = await clock_of(hands, incident)
    filed = await file(hands, incident)
    assert (filed.status_code, filed.json()["state"]) == (201, "pending_dispatcher")
    first = await review(hands, "street1.dispatcher", filed.json(), "approve")
    assert (first.json()["state"], first.json()["fact"]["is_exempt"]) == ("pending_acceptor", False)
    second = (await review(hands, "street1.shift_leader", first.json(), "approve", note="seen")).json()
    assert (second["state"], second["fact"]["is_exempt"], second["fact"]["late_s"]) == ("approved", True, 7200)
    after = await clock_of(hands, incident)
    assert after == before | {"is_exempt": True}
    assert after["overdue"] is True
    assert [(r["by"], r["role"]) for r in second["reviews"]] == [
        ("street1.dispatcher", "dispatcher"),
        ("street1.shift_leader", "shift_leader"),
    ]


@pytest.mark.parametrize("after", [0, 1])
async def test_either_review_rejects_and_says_why(hands: Hands, db: Database, after: int) -> None:
    incident = await closed(hands, db)
    appeal = (await file(hands, incident)).json()
    reviewers = ("street1.dispatcher", "street1.acceptor")
    for who in reviewers[:after]:
        appeal = (await review(hands, who, appeal, "approve")).json()
    silent = await review(hands, reviewers[after], appeal, "reject")
    assert (silent.status_code, silent.json()["missing"]) == (422, ["note"])
    appeal = (await review(hands, reviewers[after], appeal, "reject", note="no proof")).json()
    assert (appeal["state"], appeal["fact"]["is_exempt"], appeal["allowed_actions"]) == ("rejected", False, [])
    again = await review(hands, "street1.shift_leader", appeal, "approve")
    assert (again.status_code, again.json()["type"]) == (409, "/problems/appeal-settled")


async def test_a_fact_is_appealed_against_once_whatever_came_of_it(hands: Hands, db: Database) -> None:
    incident = await closed(hands, db)
    appeal = (await file(hands, incident)).json()
    await review(hands, "street1.dispatcher", appeal, "reject", note="no")
    assert (await file(hands, incident)).status_code == 409


async def test_an_open_incident_is_not_appealed_about(hands: Hands, db: Database) -> None:
    await closed(hands, db)
    async with db.write() as session:
        await session.execute(update(Incident).values(status="handled", closed_at=None))
        incident = {"id": (await session.scalars(select(Incident.id))).one()}
    answer = await file(hands, incident)
    assert (answer.status_code, answer.json()["rule"]) == (409, "after_closing")


@pytest.mark.parametrize(("kind", "late", "rule"), [("total", True, "of_a_department"), ("handle", False, "overdue")])
async def test_only_a_departments_own_late_clock_is_appealed_against(
    hands: Hands,
    db: Database,
    kind: str,
    late: bool,  # noqa: FBT001  # a case
    rule: str,
) -> None:
    answer = await file(hands, await closed(hands, db, late=late), kind=kind)
    assert (answer.status_code, answer.json()["rule"]) == (409, rule)


async def test_a_clock_of_an_earlier_round_is_not(hands: Hands, db: Database) -> None:
    incident = await closed(hands, db)
    async with db.write() as session:
        await session.execute(update(Incident).values(round=2))
    assert (await file(hands, incident)).json()["rule"] == "of_the_last_round"


async def test_only_the_desk_of_the_department_that_was_late_files(hands: Hands, db: Database) -> None:
    incident = await closed(hands, db)
    for who, status in {"street1.dispatcher": 403, "district.leader": 403, "street2.dispatcher": 404}.items():
        assert (who, (await file(hands, incident, who)).status_code) == (who, status)
    path = f"/v1/incidents/{incident['id']}/appeals"
    unknown = await hands.post(DESK, path, {"subject_id": str(uuid7()), "reason": "r"})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unprocessable")


@pytest.mark.parametrize("who", ["street1.acceptor", "street1.shift_leader", DESK, "district.leader", "auditor"])
async def test_another_role_does_not_review_first(hands: Hands, db: Database, who: str) -> None:
    appeal = (await file(hands, await closed(hands, db))).json()
    assert (await hands.get(who, f"/v1/appeals/{appeal['id']}")).json()["allowed_actions"] == []
    assert (await review(hands, who, appeal, "approve")).status_code == 403


async def test_who_has_a_part_in_it_does_not_review_it_whatever_their_roles(hands: Hands, db: Database) -> None:
    appeal = (await file(hands, await closed(hands, db))).json()
    async with db.write() as session:
        for who, role in ((DESK, "dispatcher"), ("street1.dispatcher", "acceptor")):
            account = hands.town.accounts[who]
            session.add(RoleGrant(account_id=account, role=role, organisation_id=hands.town.organisations["A"]))
    hands.door.forget()
    assert (await review(hands, DESK, appeal, "approve")).status_code == 403
    appeal = (await review(hands, "street1.dispatcher", appeal, "approve")).json()
    assert (await review(hands, "street1.dispatcher", appeal, "approve")).status_code == 403
    assert (await review(hands, "street1.acceptor", appeal, "approve")).json()["state"] == "approved"


async def test_a_review_needs_the_version_it_is_based_on(hands: Hands, db: Database) -> None:
    appeal = (await file(hands, await closed(hands, db))).json()
    path = f"/v1/appeals/{appeal['id']}/decision"
    assert (await hands.post("street1.dispatcher", path, {"decision": "approve"})).status_code == 428
    assert (await review(hands, "street1.dispatcher", appeal | {"version": 9}, "approve")).status_code == 412


async def test_sent_twice_an_appeal_and_its_reviews_are_made_once(hands: Hands, db: Database) -> None:
    incident, key = await closed(hands, db), str(uuid7())
    body = {"subject_id": (await clock_of(hands, incident))["id"], "reason": "r"}
    path = f"/v1/incidents/{incident['id']}/appeals"
    first, again = [await hands.post(DESK, path, body, key=key) for _ in range(2)]
    assert (first.status_code, first.content) == (201, again.content)
    path = f"/v1/appeals/{first.json()['id']}/decision"
    said = [await hands.post("street1.dispatcher", path, {"decision": "approve"}, 1, key=key) for _ in range(2)]
    assert said[0].content == said[1].content
    async with db.write() as session:
        assert await session.scalar(select(func.count()).select_from(AppealReview)) == 1


async def test_appeals_are_listed_to_those_who_see_the_incident(hands: Hands, db: Database) -> None:
    incident = await closed(hands, db)
    appeal = (await file(hands, incident)).json()
    wanted: dict[str, Any] = {
        "state": "pending_dispatcher",
        "department": "urban_management",
        "incident_id": incident["id"],
    }
    for who, can in {"street1.dispatcher": ["approve", "reject"], DESK: [], "auditor": []}.items():
        [found] = (await hands.get(who, "/v1/appeals", **wanted)).json()["items"]
        assert (who, found) == (who, appeal | {"allowed_actions": can})
    assert (await hands.get("street2.dispatcher", "/v1/appeals")).json()["items"] == []
    assert (await hands.get("street2.dispatcher", f"/v1/appeals/{appeal['id']}")).status_code == 404
    assert (await hands.get(DESK, "/v1/appeals", state="approved")).json()["items"] == []


async def test_what_happens_to_an_appeal_is_told_to_the_centre_and_the_department(hands: Hands, db: Database) -> None:
    appeal = (await file(hands, await closed(hands, db))).json()
    await review(hands, "street1.dispatcher", appeal, "approve")
    async with db.write() as session:
        told = (await session.scalars(select(Event).where(Event.topic.like("appeal.%")).order_by(Event.id))).all()
    places = {hands.town.organisations[code] for code in ("A", "urban_management")}
    assert [(e.topic, e.payload["state"], set(e.scope)) for e in told] == [
        ("appeal.filed", "pending_dispatcher", places),
        ("appeal.decided", "pending_acceptor", places),
    ]


async def test_a_department_that_came_late_to_a_whistle_appeals_for_itself(hands: Hands, db: Database) -> None:
    whistle = await hands.blown("street1.dispatcher", await hands.registered(), "fire_rescue", kind="emergency")
    [summons] = whistle["summons"]
    await hands.summoned("fire_rescue.desk", summons, "acknowledge")
    async with db.write() as session:
        past = func.now() - timedelta(minutes=5)
        theirs = (RunningClock.summons_id.is_not(None), RunningClock.kind == "arrive")
        await session.execute(update(RunningClock).where(*theirs).values(due_at=past))
    incident = await hands.seen("district.leader", whistle["incident"])
    await hands.moved("district.leader", incident, "force_close", reason="r")
    clocks = (await hands.get("fire_rescue.desk", f"/v1/incidents/{incident['id']}/clocks")).json()["items"]
    [late] = [c for c in clocks if c["kind"] == "arrive" and c["summons_id"]]
    assert (late["summons_id"], late["limit"]["source"], late["overdue"]) == (summons["id"], "whistle", True)
    body = {"subject_id": late["id"], "reason": "flooded"}
    path = f"/v1/incidents/{incident['id']}/appeals"
    assert (await hands.post(DESK, path, body)).status_code == 404
    filed = await hands.post("fire_rescue.desk", path, body)
    assert (filed.status_code, filed.json()["department"]) == (201, "fire_rescue")
