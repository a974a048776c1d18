"""Calls for help that come at the same time as each other, or as their end."""

import asyncio

from tests.roster.world import World


async def test_a_phone_that_sends_ten_times_at_once_raises_one_sos(racing: World) -> None:
    await racing.on_duty()
    answers = await asyncio.gather(*(racing.post("a_member", "/v1/sos") for _ in range(10)))
    assert sorted(answer.status_code for answer in answers) == [200] * 9 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_two_of_a_crew_raise_two(racing: World) -> None:
    await racing.on_duty()
    answers = await asyncio.gather(*(racing.post(name, "/v1/sos") for name in ("a_member", "a_leader")))
    assert len({answer.json()["id"] for answer in answers}) == 2


async def test_of_two_dispatchers_one_acknowledges(racing: World) -> None:
    sos = (await racing.post("a_member", "/v1/sos")).json()
    path, body = f"/v1/sos/{sos['id']}/transitions", {"action": "acknowledge"}
    answers = await asyncio.gather(*(racing.post(name, path, body) for name in ("a_dispatcher", "district")))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
