"""How pages of the log get from one process to others: through a JetStream of a NATS server, or not at all just now."""

import asyncio
import time
from collections.abc import Awaitable
from contextlib import suppress
from typing import Any, Protocol

import structlog

log = structlog.get_logger()
CONNECT_S, TRY_AGAIN_S = 2.0, 2.0
SILENT_S = 10.0
"""After so much silence the subscription is made anew: a server that was started again knows nothing of it."""
KEPT_S, KEPT_BYTES = 600, 64 * 1024 * 1024
WINDOW_S = 120
"""Within this time the same page sent twice is kept once."""


class Carrier(Protocol):
    """Carries messages to every process, in order if all is well; some may be lost, or come twice."""

    async def open(self) -> None:
        """Begin; never fails."""

    async def close(self) -> None:
        """End."""

    async def send(self, message: bytes, name: str) -> bool:
        """Send a message; the same name twice is the same message. Whether it is surely on its way."""

    async def receive(self, timeout_s: float) -> bytes | None:
        """The next message, or nothing in that time."""

    async def quit(self) -> None:
        """Receive no more, until asked again."""


class JetStream:
    """Messages through a stream in the memory of a NATS server; while the server is away there are none."""

    def __init__(self, url: str, subject: str) -> None:
        self.url, self.subject = url, subject
        self.stream = subject.replace(".", "_").upper()
        self._client: Any = None
        self._subscription: Any = None
        self._is_ready = False
        self._heard = 0.0
        self._failure = ""

    async def open(self) -> None:
        """Begin; the server is looked for when it is needed."""

    async def close(self) -> None:
        """Leave the server."""
        client, self._client, self._subscription = self._client, None, None
        if client is not None:
            await self._safely(client.close())

    async def send(self, message: bytes, name: str) -> bool:
        """Publish, and wait until the server has it."""
        if not self._is_ready and not await self._safely(self._made_ready()):
            return False
        headers = {"Nats-Msg-Id": name}
        publishing = self._client.jetstream().publish(self.subject, message, timeout=CONNECT_S, headers=headers)
        self._is_ready = await self._safely(publishing)  # a server that was started again has no stream
        return self._is_ready

    async def receive(self, timeout_s: float) -> bytes | None:
        """What comes; the way to the server is made, or made anew, where there is none."""
        begun = time.monotonic()
        if self._subscription is None and not await self._safely(self._subscribed()):
            await asyncio.sleep(max(0.0, timeout_s - (time.monotonic() - begun)))
            return None
        try:
            found = await self._subscription.next_msg(timeout=max(0.001, timeout_s - (time.monotonic() - begun)))
        except Exception as error:  # noqa: BLE001  # whatever it is, nothing came
            if not isinstance(error, TimeoutError) or time.monotonic() - self._heard > SILENT_S:
                await self.quit()
            return None
        self._heard = time.monotonic()
        return bytes(found.data)

    async def quit(self) -> None:
        """Receive no more, until asked again."""
        subscription, self._subscription, self._is_ready = self._subscription, None, False
        if subscription is not None:
            await self._safely(subscription.unsubscribe())

    async def _made_ready(self) -> None:
        """Connect, and make the stream unless it is there."""
        import nats  # noqa: PLC0415  # an extra: who shares no stream need not have it
        from nats.js.api import DiscardPolicy, StorageType, StreamConfig  # noqa: PLC0415  # the same

        if self._client is None or self._client.is_closed:
            ways = {"connect_timeout": int(CONNECT_S), "reconnect_time_wait": int(TRY_AGAIN_S)}
            self._client = await nats.connect(
                self.url, name="lianqin", max_reconnect_attempts=-1, error_cb=self._failed, **ways
            )
            log.info("the stream is shared", through=self._client.connected_url.hostname)
        config = StreamConfig(
            name=self.stream,
            subjects=[self.subject],
            max_age=KEPT_S,
            max_bytes=KEPT_BYTES,
            storage=StorageType.MEMORY,
            discard=DiscardPolicy.OLD,
            duplicate_window=WINDOW_S,
        )
        await self._client.jetstream(timeout=CONNECT_S).add_stream(config)
        self._is_ready, self._failure = True, ""

    async def _subscribed(self) -> None:
        from nats.js.api import DeliverPolicy  # noqa: PLC0415  # as above

        await self._made_ready()
        subscribing = self._client.jetstream(timeout=CONNECT_S).subscribe(
            self.subject, ordered_consumer=True, deliver_policy=DeliverPolicy.NEW
        )
        self._subscription, self._heard = await subscribing, time.monotonic()

    async def _failed(self, error: Exception) -> None:
        """Say once that there is no way to the server; the client tries on by itself."""
        said = type(error).__name__
        if said != self._failure:
            log.warning("nats", error=said)
        self._failure = said

    async def _safely(self, doing: Awaitable[Any]) -> bool:
        try:
            async with asyncio.timeout(2 * CONNECT_S):
                await doing
        except Exception as error:  # noqa: BLE001  # what cannot be carried is read from the database
            with suppress(Exception):
                await self._failed(error)
            return False
        return True
