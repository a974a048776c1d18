"""What is said to a vehicle's terminal: who it is, what of it is stored, and the answer it needs."""

from dataclasses import dataclass, field

import structlog

from app.core.db import Database
from app.core.faults import BUSY
from app.core.problems import Problem
from app.patrol.device import queries as devices
from app.patrol.device.service import fits, pair
from app.patrol.ingest import service as ingest
from app.patrol.ingest.access import Terms
from app.patrol.terminal import messages
from app.patrol.terminal.framing import Frame, encode
from app.patrol.terminal.messages import Message, Registration, Result

log = structlog.get_logger()
MOST_PARTS = 64
"""Parts of one long message: more than a day of positions in 64 KiB."""


@dataclass(slots=True)
class Talk:
    """One connection with one terminal. It may do nothing but register until it has said its code.

    The code is looked at again with each message, so that a key that was ended ends here too.
    """

    database: Database
    terms: Terms
    number: str | None = None
    code: str = ""
    serial: int = 0
    alarms: frozenset[str] = frozenset()
    parts: dict[int, bytes] = field(default_factory=dict)

    async def answer(self, frame: Frame) -> bytes | None:
        """The bytes to send back; nothing where an answer is not due, or the terminal shall send the same again."""
        if frame.message == Message.TERMINAL_ANSWER:
            return None
        try:
            if frame.message == Message.REGISTER:
                return await self._register(frame)
            return self._say(frame, await self._do(frame))
        except BUSY as error:
            log.warning("terminal_not_answered", error=type(error).__name__)
            return None

    async def _do(self, frame: Frame) -> Result:
        body = Result.UNSUPPORTED if frame.is_encrypted else self._whole(frame)
        if not isinstance(body, bytes):
            return body
        match frame.message:
            case Message.AUTHENTICATE:
                return await self._authenticate(frame, body)
            case Message.HEARTBEAT:
                return Result.DONE if frame.number == self.number else Result.FAILED
            case Message.POSITION | Message.POSITIONS:
                return await self._store(frame, body)
            case Message.LOGOUT:
                self.number = None
                return Result.DONE
            case _:
                return Result.UNSUPPORTED

    async def _register(self, frame: Frame) -> bytes:
        """Give a terminal that was never heard of its code; one that was keeps the code it has."""
        async with self.database.position_lane() as lane:
            device = await devices.BY_NUMBER.row(lane, code=frame.number)
            secret = None if device is None else await pair(lane, device["id"])
        result = Registration.DONE if secret else Registration.TERMINAL_TAKEN
        result = Registration.UNKNOWN_TERMINAL if device is None else result
        return self._send(frame, Message.REGISTERED, messages.registered(frame.serial, result, secret or ""))

    async def _authenticate(self, frame: Frame, body: bytes) -> Result:
        code = messages.code(body, is_2019=frame.is_2019)
        async with self.database.position_lane() as lane:
            device = await devices.BY_NUMBER.row(lane, code=frame.number)
            if device is None or not fits(code, device["key_sha256"]):
                return Result.FAILED
            if device["key_revoked_at"] or not device["is_active"]:
                return Result.FAILED
            await devices.SEEN.row(lane, device_id=device["id"])
        self.number, self.code = frame.number, code
        return Result.DONE

    async def _store(self, frame: Frame, body: bytes) -> Result:
        if self.number is None or frame.number != self.number:
            return Result.FAILED
        upload = messages.positions(frame.message, body)
        raised, upload.alarms = frozenset(upload.alarms), upload.alarms - self.alarms
        try:
            async with self.database.position_lane() as lane:
                device = await devices.BY_NUMBER.row(lane, code=self.number)
                await ingest.take(lane, self.terms, device, self.code, upload)
        except Problem:
            self.number = None
            return Result.FAILED
        self.alarms = raised
        self.parts.clear()
        return Result.DONE

    def _whole(self, frame: Frame) -> bytes | Result:
        """The whole body of a message: its parts joined once all are there; each before that is answered as done."""
        if frame.part is None:
            return frame.body
        if frame.part.index <= 1:
            self.parts.clear()
        if not 1 <= frame.part.index <= frame.part.total <= MOST_PARTS:
            return Result.WRONG
        self.parts[frame.part.index] = frame.body
        is_whole = len(self.parts) == frame.part.total
        return b"".join(self.parts[index] for index in sorted(self.parts)) if is_whole else Result.DONE

    def _say(self, frame: Frame, result: Result) -> bytes:
        return self._send(frame, Message.ANSWER, messages.answer(frame.serial, frame.message, result))

    def _send(self, frame: Frame, message: Message, body: bytes) -> bytes:
        self.serial = (self.serial + 1) & 0xFFFF
        return encode(Frame(message, frame.number, self.serial, body, is_2019=frame.is_2019))
