"""How a request gets its answer: signed in, and sent again with the same key while the service cannot give one."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson

from app.replay.mapping import Unreadable
from app.replay.tally import Tally

BUSY = frozenset({429, 502, 503, 504})
STILL_RUNNING = "still-running"
LONGEST_WAIT_S = 30.0
TOKENS = "/v1/auth/token"


class SignInRefused(Unreadable):
    """The service does not know this account with this password, or this key."""


class GaveUp(Exception):
    """No answer after all tries; the cause of the last one."""


class Password(httpx.Auth):
    """An account with a password: signs in at the first request, and again whenever its token has run out."""

    def __init__(self, username: str, password: str) -> None:
        self.username, self._password = username, password
        self._token = ""
        self._signing_in = asyncio.Lock()

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request with a token that works."""
        tried = self._token
        if tried:
            request.headers["Authorization"] = f"Bearer {tried}"
            answer = yield request
            if answer.status_code != httpx.codes.UNAUTHORIZED:
                return
        async with self._signing_in:
            if self._token == tried:
                form = {"username": self.username, "password": self._password}
                answer = yield httpx.Request("POST", request.url.copy_with(raw_path=TOKENS.encode()), data=form)
                await answer.aread()
                self._token = self._given(answer)
        request.headers["Authorization"] = f"Bearer {self._token}"
        yield request

    def _given(self, answer: httpx.Response) -> str:
        if answer.status_code == httpx.codes.OK:
            return str(orjson.loads(answer.content)["access_token"])
        if answer.status_code in BUSY or answer.is_server_error:
            raise httpx.ReadError(f"signing in was answered with {answer.status_code}")
        raise SignInRefused(f"{self.username} cannot sign in: {problem(answer)}")


class Key(httpx.Auth):
    """An API key."""

    def __init__(self, key: str) -> None:
        self._key = key

    async def async_auth_flow(self, request: httpx.Request) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """The request with the key."""
        request.headers["X-API-Key"] = self._key
        yield request


@dataclass(frozen=True, slots=True)
class Letter:
    """A request that may be sent twice; `step` is what it is counted under."""

    step: str
    path: str
    body: dict[str, Any]
    key: str
    by: httpx.Auth
    based_on: int | None = None

    @property
    def headers(self) -> dict[str, str]:
        """What goes with the body."""
        told = {"Idempotency-Key": self.key, "Content-Type": "application/json"}
        return told if self.based_on is None else told | {"If-Match": f'"{self.based_on}"'}


class Courier:
    """Sends letters until they are answered."""

    def __init__(self, client: httpx.AsyncClient, tally: Tally, tries: int = 8, first_wait_s: float = 0.5) -> None:
        self.client, self.tally = client, tally
        self._tries, self._first_wait_s = tries, first_wait_s

    async def deliver(self, letter: Letter) -> httpx.Response:
        """The service's answer to a letter.

        Raises:
            GaveUp: there was none that counts, in all tries.
        """
        cause, asked_s = "", 0.0
        for nth in range(self._tries):
            if nth:
                self.tally.retries[cause] += 1
                await asyncio.sleep(self._wait_s(nth, asked_s))
            cause, asked_s, answer = await self._try(letter)
            if answer is not None:
                return answer
        raise GaveUp(cause)

    async def _try(self, letter: Letter) -> tuple[str, float, httpx.Response | None]:
        started = time.perf_counter()
        body = orjson.dumps(letter.body)
        try:
            answer = await self.client.post(letter.path, content=body, headers=letter.headers, auth=letter.by)
        except httpx.TransportError as error:
            return type(error).__name__, 0.0, None
        except SignInRefused:
            raise GaveUp("sign-in refused") from None
        self.tally.took(letter.step, time.perf_counter() - started)
        what = problem(answer)
        is_final = answer.status_code not in BUSY and what != STILL_RUNNING
        return what, _asked_s(answer), answer if is_final else None

    def _wait_s(self, nth: int, asked_s: float) -> float:
        longest = min(LONGEST_WAIT_S, self._first_wait_s * 2 ** (nth - 1))
        return min(asked_s, LONGEST_WAIT_S) + random.uniform(longest / 2, longest)  # noqa: S311  # spreads the load only


def problem(answer: httpx.Response) -> str:
    """The last part of a problem's type, else the status."""
    if answer.is_success:
        return ""
    try:
        return str(orjson.loads(answer.content)["type"]).rpartition("/")[2]
    except (ValueError, KeyError, TypeError):
        return f"status-{answer.status_code}"


def _asked_s(answer: httpx.Response) -> float:
    asked = answer.headers.get("Retry-After", "")
    return float(asked) if asked.isdecimal() else 0.0
