"""A call for help is one request that is never refused for a header or a word."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from tests.command.test_statements import asked  # noqa: F401  # a fixture
from tests.roster.world import World

FACTS = text("SELECT topic, scope, payload FROM outbox WHERE topic LIKE 'sos.%' ORDER BY id")
HERE = {"location": [118.5, 32.5], "accuracy_m": 8}


async def call(world: World, name: str = "a_member", body: Any = None, **headers: str) -> httpx.Response:
    """A call with nothing but the token, as a phone sends it."""
    token = {"Authorization": world.who(name)["Authorization"]}
    return await world.client.post("/v1/sos", json=body, headers=token | headers)


async def calls(world: World) -> list[tuple[str, int]]:
    """The calls that are kept, and how often each was sent again."""
    async with world.database.read() as session:
        return [(str(i), n) for i, n in await session.execute(text("SELECT id, repeats FROM sos ORDER BY id"))]


async def test_one_call_without_a_body_says_who_which_patrol_where_and_how_long_ago(world: World) -> None:
    await world.on_duty()
    seen = (datetime.now(UTC) - timedelta(seconds=40)).isoformat()
    fixes = [{"observed_at": seen, "location": [118.6, 32.06], "accuracy_m": 12}]
    await world.post("a_member", "/v1/positions", {"positions": fixes})
    answer = await call(world)
    sos = answer.json()
    assert (answer.status_code, answer.headers["etag"], sos["state"], sos["level"]) == (201, '"1"', "raised", 0)
    assert sos["caller"] == {"account": "a_member", "officer": "M1", "display_name": "M1"}
    assert (sos["patrol"]["code"], sos["centre"]["code"]) == ("PA", "A")
    assert sos["position"]["location"]["coordinates"] == [118.6, 32.06]
    assert 39 <= sos["position"]["age_s"] <= 60


async def test_sent_again_without_a_key_it_is_the_same_sos(world: World) -> None:
    await world.on_duty()
    first, again = await call(world), await call(world, body=HERE | {"note": "两人持械"})
    assert (first.status_code, again.status_code, again.json()["id"]) == (201, 200, first.json()["id"])
    assert (again.json()["repeats"], again.json()["note"], again.json()["version"]) == (1, "两人持械", 1)
    assert again.json()["position"]["location"]["coordinates"] == [118.5, 32.5]
    assert await calls(world) == [(first.json()["id"], 1)]


async def test_the_same_words_again_are_said_once(world: World) -> None:
    for _ in range(3):
        sos = (await call(world, body={"note": "help"})).json()
    assert (sos["note"], sos["repeats"]) == ("help", 2)


async def test_after_it_was_resolved_a_new_call_is_a_new_sos(world: World) -> None:
    first = (await call(world)).json()
    for body in ({"action": "acknowledge"}, {"action": "resolve", "resolution": "safe"}):
        await world.post("a_dispatcher", f"/v1/sos/{first['id']}/transitions", body)
    assert (await call(world)).json()["id"] != first["id"]


async def test_a_key_belongs_to_its_sos_even_after_the_end(world: World) -> None:
    key = {"Idempotency-Key": "k" * 400}
    first = (await call(world, **key)).json()
    for body in ({"action": "acknowledge"}, {"action": "resolve", "resolution": "false_alarm"}):
        await world.post("a_dispatcher", f"/v1/sos/{first['id']}/transitions", body)
    late = await call(world, **key)
    assert (late.status_code, late.json()["id"], late.json()["state"]) == (200, first["id"], "resolved")
    assert len(await calls(world)) == 1


@pytest.mark.parametrize(
    "content",
    [b"help", b'{"location": [999, 1]}', b'{"unknown": 1}', b'{"location": [NaN, 1]}', b'{"note": "\\u0000"}', b"\xff"],
)
async def test_a_call_that_makes_no_sense_is_still_a_call_for_help(world: World, content: bytes) -> None:
    await world.on_duty()
    answer = await world.client.post(
        "/v1/sos", content=content, headers={"Authorization": world.who("a_member")["Authorization"]}
    )
    assert (answer.status_code, answer.json()["patrol"]["code"]) == (201, "PA")
    assert answer.json()["ignored"]


async def test_a_phone_whose_clock_is_ahead_was_there_now(world: World) -> None:
    sos = (await call(world, body=HERE | {"observed_at": "2999-12-31T00:00:00Z"})).json()
    assert sos["position"]["age_s"] == 0


async def test_off_duty_the_call_goes_to_the_officers_own_centre(world: World) -> None:
    sos = (await call(world, "a_leader")).json()
    assert (sos["patrol"], sos["centre"]["code"], sos["caller"]["officer"]) == (None, "A", "U1")


async def test_who_is_no_officer_calls_the_centre_of_their_grant(world: World) -> None:
    sos = (await call(world, "u_desk")).json()
    assert (sos["centre"]["code"], sos["caller"]["officer"]) == ("A", None)


async def test_who_only_looks_raises_no_alarm(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("UPDATE role_grant SET role = 'auditor' WHERE role = 'patrol_member'"))
    assert (await call(world)).status_code == 403
    assert (await world.client.post("/v1/sos")).status_code == 401


async def test_it_is_a_fact_for_the_centre_and_the_departments_of_the_crew(world: World) -> None:
    await world.on_duty()
    for _ in range(2):
        await call(world, body=HERE)
    async with world.database.read() as session:
        rows = await session.execute(FACTS)
        facts = [(topic, set(scope), payload) for topic, scope, payload in rows]
    scope = await world.told(*"AUM")
    assert [(topic, seen) for topic, seen, _ in facts] == [("sos.raised", scope), ("sos.repeated", scope)]
    assert facts[0][2]["location"] == {"type": "Point", "coordinates": [118.5, 32.5]}


async def test_a_call_takes_one_reading_and_one_writing_statement(world: World, asked: list[str]) -> None:  # noqa: F811
    await world.on_duty()
    await call(world)
    asked.clear()
    for _ in range(2):
        await call(world, body=HERE)
    assert len(asked) == 4
