"""What is done on a phone is carried out once, in its order, by the use cases of the routes, each with an answer."""

from typing import Any

from sqlalchemy import func, select

from app.core.ids import uuid7
from app.dispatch.models import Assignment
from app.incident.history.models import IncidentNote
from app.incident.models import Incident, RunningClock
from app.patrol.models import LatestPosition
from app.sync.batch.models import SyncDevice, SyncReceipt
from tests import make
from tests.hands import Hands, report_body
from tests.sync.phone import Phone


def results(items: list[dict[str, Any]]) -> list[str]:
    return [item["result"] for item in items]


async def count(hands: Hands, table: Any, *where: Any) -> int:
    async with hands.door.database.read() as session:
        return int(await session.scalar(select(func.count()).select_from(table).where(*where)) or 0)


async def test_a_shift_without_a_network_is_carried_out_when_there_is_one(hands: Hands, phone: Phone) -> None:
    incident = await hands.dispatched()
    [assignment] = incident["assignments"]
    filed = uuid7()
    for action in ("accept", "depart", "arrive"):
        phone.note("assignment.transition", assignment["id"], action=action)
    phone.note("incident.note", incident["id"], note="店主称十分钟内自行清理")
    phone.note("incident.report", filed, **report_body())
    phone.note("incident.note", filed, note="same street")
    fix = {"observed_at": phone.now().isoformat(), "location": list(make.A1), "accuracy_m": 8}
    phone.note("positions.add", positions=[fix])
    items = await phone.send()
    assert results(items) == ["applied"] * 7, items
    assert [item["index"] for item in items] == list(range(7))
    assert [item.get("state") for item in items[:3]] == ["accepted", "en_route", "on_scene"]
    assert items[4]["id"] == str(filed)
    assert phone.outbox == []
    seen = await hands.seen("patrol1.leader", incident)
    assert (seen["status"], seen["assignments"][0]["state"]) == ("handling", "on_scene")
    assert await count(hands, IncidentNote) == 2


async def test_sent_again_nothing_is_done_twice_and_the_answer_is_the_same(hands: Hands, phone: Phone) -> None:
    filed = uuid7()
    ops = [phone.note("incident.report", filed, **report_body()), phone.note("incident.note", filed, note="once")]
    ops.append(phone.note("incident.note", uuid7(), note="of nothing"))
    first = await phone.send(*ops)
    again = await phone.send(*ops)
    assert (results(first), results(again)) == (["applied"] * 2 + ["rejected"], ["duplicate"] * 2 + ["rejected"])
    plain = [{k: v for k, v in item.items() if k != "result"} for item in first]
    assert [{k: v for k, v in item.items() if k != "result"} for item in again] == plain
    assert await count(hands, Incident) == await count(hands, IncidentNote) == 1


async def test_answers_stand_in_the_order_of_the_request_and_work_is_done_in_the_devices(phone: Phone) -> None:
    filed = uuid7()
    report, note = phone.note("incident.report", filed, **report_body()), phone.note("incident.note", filed, note="a")
    items = await phone.send(note, report)
    assert results(items) == ["applied", "applied"]
    assert [item["op_id"] for item in items] == [note["op_id"], report["op_id"]]


async def test_what_comes_before_its_turn_waits_for_what_is_missing(phone: Phone) -> None:
    filed = uuid7()
    report, note = phone.note("incident.report", filed, **report_body()), phone.note("incident.note", filed, note="a")
    [item] = await phone.send(note)
    assert (item["result"], item["problem"]["next_seq"]) == ("retry", 1)
    assert results(await phone.send(report)) == ["applied"]
    assert results(await phone.send(note)) == ["applied"]


async def test_a_device_may_say_that_something_is_lost_and_then_it_never_counts(phone: Phone) -> None:
    lost = phone.note("incident.report", uuid7(), **report_body())
    kept = phone.note("incident.report", uuid7(), **report_body())
    answer = (await phone.post([kept], oldest_seq=2)).json()
    assert (results(answer["items"]), answer["next_seq"]) == (["applied"], 3)
    [item] = await phone.send(lost)
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/sequence-passed")


async def test_a_bad_operation_keeps_no_other_back(hands: Hands, phone: Phone) -> None:
    filed = uuid7()
    good = [phone.note("incident.report", filed, **report_body())]
    bad = [
        phone.note("incident.note", filed, note="x" * 5000),
        phone.note("incident.teleport", filed),
        phone.note("incident.note"),
        phone.note("incident.report", uuid7(), **report_body(make.OUTSIDE)),
        phone.note("incident.transition", filed, action="accept", category="E0406"),
    ]
    bad[0] |= {"colour": "red"}
    good.append(phone.note("incident.note", filed, note="after all that"))
    unread = [{"op_id": "no", "device_seq": 8}, "no operation", {"device_seq": True}]
    answer = (await phone.post([good[0], *bad, good[1], *unread])).json()
    assert results(answer["items"]) == ["applied", *["rejected"] * 5, "applied", *["rejected"] * 3]
    types = [item["problem"]["type"].rpartition("/")[2] for item in answer["items"] if "problem" in item]
    invalid = "invalid-request"
    assert types == [
        invalid, "unknown-operation", invalid, "outside-jurisdiction", "not-your-move", invalid, invalid, invalid,
    ]  # fmt: skip
    assert answer["next_seq"] == 9
    assert await count(hands, IncidentNote) == 1


async def test_what_builds_on_a_refused_report_is_told_so(phone: Phone) -> None:
    filed = uuid7()
    report = phone.note("incident.report", filed, **report_body(make.OUTSIDE))
    phone.note("incident.note", filed, note="there")
    refused, note = await phone.send()
    assert (refused["result"], note["result"]) == ("rejected", "rejected")
    assert (note["problem"]["type"], note["problem"]["op_id"]) == ("/problems/depends-on-rejected", report["op_id"])


async def test_an_op_id_is_for_one_thing_on_one_device(hands: Hands, phone: Phone) -> None:
    op = phone.note("incident.report", uuid7(), **report_body())
    assert results(await phone.send(op)) == ["applied"]
    other = phone.note("incident.report", uuid7(), **report_body(make.B1)) | {"op_id": op["op_id"]}
    follows = phone.note("incident.report", uuid7(), **report_body())
    items = await phone.send(other, follows)
    assert results(items) == ["rejected", "applied"]
    assert items[0]["problem"]["type"] == "/problems/op-reused"
    elsewhere = Phone(hands, phone.who)
    [item] = await elsewhere.send(op)
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/op-reused")
    assert await count(hands, Incident) == 2


async def test_devices_are_an_accounts_own(hands: Hands, phone: Phone) -> None:
    mine = phone.note("incident.report", uuid7(), **report_body())
    await phone.send(mine)
    other = Phone(hands, "patrol1.member")
    other.device_id, other.seq = phone.device_id, 1
    [item] = await other.send(mine)
    assert item["result"] == "conflict", "of another account it is another operation: there is an incident of this id"
    await other.did("incident.report", uuid7(), **report_body())
    async with hands.door.database.read() as session:
        rows = (await session.execute(select(SyncDevice.account_id, SyncDevice.last_seq))).all()
    assert {row.account_id: row.last_seq for row in rows} == {
        hands.town.accounts["patrol1.leader"]: 1,
        hands.town.accounts["patrol1.member"]: 2,
    }


async def test_a_key_of_a_request_and_an_op_id_are_one(hands: Hands, phone: Phone) -> None:
    op = phone.note("incident.report", uuid7(), **report_body())
    body = op["payload"] | {"id": op["target"]}
    answer = await hands.post(phone.who, "/v1/incidents", body, key=op["op_id"])
    assert answer.status_code == 201
    [item] = await phone.send(op)
    assert (item["result"], item["problem"]["type"]) == ("rejected", "/problems/key-reused")
    assert await count(hands, Incident) == 1


async def test_an_operation_needs_the_right_of_its_route(hands: Hands) -> None:
    auditor = Phone(hands, "auditor")
    item = await auditor.did("incident.report", uuid7(), **report_body())
    assert (item["result"], item["problem"]["missing_rights"]) == ("rejected", ["incidents:report"])
    assert await count(hands, SyncReceipt, SyncReceipt.result == "rejected") == 1


async def test_too_many_too_long_and_no_batch_are_refused_whole(hands: Hands, phone: Phone) -> None:
    assert (await phone.post([{}] * 201)).status_code == 422
    assert (await phone.post([], colour="red")).status_code == 422
    assert (await phone.post(["x" * 1_100_000])).status_code == 413
    headers = hands.headers(phone.who)
    answer = await hands.client.post("/v1/sync/batches", headers=headers, content=b"\xff{")
    assert answer.status_code == 422
    assert (await hands.client.post("/v1/sync/batches", content=b"{}")).status_code == 401


async def test_a_crew_signs_off_and_on_again_by_its_phone(hands: Hands, phone: Phone) -> None:
    shift = hands.town.shifts["P-001"]
    assert (await phone.did("shift.sign_on", shift, location=list(make.A1)))["result"] == "superseded"
    off = await phone.did("shift.sign_off", shift, handover_note="钥匙在值班室")
    assert (off["result"], off["id"]) == ("applied", str(shift))
    assert (await phone.did("shift.sign_off", shift))["result"] == "superseded"
    assert (await phone.did("shift.sign_on", shift, location=list(make.A1)))["result"] == "conflict"
    assert await count(hands, LatestPosition, LatestPosition.patrol_id == hands.town.patrols["P-001"]) == 0


async def test_a_crew_that_was_sent_declines_and_the_clock_of_acknowledging_stays(hands: Hands, phone: Phone) -> None:
    incident = await hands.dispatched()
    item = await phone.did("assignment.transition", incident["assignments"][0]["id"], action="decline")
    assert (item["result"], item["problem"]["missing"]) == ("rejected", ["reason"])
    assert await count(hands, Assignment, Assignment.state == "offered") == 1
    assert await count(hands, RunningClock, RunningClock.kind == "acknowledge", RunningClock.state == "running") == 1
