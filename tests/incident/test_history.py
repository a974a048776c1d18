"""An incident's past over HTTP: moves, clocks with their arithmetic, notes."""

from datetime import datetime

from app.core.ids import uuid7
from app.core.pages import encode
from tests.hands import Hands


async def test_the_timeline_tells_every_move_with_who_where_and_why(hands: Hands) -> None:
    incident = await hands.registered()
    incident = await hands.moved("street1.shift_leader", incident, "send_back", reason="wrong place")
    answer = await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/timeline")
    moves = answer.json()["items"]
    assert [(m["seq"], m["action"], m["from"], m["to"]) for m in moves] == [
        (1, "report", None, "reported"),
        (2, "accept", "reported", "accepted"),
        (3, "register", "accepted", "registered"),
        (4, "send_back", "registered", "reported"),
    ]
    last = moves[-1]
    assert (last["actor"], last["role"], last["centre"]) == ("street1.shift_leader", "shift_leader", "A")
    assert (last["note"], last["details"], last["overdue"]) == ("wrong place", {"reason": "wrong place"}, False)
    assert moves[0]["seconds_in_state"] is None
    assert last["seconds_in_state"] == 0


async def test_a_level_move_names_both_centres(hands: Hands) -> None:
    incident = await hands.moved("street1.dispatcher", await hands.report(), "escalate", reason="too big")
    [_, move] = (await hands.get("district.dispatcher", f"/v1/incidents/{incident['id']}/timeline")).json()["items"]
    assert (move["action"], move["from_centre"], move["centre"]) == ("escalate", "A", "D")


async def test_the_timeline_comes_in_pages(hands: Hands) -> None:
    incident = await hands.registered()
    path, seqs, cursor = f"/v1/incidents/{incident['id']}/timeline", [], None
    for _ in range(3):
        page = (await hands.get("street1.dispatcher", path, limit=1, **({"cursor": cursor} if cursor else {}))).json()
        seqs += [move["seq"] for move in page["items"]]
        cursor = page["next"]
    assert (seqs, cursor) == ([1, 2, 3], None)


async def test_a_cursor_of_nobody_is_refused(hands: Hands) -> None:
    path = f"/v1/incidents/{(await hands.report())['id']}/timeline"
    for cursor in (
        "x",
        encode("timeline", 1e99),
        encode("timeline", 2**40),
        encode("notes", 1),
        encode("timeline", "1; --"),
    ):
        answer = await hands.get("street1.dispatcher", path, cursor=cursor)
        assert (cursor, answer.status_code, answer.json()["type"]) == (cursor, 422, "/problems/invalid-cursor")


async def test_a_clock_is_explained_by_the_stretches_that_count(hands: Hands) -> None:
    incident = await hands.report()
    found = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/clocks")).json()
    [clock] = found["items"]
    assert found["time_zone"] == "Asia/Shanghai"
    assert (clock["kind"], clock["state"], clock["is_current"]) == ("accept", "running", True)
    assert (clock["amount"], clock["unit"], clock["overdue"], clock["added_s"]) == (15, "minute", False, 0)
    [stretch] = clock["stretches"]
    assert (stretch["starts_at"], stretch["ends_at"]) == (clock["started_at"], clock["due_at"])
    assert stretch["seconds"] == 900


async def test_clocks_that_were_started_again_stay_listed(hands: Hands) -> None:
    incident = await hands.dispatched()
    incident = await hands.moved("street1.dispatcher", incident, "recall", reason="wrong crew")
    found = (await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/clocks")).json()["items"]
    dispatch = [(clock["state"], clock["is_current"]) for clock in found if clock["kind"] == "dispatch"]
    assert sorted(dispatch) == [("met", False), ("running", True)]
    assert all(datetime.fromisoformat(c["started_at"]) <= datetime.fromisoformat(c["due_at"]) for c in found)


async def test_a_note_is_left_and_listed_and_moves_nothing(hands: Hands) -> None:
    incident = await hands.report()
    path = f"/v1/incidents/{incident['id']}"
    made = await hands.post("patrol1.member", f"{path}/notes", {"note": "  owner says ten minutes "})
    assert made.status_code == 201, made.text
    assert (made.json()["note"], made.json()["actor"]) == ("owner says ten minutes", "patrol1.member")
    assert made.json()["role"] == "patrol_member"
    assert (await hands.get("street1.dispatcher", f"{path}/notes")).json()["items"] == [made.json()]
    assert (await hands.get("street1.dispatcher", path)).json()["version"] == incident["version"]
    assert len((await hands.get("street1.dispatcher", f"{path}/timeline")).json()["items"]) == 1


async def test_a_note_sent_again_is_answered_the_same_and_kept_once(hands: Hands) -> None:
    path, key = f"/v1/incidents/{(await hands.report())['id']}/notes", str(uuid7())
    first, again = [await hands.post("street1.acceptor", path, {"note": "n"}, key=key) for _ in range(2)]
    assert first.content == again.content
    assert len((await hands.get("street1.acceptor", path)).json()["items"]) == 1


async def test_a_note_that_says_nothing_is_refused(hands: Hands) -> None:
    path = f"/v1/incidents/{(await hands.report())['id']}/notes"
    for body in (
        "{}",
        '{"note": " "}',
        '{"note": "a\\u0000"}',
        '{"note": "\\ud800"}',
        '{"note": "n", "more": 1}',
        "[",
        "",
    ):
        headers = hands.headers("street1.acceptor") | {"Content-Type": "application/json"}
        answer = await hands.client.post(path, headers=headers, content=body)
        assert (body, answer.status_code) == (body, 422)


async def test_a_note_is_left_on_an_ended_incident_too(hands: Hands) -> None:
    incident = await hands.report()
    await hands.moved("street1.acceptor", incident, "reject", reason_code="not_ours", note="n")
    answer = await hands.post("street1.acceptor", f"/v1/incidents/{incident['id']}/notes", {"note": "told them"})
    assert answer.status_code == 201


async def test_who_only_looks_leaves_no_note(hands: Hands) -> None:
    answer = await hands.post("auditor", f"/v1/incidents/{(await hands.report())['id']}/notes", {"note": "n"})
    assert answer.status_code == 403


async def test_the_past_of_another_streets_incident_is_not_there(hands: Hands) -> None:
    incident = await hands.report()
    for part in ("timeline", "clocks", "notes"):
        path = f"/v1/incidents/{incident['id']}/{part}"
        assert (await hands.get("street2.dispatcher", path)).status_code == 404
        assert (await hands.get("street1.dispatcher", f"/v1/incidents/{uuid7()}/{part}")).status_code == 404
        assert (await hands.client.get(path)).status_code == 401
