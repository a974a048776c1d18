"""Checkpoints: set up by a centre, visited by track or by scanning, overdue and missed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import Database
from tests import make
from tests.coverage import ground
from tests.coverage.plain import Fix
from tests.hands import Hands


def ago(**length: float) -> datetime:
    """An instant so long before now."""
    return datetime.now(UTC) - timedelta(**length)


POINT = {"type": "Point", "coordinates": list(make.A1)}
NEAR = {"type": "Point", "coordinates": [make.A1[0] + 0.0002, make.A1[1]]}
FAR = {"type": "Point", "coordinates": [make.A1[0] + 0.002, make.A1[1]]}


async def checkpoint(hands: Hands, **more: Any) -> dict[str, Any]:
    """A checkpoint of street A that must be taken, made three hours ago."""
    body = {"centre": "A", "code": "CP-1", "name": "一号", "name_en": "One", "location": POINT, "every_s": 3600}
    answer = await hands.post("street1.dispatcher", "/v1/checkpoints", body | more)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def age(db: Database, hours: int) -> None:
    """Make every checkpoint older."""
    async with db.write() as session:
        older = text("UPDATE checkpoint SET created_at = now() - CAST(:age AS interval)")
        await session.execute(older, {"age": timedelta(hours=hours)})


async def visit(hands: Hands, made: dict[str, Any], who: str = "patrol1.member", **body: Any) -> Any:
    """Try to say that one is there."""
    return await hands.post(who, f"/v1/checkpoints/{made['id']}/visits", body)


async def visits(hands: Hands, made: dict[str, Any]) -> list[tuple[str, str]]:
    """By whom, and how it is known."""
    page = (await hands.get("street1.dispatcher", f"/v1/checkpoints/{made['id']}/visits")).json()
    return [(one["patrol"], one["how"]) for one in page["items"]]


async def test_a_checkpoint_knows_its_cell_and_when_it_is_due(hands: Hands, db: Database) -> None:
    made = await checkpoint(hands)
    assert (made["cell"], made["has_code"], made["token"], made["is_overdue"]) == ("A1-00", False, None, False)
    await age(db, 3)
    page = (await hands.get("street1.dispatcher", "/v1/checkpoints", overdue=True)).json()
    assert [one["code"] for one in page["items"]] == ["CP-1"]
    await visit(hands, made, location=NEAR)
    assert (await hands.get("street1.dispatcher", "/v1/checkpoints", overdue=True)).json()["items"] == []


async def test_a_position_inside_the_geofence_proves_a_visit_and_one_outside_does_not(hands: Hands) -> None:
    made = await checkpoint(hands)
    taken = await visit(hands, made, location=NEAR)
    assert (taken.status_code, taken.json()["patrol"], round(taken.json()["distance_m"])) == (201, "P-001", 19)
    for body in ({"location": FAR}, {}, {"location": FAR, "accuracy_m": 5000}):
        refused = await visit(hands, made, **body)
        assert (refused.status_code, refused.json()["type"]) == (422, "/problems/not-at-checkpoint")


async def test_a_code_proves_a_visit_without_a_position_and_is_told_once(hands: Hands) -> None:
    made = await checkpoint(hands, with_code=True)
    scanned = await hands.post("patrol1.member", "/v1/checkpoints/visits", {"token": made["token"]})
    assert (scanned.status_code, scanned.json()["checkpoint"]) == (201, "CP-1")
    assert (await visit(hands, made, location=NEAR)).status_code == 422
    assert (await visit(hands, made, token="x" * 24)).status_code == 422
    shown = (await hands.get("street1.dispatcher", f"/v1/checkpoints/{made['id']}")).text
    assert made["token"] not in shown


async def test_a_new_code_makes_the_old_one_worthless(hands: Hands) -> None:
    made = await checkpoint(hands, with_code=True)
    path, headers = f"/v1/checkpoints/{made['id']}", hands.headers("street1.dispatcher", 1)
    changed = (await hands.client.patch(path, headers=headers, json={"with_code": True})).json()
    assert changed["token"] not in (None, made["token"])
    answers = [
        await hands.post("patrol1.member", "/v1/checkpoints/visits", {"token": token})
        for token in (made["token"], changed["token"])
    ]
    assert [answer.status_code for answer in answers] == [404, 201]


async def test_a_visit_told_twice_or_late_is_kept_once(hands: Hands) -> None:
    made = await checkpoint(hands)
    at = ago(hours=1).isoformat()
    answers = [await visit(hands, made, location=NEAR, observed_at=at) for _ in range(3)]
    assert {answer.text for answer in answers} == {answers[0].text}
    assert await visits(hands, made) == [("P-001", "scan")]


@pytest.mark.parametrize(
    ("who", "hours", "status"),
    [
        ("patrol1.member", 0.5, 422),
        ("patrol1.member", -200, 422),
        ("patrol1.member", -5, 409),
        ("grid1.worker", 0, 409),
        ("patrol3.leader", 0, 404),
        ("auditor", 0, 403),
    ],
)
async def test_only_who_was_on_duty_then_visits(hands: Hands, who: str, hours: float, status: int) -> None:
    made = await checkpoint(hands)
    at = ago(hours=-hours).isoformat()
    assert (await visit(hands, made, who, location=NEAR, observed_at=at)).status_code == status


async def test_a_track_through_the_geofence_is_a_visit_each_time(hands: Hands, db: Database, town: make.Town) -> None:
    made = await checkpoint(hands)
    await age(db, 3)
    inside, outside = (make.A1[0] + 0.0002, make.A1[1]), (make.A1[0] + 0.002, make.A1[1])
    walk = [inside, inside, outside, inside, outside]
    track = [Fix("P-001", "a", ago(minutes=90 - 5 * at), *place) for at, place in enumerate(walk)]
    for _ in range(2):
        await ground.put(db, town, track)
        await ground.work(db)
        track = [Fix("P-001", "b", ago(minutes=89), *inside)]
    assert await visits(hands, made) == [("P-001", "track")] * 2


async def test_a_shift_shows_what_was_visited_and_missed_in_its_beat(
    hands: Hands, db: Database, town: make.Town
) -> None:
    made = await checkpoint(hands, every_s=4000)
    await checkpoint(hands, code="CP-2", location={"type": "Point", "coordinates": list(make.B1)})
    await age(db, 9)
    path = f"/v1/shifts/{town.shifts['P-001']}/checkpoints"
    before = (await hands.get("street1.dispatcher", path)).json()["items"]
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    await visit(hands, made, location=NEAR, observed_at=hour_ago.isoformat())
    after = (await hands.get("street1.dispatcher", path)).json()["items"]
    assert [(one["code"], one["visits"], one["missed"]) for one in before + after] == [("CP-1", 0, 1), ("CP-1", 1, 0)]
    assert (await hands.get("street2.dispatcher", path)).status_code == 404


async def test_another_centres_checkpoint_does_not_exist(hands: Hands) -> None:
    made = await checkpoint(hands)
    assert (await hands.get("street2.dispatcher", f"/v1/checkpoints/{made['id']}")).status_code == 404
    assert (await hands.get("street2.dispatcher", "/v1/checkpoints")).json()["items"] == []
    taken = await hands.post(
        "street2.dispatcher",
        "/v1/checkpoints",
        {"centre": "A", "code": "X", "name": "x", "name_en": "x", "location": POINT, "every_s": 600},
    )
    assert taken.status_code == 422


async def test_a_code_of_a_centre_is_used_once(hands: Hands) -> None:
    await checkpoint(hands)
    body = {"centre": "A", "code": "CP-1", "name": "x", "name_en": "x", "location": POINT, "every_s": 600}
    assert (await hands.post("street1.dispatcher", "/v1/checkpoints", body)).status_code == 409
