"""A crew is asked at its time, and its silence goes to the desk and then becomes an SOS, each step once."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.core.outbox import react
from app.safety.welfare import service
from app.worker import SUBSCRIBERS
from tests.roster.world import World

OLDER = text(
    "UPDATE welfare_check SET due_at = due_at - CAST(:by AS interval), asked_at = asked_at - CAST(:by AS interval)"
)
STEPS = text("SELECT action FROM welfare_entry ORDER BY seq")
TOPICS = text("SELECT topic FROM outbox WHERE topic LIKE 'welfare.%' ORDER BY id")


class Crash(BaseException):
    """The worker dies here."""


async def check(world: World, name: str = "a_dispatcher", **body: Any) -> dict[str, Any]:
    """A welfare check of PA, on duty."""
    await world.on_duty()
    answer = await world.post(name, "/v1/welfare-checks", {"patrol": "PA"} | body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def pass_(world: World, seconds: int) -> int:
    """Let time pass, and the worker look."""
    async with world.database.write() as session:
        await session.execute(OLDER, {"by": timedelta(seconds=seconds)})
    return await tick(world)


async def tick(world: World) -> int:
    """What the worker does every second."""
    async with world.database.write() as session:
        return await service.tick(session, 100)


async def answered(world: World, made: dict[str, Any], name: str = "a_member", **body: Any) -> httpx.Response:
    """An answer by the crew, with nothing but the token."""
    token = {"Authorization": world.who(name)["Authorization"]}
    path = f"/v1/welfare-checks/{made['id']}/answer"
    return await world.client.post(path, json={"answer": "ok"} | body, headers=token)


async def shown(world: World, made: dict[str, Any]) -> dict[str, Any]:
    """The check as it is now."""
    found: dict[str, Any] = (await world.get("a_dispatcher", f"/v1/welfare-checks/{made['id']}")).json()
    return found


async def test_a_crew_that_does_not_answer_is_asked_then_reported_then_has_an_sos(world: World) -> None:
    made = await check(world)
    assert (made["state"], made["every_s"], made["grace_s"]) == ("waiting", 1800, 300)
    states = []
    for seconds in (1790, 20, 290, 20, 290, 20, 86_400):
        await pass_(world, seconds)
        states.append((await shown(world, made))["state"])
    assert states == ["waiting", "asked", "asked", "overdue", "overdue", "alarmed", "alarmed"]
    now = await shown(world, made)
    assert [step["action"] for step in now["steps"]] == ["set", "ask", "escalate", "alarm"]
    alarm = (await world.get("a_dispatcher", f"/v1/sos/{now['sos_id']}")).json()
    assert (alarm["cause"], alarm["patrol"]["code"], alarm["caller"]["account"]) == (
        "welfare_unanswered",
        "PA",
        "a_leader",
    )


async def test_an_ok_starts_the_time_anew(world: World) -> None:
    made = await check(world)
    await pass_(world, 1801)
    answer = (await answered(world, made)).json()
    assert (answer["state"], answer["version"]) == ("waiting", 3)
    assert (await pass_(world, 1700), await pass_(world, 200)) == (0, 1)


@pytest.mark.parametrize("seconds", [0, 1801, 2500])
async def test_help_is_an_sos_at_once_whatever_the_timer_says(world: World, seconds: int) -> None:
    made = await check(world)
    if seconds:
        await pass_(world, seconds)
    answer = (await answered(world, made, answer="help", note="被围", location=[118.5, 32.5])).json()
    alarm = (await world.get("a_dispatcher", f"/v1/sos/{answer['sos_id']}")).json()
    assert (answer["state"], alarm["cause"], alarm["note"]) == ("alarmed", "welfare_help", "被围")
    assert (alarm["caller"]["officer"], alarm["position"]["location"]["coordinates"]) == ("M1", [118.5, 32.5])


async def test_an_ok_to_an_earlier_question_answers_no_later_one(world: World) -> None:
    made = await check(world)
    await pass_(world, 1801)
    first = (await shown(world, made))["asked_at"]
    late = await answered(world, made, asked_at="2026-01-01T00:00:00Z")
    assert (late.status_code, late.json()["type"]) == (409, "/problems/answered-too-late")
    assert (await answered(world, made, asked_at=first)).status_code in (200, 409)


async def test_one_officers_silence_is_that_officers_sos(world: World) -> None:
    made = await check(world, officer="M1", every_s=60, grace_s=30)
    for _ in range(3):
        await pass_(world, 61)
    alarm = (await world.get("a_dispatcher", f"/v1/sos/{(await shown(world, made))['sos_id']}")).json()
    assert (alarm["caller"]["officer"], alarm["caller"]["account"]) == ("M1", "a_member")


async def test_an_officer_without_a_phone_has_an_sos_too(world: World) -> None:
    crew = [{"officer": "U2", "is_leader": True}]
    await world.shift(crew=crew)
    shift_id = (await world.get("a_dispatcher", "/v1/shifts")).json()["items"][0]["id"]
    await world.post("a_dispatcher", f"/v1/shifts/{shift_id}/sign-on")
    made = (await world.post("a_dispatcher", "/v1/welfare-checks", {"patrol": "PA"})).json()
    for _ in range(3):
        await pass_(world, 1801)
    alarm = (await world.get("a_dispatcher", f"/v1/sos/{(await shown(world, made))['sos_id']}")).json()
    assert (alarm["patrol"]["code"], alarm["caller"]["account"]) == ("PA", None)


async def test_after_an_outage_the_crew_is_asked_before_it_is_missed(world: World) -> None:
    made = await check(world)
    assert (await pass_(world, 86_400), await tick(world)) == (1, 0)
    assert (await shown(world, made))["state"] == "asked"


async def test_a_check_ends_with_the_shift(world: World) -> None:
    made = await check(world)
    await world.post("a_leader", f"/v1/shifts/{made['shift_id']}/sign-off")
    assert ((await shown(world, made))["state"], await pass_(world, 86_400)) == ("ended", 0)


async def test_who_left_the_crew_is_asked_no_more(racing: World) -> None:
    made = await check(racing, officer="M1")
    body = {"remove": ["M1"], "reason": "送医"}
    await racing.post("a_leader", f"/v1/shifts/{made['shift_id']}/crew", body)
    await _react(racing, "crew_changes")
    assert (await shown(racing, made))["state"] == "ended"


async def test_a_crew_of_one_is_watched_from_signing_on_where_the_centre_wants_that(racing: World) -> None:
    async with racing.database.write() as session:
        await session.execute(text("""UPDATE centre SET settings = '{"welfare_lone_crews": true}'"""))
    for crew in ([{"officer": "U1", "is_leader": True}], [{"officer": "U1", "is_leader": True}, {"officer": "M1"}]):
        made = await racing.on_duty(crew=crew, end=0.5)
        await _react(racing, "lone_crews")
        await _react(racing, "lone_crews")
        live = (await racing.get("a_dispatcher", "/v1/welfare-checks", live="true")).json()["items"]
        assert len(live) == (1 if len(crew) == 1 else 0)
        await racing.post("a_leader", f"/v1/shifts/{made['id']}/sign-off")
        async with racing.database.write() as session:
            await session.execute(text("DELETE FROM crew_member"))


async def _react(world: World, name: str) -> None:
    (found,) = [one for one in SUBSCRIBERS if one.name == name]
    async with world.database.write() as session:
        await react(session, found.name, found.topics, found.reaction)


async def test_several_workers_take_each_step_once(racing: World) -> None:
    await check(racing)
    for _ in range(3):
        async with racing.database.write() as session:
            await session.execute(OLDER, {"by": timedelta(seconds=1801)})
        assert sorted(await asyncio.gather(*(tick(racing) for _ in range(5)))) == [0] * 4 + [1]
    async with racing.database.read() as session:
        assert list(await session.scalars(STEPS)) == ["set", "ask", "escalate", "alarm"]
        assert await session.scalar(text("SELECT count(*) FROM sos")) == 1


@pytest.mark.parametrize("point", ["app.safety.sos.queries.raised", "app.core.outbox.record"])
async def test_a_worker_that_dies_loses_nothing_and_repeats_nothing(
    racing: World, point: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await check(racing)
    for _ in range(2):
        await pass_(racing, 1801)
    with monkeypatch.context() as patched:
        patched.setattr(point, _dies)
        with pytest.raises(Crash):
            await pass_(racing, 1801)
    assert (await pass_(racing, 1), await pass_(racing, 1801)) == (1, 0)
    async with racing.database.read() as session:
        assert list(await session.scalars(STEPS)) == ["set", "ask", "escalate", "alarm"]
        assert await session.scalar(text("SELECT count(*) FROM sos")) == 1
        assert [topic.split(".")[1] for topic in await session.scalars(TOPICS)] == ["set", "ask", "escalate", "alarm"]


def _dies(*_: Any, **__: Any) -> Any:
    raise Crash
