"""The process for terminals: off without a port, and stopped cleanly."""

import asyncio

import pytest

from app import terminals
from app.core.settings import Settings
from tests.patrol.terminal.car import Car, Yard


async def test_without_a_port_there_is_no_process(settings: Settings) -> None:
    with pytest.raises(SystemExit, match="LIANQIN_JT808_PORT"):
        await terminals.listen(settings, asyncio.Event())


async def test_terminals_are_served_until_the_process_is_told_to_stop(yard: Yard, unused_tcp_port: int) -> None:
    stop = asyncio.Event()
    settings = yard.world.database.settings.model_copy(update={"jt808_port": unused_tcp_port})
    process = asyncio.create_task(terminals.listen(settings, stop))
    car = await _connected(yard, unused_tcp_port)
    assert await car.authenticate(yard.device["key"]) == 0
    stop.set()
    await asyncio.wait_for(process, 10)
    assert await car.is_hung_up()


async def _connected(yard: Yard, port: int) -> Car:
    """The terminal, connected as soon as somebody listens."""
    async with asyncio.timeout(20):
        while True:
            try:
                return await yard.car(port=port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.05)
