"""A vehicle's terminal for tests: the bodies it sends, its end of a connection, and where it is on record."""

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from sqlalchemy import text

from app.patrol.terminal import framing
from app.patrol.terminal.framing import Frame, Part
from app.patrol.terminal.messages import BEIJING, Message
from app.patrol.terminal.server import Listener, next_frame
from tests.roster.world import World

NUMBER = "13800000001"


def position(
    at: datetime,
    place: tuple[float, float],
    *,
    tenths_kmh: int = 0,
    direction: int = 0,
    alarms: int = 0,
    has_fix: bool = True,
) -> bytes:
    """The body of a position."""
    lon, lat = place
    state = has_fix << 1 | (lat < 0) << 2 | (lon < 0) << 3
    when = bytes.fromhex(at.astimezone(BEIJING).strftime("%y%m%d%H%M%S"))
    north, east = round(abs(lat) * 1e6), round(abs(lon) * 1e6)
    return struct.pack(">IIIIHHH", alarms, state, north, east, 12, tenths_kmh, direction) + when


class Car:
    """A terminal that is connected."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: str, *, is_2019: bool = False
    ) -> None:
        self.reader, self.writer, self.number, self.is_2019, self.serial = reader, writer, number, is_2019, 0

    @classmethod
    async def at(cls, port: int, number: str, *, is_2019: bool = False) -> Self:
        """Connect."""
        return cls(*await asyncio.open_connection("127.0.0.1", port), number, is_2019=is_2019)

    async def send(self, message: int, body: bytes = b"", part: Part | None = None) -> None:
        """Send a message, or a part of one."""
        self.serial += 1
        self.writer.write(framing.encode(Frame(message, self.number, self.serial, body, self.is_2019, part=part)))
        await self.writer.drain()

    async def told(self) -> Frame:
        """What is said back."""
        async with asyncio.timeout(10):
            frame = await next_frame(self.reader)
        assert frame is not None
        return frame

    async def result(self, message: int, body: bytes = b"", part: Part | None = None) -> int:
        """Send a message, and the result in the general answer to it."""
        await self.send(message, body, part)
        answer = await self.told()
        assert (answer.message, answer.number, answer.is_2019) == (Message.ANSWER, self.number, self.is_2019)
        assert answer.body[:4] == struct.pack(">HH", self.serial, message)
        return answer.body[4]

    async def register(self) -> tuple[int, str]:
        """Register: the result, and the code that is given."""
        await self.send(Message.REGISTER, b"\x00\x20" + bytes(40))
        answer = await self.told()
        assert (answer.message, answer.body[:2]) == (Message.REGISTERED, self.serial.to_bytes(2))
        return answer.body[2], answer.body[3:].decode()

    async def authenticate(self, code: str) -> int:
        """Say the code as this edition says it."""
        said = code.encode()
        body = bytes([len(said)]) + said + bytes(35) if self.is_2019 else said
        return await self.result(Message.AUTHENTICATE, body)

    async def is_hung_up(self) -> bool:
        """Whether the other end closes the connection."""
        try:
            async with asyncio.timeout(10):
                return await self.reader.read() == b""
        except ConnectionError:
            return True


@dataclass
class Yard:
    """The district, the open port, and PA's vehicle's terminal on record."""

    world: World
    listener: Listener
    port: int
    device: dict[str, Any] = field(default_factory=dict)
    cars: list[Car] = field(default_factory=list)

    async def register_device(self) -> None:
        """Put the terminal on record."""
        body = {"code": NUMBER, "app": "jt808", "centre": "A", "patrol": "PA"}
        answer = await self.world.post("a_dispatcher", "/v1/devices", body)
        assert answer.status_code == 201, answer.text
        self.device = answer.json()

    async def car(self, number: str = NUMBER, port: int | None = None, *, is_2019: bool = False) -> Car:
        """The terminal, or another one, connected."""
        car = await Car.at(port or self.port, number, is_2019=is_2019)
        self.cars.append(car)
        return car

    async def leave(self) -> None:
        """Every car hangs up."""
        for car in self.cars:
            car.writer.close()
            with suppress(ConnectionError):
                await car.writer.wait_closed()

    async def known(self) -> Car:
        """The terminal, connected and known by its key."""
        car = await self.car()
        assert await car.authenticate(self.device["key"]) == 0
        return car

    async def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """What is stored."""
        async with self.world.database.read() as session:
            return [tuple(row) for row in await session.execute(text(sql))]

    async def stored(self) -> int:
        """How many positions are in the history."""
        ((count,),) = await self.ask("SELECT count(*) FROM position")
        assert isinstance(count, int)
        return count

    async def quarantined(self) -> dict[str, int]:
        """How many fixes were not kept, by reason."""
        return dict(await self.ask("SELECT reason, fixes FROM device_quarantine"))
