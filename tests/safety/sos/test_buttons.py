"""A device's SOS button calls for help once a press, for whoever is on duty with it."""

from datetime import UTC, datetime

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.core.outbox import react
from app.patrol.ingest.access import Terms
from app.worker import SUBSCRIBERS
from tests.patrol.ingest.devices import Devices
from tests.roster.world import World

CALLS = text(
    "SELECT s.cause, s.repeats, p.code, o.number, ST_X(s.location), s.state FROM sos s"
    " JOIN patrol p ON p.id = s.patrol_id LEFT JOIN officer o ON o.id = s.officer_id ORDER BY s.id"
)


async def heard(database: Database) -> None:
    """The worker hears of the alarms."""
    [subscription] = [one for one in SUBSCRIBERS if one.name == "sos_buttons"]
    async with database.write() as session:
        await react(session, subscription.name, subscription.topics, subscription.reaction)


async def calls(database: Database) -> list[tuple[object, ...]]:
    async with database.read() as session:
        return [tuple(row) for row in await session.execute(CALLS)]


async def a_minute_later(database: Database) -> None:
    async with database.write() as session:
        await session.execute(text("UPDATE sos SET sent_at = sent_at - interval '61 seconds'"))


@pytest.fixture
async def devices(api: FastAPI, racing: World) -> Devices:
    """PA is on duty; a phone of its leader is registered, and nobody has sent anything."""
    api.state.terms = Terms(racing.database.settings.track_keep_days)
    return await Devices.of(racing)


async def test_a_press_is_one_sos_from_where_the_device_is(devices: Devices) -> None:
    database = devices.world.database
    for _ in range(2):  # the answer to the first was lost
        await devices.send(alarm="sos")
        await heard(database)
    assert await calls(database) == [("called", 0, "PA", "U1", 118.6, "raised")]


async def test_pressed_later_it_is_the_open_sos_again_and_after_that_a_new_one(devices: Devices) -> None:
    database = devices.world.database
    for repeats in range(2):
        await devices.send(alarm="sos", timestamp=int(datetime.now(UTC).timestamp()) - 2 + repeats)
        await heard(database)
        assert [one[1] for one in await calls(database)] == [repeats]
        await a_minute_later(database)
    async with database.write() as session:
        await session.execute(
            text(
                "UPDATE sos SET state = 'resolved', due_at = NULL, acknowledged_at = now(), resolved_at = now(),"
                " resolution = 'safe'"
            )
        )
    await devices.send(alarm="sos")
    await heard(database)
    assert [(one[1], one[5]) for one in await calls(database)] == [(1, "resolved"), (0, "raised")]


async def test_a_patrols_device_calls_in_the_name_of_its_crews_leader(devices: Devices) -> None:
    car = await devices.registered(code="car-1", patrol="PA")
    await devices.send(car["key"], alarm="sos")
    await heard(devices.world.database)
    assert [one[:4] for one in await calls(devices.world.database)] == [("called", 0, "PA", None)]


async def test_other_alarms_and_who_is_off_duty_call_nobody(devices: Devices) -> None:
    database = devices.world.database
    await devices.send(alarm="lowBattery")
    async with database.write() as session:
        await session.execute(text("UPDATE shift SET signed_off_at = now()"))
    await devices.send(alarm="sos")
    await heard(database)
    assert await calls(database) == []
