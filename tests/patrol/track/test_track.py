"""A track over HTTP: for a purpose, by few and the crew itself, and on record."""

from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.patrol.track.schemas import Track
from tests.patrol.fixes import fix, send
from tests.roster.world import World, at

PATH = "/v1/patrols/PA/track"
WHY = "find the crew that does not answer"


async def read(world: World, who: str, **asked: Any) -> httpx.Response:
    return await world.get(who, PATH, **{"from": at(-1), "to": at(0.1), "purpose": WHY} | asked)


async def readings(world: World, who: str, **asked: Any) -> Any:
    answer = await world.get(who, "/v1/track-readings", **asked)
    assert answer.status_code == 200
    return answer.json()


async def test_a_track_is_a_line_with_times_and_quality(world: World) -> None:
    answer = await read(world, "a_shift_leader")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    [line] = Track.model_validate(answer.json()).features
    assert line.geometry.coordinates == [[118.6, 32.06], [118.601, 32.06], [119.6, 32.06], [118.603, 32.06]]
    assert [one.value for one in line.properties.quality] == ["good", "good", "jump", "good"]
    assert line.properties.accuracy_m == [None, 5, None, None]
    assert line.properties.observed_at == sorted(line.properties.observed_at)


async def test_a_line_can_be_trusted_and_simple(world: World) -> None:
    [trusted] = (await read(world, "a_shift_leader", trusted=True)).json()["features"]
    assert [lon for lon, _ in trusted["geometry"]["coordinates"]] == [118.6, 118.601, 118.603]
    [simple] = (await read(world, "a_shift_leader", trusted=True, simplify_m=10)).json()["features"]
    assert [lon for lon, _ in simple["geometry"]["coordinates"]] == [118.6, 118.603]
    assert len(simple["properties"]["observed_at"]) == 2


async def test_pages_follow_each_other_without_gap(world: World) -> None:
    first = (await read(world, "a_shift_leader", limit=3)).json()
    rest = (await read(world, "a_shift_leader", limit=3, cursor=first["next"])).json()
    assert [len(page["features"][0]["properties"]["observed_at"]) for page in (first, rest)] == [3, 1]
    assert (rest["features"][0]["geometry"]["type"], rest["next"]) == ("Point", None)


async def test_devices_are_told_apart_and_not_named(world: World) -> None:
    await send(world, fix(5, device_id="phone-of-Chen"), by="a_leader")
    answer = await read(world, "a_shift_leader")
    assert [line["properties"]["device"] for line in answer.json()["features"]] == [1, 2]
    assert "Chen" not in answer.text


@pytest.mark.parametrize("purpose", [None, "", "abcd", "   abc   ", "abcde\0"])
async def test_without_a_purpose_a_track_is_refused_and_named(world: World, purpose: str | None) -> None:
    asked = {} if purpose is None else {"purpose": purpose}
    answer = await world.get("a_shift_leader", PATH, **{"from": at(-1), "to": at(0.1)} | asked)
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "query.purpose")
    assert (await readings(world, "a_auditor"))["items"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"from": at(1)},
        {"from": at(-24)},
        {"from": "2026-11-23T00:00:00"},
        {"to": "9999-12-31T23:59:59-14:00"},
        {"simplify_m": 0},
        {"limit": 0},
        {"cursor": "x"},
        {"more": 1},
    ],
)
async def test_a_question_that_makes_no_sense_is_refused(world: World, asked: dict[str, Any]) -> None:
    assert (await read(world, "a_shift_leader", **asked)).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("a_shift_leader", 200),
        ("a_member", 200),
        ("a_idle", 403),
        ("a_dispatcher", 403),
        ("district", 403),
        ("a_auditor", 403),
        ("b_shift_leader", 404),
        ("u_desk", 404),
    ],
)
async def test_a_track_is_read_by_few_and_by_its_crew(world: World, who: str, status: int) -> None:
    answer = await read(world, who)
    assert answer.status_code == status
    assert len((await readings(world, "a_auditor"))["items"]) == (status == 200)


async def test_a_crew_sees_its_own_shift_only(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(
            text("UPDATE crew_member SET account_id = NULL WHERE account_id = :id"), {"id": world.accounts["a_member"]}
        )
    assert (await read(world, "a_member")).status_code == 403
    assert (await read(world, "a_leader", **{"from": at(-30), "to": at(-20)})).status_code == 403


async def test_every_reading_is_on_record_for_the_auditor_and_the_crew(world: World) -> None:
    await read(world, "a_shift_leader")
    await read(world, "a_shift_leader", **{"from": at(-30), "to": at(-20)})
    [other, one] = (await readings(world, "a_auditor"))["items"]
    assert (one["actor"], one["patrol"], one["purpose"]) == ("a_shift_leader", "PA", WHY)
    assert one["from_at"] < one["to_at"]
    assert (await readings(world, "a_member"))["items"] == [one]
    assert other["id"] > one["id"]
    for who in ("a_idle", "a_shift_leader", "b_auditor", "district"):
        assert (await readings(world, who))["items"] == []


async def test_readings_are_pages(world: World) -> None:
    for _ in range(3):
        await read(world, "a_member")
    first = await readings(world, "a_auditor", limit=2)
    rest = await readings(world, "a_auditor", limit=2, cursor=first["next"])
    ids = [one["id"] for page in (first, rest) for one in page["items"]]
    assert (ids, rest["next"]) == (sorted(ids, reverse=True), None)


async def test_nothing_is_read_that_is_not_on_record(world: World) -> None:
    """The record is written before the fixes are read, in one transaction."""
    async with world.database.write() as session:
        await session.execute(text("ALTER TABLE track_reading ADD CONSTRAINT none CHECK (purpose <> 'never at all')"))
    answer = await read(world, "a_shift_leader", purpose="never at all")
    assert (answer.status_code, "118.6" in answer.text) == (500, False)
