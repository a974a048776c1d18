"""A vehicle's terminal registers, says who it is, and gives its patrol's positions; what it sends hurts nobody else."""

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest

from app.patrol.terminal import framing, server
from app.patrol.terminal.framing import Frame, Part
from app.patrol.terminal.messages import Message
from app.patrol.terminal.server import Listener
from tests.patrol.terminal.car import NUMBER, Yard, position

HERE = (118.6, 32.06)


def now(seconds_ago: float = 5) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds_ago)


@pytest.mark.parametrize("is_2019", [False, True])
async def test_a_terminal_registers_once_and_its_positions_are_its_patrols(yard: Yard, *, is_2019: bool) -> None:
    car = await yard.car(is_2019=is_2019)
    result, code = await car.register()
    assert (result, await car.authenticate(code)) == (0, 0)
    assert await car.result(Message.HEARTBEAT) == 0
    assert await car.result(Message.POSITION, position(now(), HERE, tenths_kmh=360)) == 0
    rows = await yard.ask("SELECT code, device_id, round(speed_mps) FROM position JOIN patrol ON id = patrol_id")
    assert rows == [("PA", NUMBER, 10)]
    again = await yard.car(is_2019=is_2019)
    assert (await again.register())[0] == 3
    assert await again.authenticate(code) == 0


async def test_the_key_that_was_shown_is_a_code_too_until_another_is_given(yard: Yard) -> None:
    car = await yard.car()
    assert await car.authenticate(yard.device["key"]) == 0
    fresh = await yard.world.post("a_dispatcher", f"/v1/devices/{yard.device['id']}/key")
    assert await car.result(Message.POSITION, position(now(), HERE)) == 1
    assert (await car.register())[0] == 0
    assert await car.authenticate(fresh.json()["key"]) == 1
    assert await yard.stored() == 0


async def test_a_number_that_nobody_registered_is_refused(yard: Yard) -> None:
    car = await yard.car("13900000009")
    assert await car.register() == (4, "")
    assert await car.authenticate("anything") == 1


async def test_who_has_not_said_its_code_gives_no_positions(yard: Yard) -> None:
    car = await yard.car()
    assert await car.authenticate("wrong") == 1
    assert await car.result(Message.HEARTBEAT) == 1
    assert await car.result(Message.POSITION, position(now(), HERE)) == 1
    assert (await yard.stored(), await yard.quarantined()) == (0, {})


async def test_a_terminal_speaks_for_itself_only(yard: Yard) -> None:
    car = await yard.known()
    car.number = "13900000009"
    assert await car.result(Message.POSITION, position(now(), HERE)) == 1


async def test_a_batch_and_a_repeat_are_stored_once(yard: Yard) -> None:
    car = await yard.known()
    bodies = [position(now(n), HERE) for n in range(1, 4)]
    batch = b"\x00\x03\x01" + b"".join(len(body).to_bytes(2) + body for body in bodies)
    assert await car.result(Message.POSITIONS, batch) == 0
    assert await car.result(Message.POSITIONS, batch) == 0
    assert (await yard.stored(), await yard.quarantined()) == (3, {})


async def test_a_batch_may_come_in_parts(yard: Yard) -> None:
    car = await yard.known()
    bodies = [position(now(n), HERE) for n in range(1, 61)]
    batch = b"\x00\x3c\x01" + b"".join(len(body).to_bytes(2) + body for body in bodies)
    parts = [batch[at : at + 900] for at in range(0, len(batch), 900)]
    for index, body in enumerate(parts, 1):
        assert await yard.stored() == 0
        assert await car.result(Message.POSITIONS, body, Part(len(parts), index)) == 0
    assert await yard.stored() == 60


@pytest.mark.parametrize("part", [Part(0, 0), Part(1, 2), Part(65535, 1)])
async def test_a_part_of_nothing_is_wrong(yard: Yard, part: Part) -> None:
    car = await yard.known()
    assert await car.result(Message.POSITIONS, b"\x00", part) == 2


async def test_what_is_not_kept_is_counted_and_the_terminal_is_told_all_is_well(yard: Yard) -> None:
    car = await yard.known()
    for body in (position(now(), HERE, has_fix=False), b"\x00", position(now(3600), HERE)):
        assert await car.result(Message.POSITION, body) == 0
    assert await yard.quarantined() == {"no_fix": 1, "unreadable": 1, "not_on_duty": 1}


async def test_a_terminal_taken_out_of_use_is_told_all_is_well_while_it_is_connected(yard: Yard) -> None:
    car = await yard.known()
    await yard.world.patch("a_dispatcher", f"/v1/devices/{yard.device['id']}", {"is_active": False})
    assert await car.result(Message.POSITION, position(now(), HERE)) == 0
    assert (await yard.stored(), await yard.quarantined()) == (0, {"inactive": 1})
    assert await (await yard.car()).authenticate(yard.device["key"]) == 1


async def test_an_sos_is_a_fact_once_for_each_time_it_is_raised(yard: Yard) -> None:
    car = await yard.known()
    for alarms, ago in ((1, 9), (1, 8), (0, 7), (1, 6)):
        assert await car.result(Message.POSITION, position(now(ago), HERE, alarms=alarms)) == 0
    facts = await yard.ask(
        "SELECT payload->>'alarm', payload->>'device', scope FROM outbox WHERE topic = 'terminal.alarm'"
    )
    assert facts == [("sos", NUMBER, [yard.world.places["A"]])] * 2


async def test_after_logging_out_the_code_must_be_said_again(yard: Yard) -> None:
    car = await yard.known()
    assert await car.result(Message.LOGOUT) == 0
    assert await car.result(Message.POSITION, position(now(), HERE)) == 1


async def test_a_message_that_is_not_understood_is_said_to_be_so(yard: Yard) -> None:
    car = await yard.known()
    assert await car.result(0x0801, b"a picture") == 3
    await car.send(Message.TERMINAL_ANSWER, bytes(5))
    assert await car.result(Message.HEARTBEAT) == 0


async def test_an_encrypted_message_is_not_understood(yard: Yard) -> None:
    car = await yard.known()
    written = bytearray(framing.encode(Frame(Message.POSITION, NUMBER, 9))[1:-1])
    written[2] |= 0x04
    written[-1] ^= 0x04
    car.writer.write(b"\x7e" + bytes(written) + b"\x7e")
    assert (await car.told()).body[4] == 3


async def test_when_the_database_is_busy_nothing_is_answered_so_that_it_comes_again(
    yard: Yard, monkeypatch: pytest.MonkeyPatch
) -> None:
    car = await yard.known()

    async def busy(*_: object) -> None:
        raise TimeoutError

    monkeypatch.setattr("app.patrol.terminal.service.ingest.take", busy)
    await car.send(Message.POSITION, position(now(), HERE))
    assert await car.result(Message.HEARTBEAT) == 0


async def test_garbage_costs_its_sender_the_connection_and_nobody_else(yard: Yard) -> None:
    car = await yard.known()
    noise = random.Random(808)
    for size in (1, 100, 5000, 100_000):
        noisy = await yard.car()
        noisy.writer.write(noise.randbytes(size) + b"\x7e\x7d\x7e" * 30)
        assert await noisy.is_hung_up()
    assert await car.result(Message.POSITION, position(now(), HERE)) == 0


async def test_frames_of_noise_are_answered_or_not_but_never_crash(yard: Yard) -> None:
    noise = random.Random(1078)
    car = await yard.known()
    for _ in range(200):
        message = noise.choice([*Message, noise.randrange(65536)])
        await car.send(message, noise.randbytes(noise.randrange(80)), noise.choice([None, Part(2, noise.randrange(4))]))
    car.writer.write_eof()
    await car.is_hung_up()
    assert await (await yard.car()).authenticate(yard.device["key"]) in (0, 1)


async def test_a_stranger_is_hung_up_on(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "STRANGER_S", 0.2)
    stranger = await yard.car()
    assert await stranger.is_hung_up()


async def test_one_connection_too_many_is_hung_up_on(yard: Yard) -> None:
    yard.listener.most_connections = 1
    car = await yard.known()
    assert await (await yard.car()).is_hung_up()
    assert await car.result(Message.HEARTBEAT) == 0


async def test_closing_answers_what_is_being_stored_and_hangs_up(yard: Yard, monkeypatch: pytest.MonkeyPatch) -> None:
    listener = Listener(yard.world.database)
    car = await yard.car(port=await listener.open("127.0.0.1", 0))
    begun = asyncio.Event()

    async def slow(*_: object) -> None:
        begun.set()
        await asyncio.sleep(0.2)

    monkeypatch.setattr("app.patrol.terminal.service.ingest.take", slow)
    assert await car.authenticate(yard.device["key"]) == 0
    await car.send(Message.POSITION, position(now(), HERE))
    await begun.wait()
    await listener.close()
    assert (await car.told()).body[4] == 0
    assert await car.is_hung_up()
