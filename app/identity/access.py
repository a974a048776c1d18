"""Who is calling, checked once a request, and what each route needs: a route that does not say stops the start."""

import base64
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Annotated, Any, ClassVar
from uuid import UUID

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.openapi.models import HTTPBearer
from fastapi.routing import APIRoute
from fastapi.security.base import SecurityBase
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from app.core.db import Database, Lane, Write
from app.core.ids import uuid7
from app.core.once import KeyHeader, KeyMissing, KeyReused, Once, StillRunning, fingerprinted
from app.core.problems import Problem, Unavailable, raises
from app.core.settings import Settings
from app.identity import service
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

ACTOR_LIFE_S = 2.0
"""A grant taken away works at most this long: the actor is read again after it."""
LEEWAY_S = 30
REMEMBERED = 10_000
TRIES, TRIES_WINDOW_S = 5, 300.0
ALGORITHM = "HS256"


class TooManyTries(Problem):
    """Too many wrong passwords for this username; wait before the next try."""

    status = 429
    headers: ClassVar[dict[str, str]] = {"Retry-After": "300"}


class Doorman:
    """What one process remembers of callers for a short while: verified tokens, actors, wrong passwords."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self._signing = OctKey.import_key(settings.secret.get_secret_value())
        self._registry = jwt.JWTClaimsRegistry(
            leeway=LEEWAY_S,
            iss={"essential": True, "value": settings.issuer},
            sub={"essential": True},
            exp={"essential": True},
        )
        self._tokens: OrderedDict[str, tuple[UUID, float]] = OrderedDict()
        self._actors: OrderedDict[str, tuple[Actor, float]] = OrderedDict()
        self._tries: OrderedDict[str, list[float]] = OrderedDict()
        self._marks: dict[UUID, str] = {}

    def access_token(self, account_id: UUID) -> str:
        """A signed token for this account, good for `access_token_s`."""
        at = int(time.time())
        claims = {
            "iss": self.settings.issuer,
            "sub": str(account_id),
            "iat": at,
            "exp": at + self.settings.access_token_s,
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._signing, algorithms=[ALGORITHM])

    async def caller(self, token: str | None, key: str | None) -> Actor:
        """The caller behind a token or a key.

        Raises:
            NotSignedIn: there is neither, or it is wrong, expired or revoked.
        """
        if token:
            account_id = self._verified(token)
            return await self._actor(str(account_id), lambda lane: service.actor(lane, account_id))
        if key:
            return await self._actor(key, lambda lane: service.actor_of_key(lane, key))
        raise NotSignedIn

    def _verified(self, token: str) -> UUID:
        known = self._tokens.get(token)
        if known is not None and known[1] > time.time():
            return known[0]
        try:
            claims = jwt.decode(token, self._signing, algorithms=[ALGORITHM]).claims
            self._registry.validate(claims)
            account_id = UUID(str(claims["sub"]))
        except (JoseError, ValueError):
            raise NotSignedIn("The token is not valid.") from None
        _remember(self._tokens, token, (account_id, float(claims["exp"]) + LEEWAY_S))
        return account_id

    async def _actor(self, name: str, load: Callable[[Lane], Awaitable[Actor | None]]) -> Actor:
        known = self._actors.get(name)
        if known is not None and known[1] > time.monotonic():
            return known[0]
        async with self.database.read_lane() as lane:
            found = await load(lane)
        if found is None:
            self._actors.pop(name, None)
            raise NotSignedIn
        _remember(self._actors, name, (found, time.monotonic() + ACTOR_LIFE_S))
        return found

    async def renew(self, account_ids: Collection[UUID]) -> None:
        """Look at many accounts at once: those unchanged are remembered on, all others read again when they come."""
        async with self.database.read_lane() as lane:
            found = await service.marks(lane, account_ids)
        for account_id in account_ids:
            name, mark = str(account_id), found.get(account_id)
            known = self._actors.get(name)
            # A mark is older than the actor that was read after it: a change between the two shows next time.
            if known is not None and mark is not None and self._marks.get(account_id) == mark:
                _remember(self._actors, name, (known[0], time.monotonic() + ACTOR_LIFE_S))
            else:
                self._actors.pop(name, None)
            self._marks[account_id] = mark or ""
        self._marks = {one: mark for one, mark in self._marks.items() if one in account_ids}

    def forget(self) -> None:
        """Read every actor again at its next request."""
        self._actors.clear()

    def may_try(self, username: str) -> None:
        """Refuse another password for a username after too many wrong ones."""
        recent = [at for at in self._tries.get(username, []) if at > time.monotonic() - TRIES_WINDOW_S]
        if len(recent) >= TRIES:
            raise TooManyTries

    def tried(self, username: str, *, good: bool) -> None:
        """Remember a try."""
        if good:
            self._tries.pop(username, None)
        else:
            _remember(self._tries, username, [*self._tries.get(username, [])[-TRIES:], time.monotonic()])


def _remember(store: OrderedDict[str, Any], name: str, value: Any) -> None:
    store[name] = value
    store.move_to_end(name)
    if len(store) > REMEMBERED:
        store.popitem(last=False)


def doorman(request: Request) -> Doorman:
    """The process's doorman."""
    found: Doorman = request.app.state.doorman
    return found


def bearer_and_key(request: Request) -> tuple[str | None, str | None]:
    """What the headers show at the door: a token, a key."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None, request.headers.get("x-api-key")


def basic_password(request: Request) -> str | None:
    """The password of HTTP Basic, which is a key where clients can send no other; nothing where there is none."""
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(coded, validate=True).decode().partition(":")[2] or None
    except ValueError:  # not of that alphabet, or no text
        return None


class Declared:
    """What says who a route is for: each route depends on one."""


class Needs(SecurityBase, Declared):
    """The rights a route needs; all of them. It reads the two headers itself: a dependency each would cost more."""

    model = HTTPBearer(description="The access token of POST /v1/auth/token.")
    scheme_name = "token"

    def __init__(self, *rights: Right) -> None:
        self.rights = frozenset(rights)
        raises(NotSignedIn, Unavailable, *([Forbidden] if rights else []))(self)

    async def __call__(self, request: Request) -> Actor:
        """The caller, if it has these rights."""
        actor = await doorman(request).caller(*self.shown(request))
        if missing := self.rights - actor.rights:
            raise Forbidden("Your roles do not include this.", missing_rights=sorted(missing))
        request.state.actor = actor
        return actor

    def shown(self, request: Request) -> tuple[str | None, str | None]:
        """The token and the key that the caller shows."""
        return bearer_and_key(request)


class Public(Declared):
    """Says that a route is for everybody."""

    async def __call__(self, request: Request) -> None:
        """Let everybody in."""


def needs(*rights: Right) -> Any:
    """Declare beside a route's caller which rights it needs."""
    return Depends(Needs(*rights))


public = Depends(Public())
"""Declare a route for everybody: `dependencies=[public]`."""


@raises(KeyMissing, KeyReused, StillRunning)
async def once(request: Request, session: Write, idempotency_key: KeyHeader = None) -> Once:
    """The request's key, after answering a repeat from store. Comes after the caller in a route's parameters."""
    key = await fingerprinted(request, request.state.actor.account_id, idempotency_key)
    await key.replay(session)
    return key


OnceKey = Annotated[Once, Depends(once)]


@raises(KeyMissing, KeyReused, StillRunning)
async def once_hot(request: Request, idempotency_key: KeyHeader = None) -> Once:
    """The request's key for a hot path, whose reading statement looks for a stored answer itself."""
    return await fingerprinted(request, request.state.actor.account_id, idempotency_key)


HotKey = Annotated[Once, Depends(once_hot)]


@raises(KeyMissing, KeyReused, StillRunning)
async def once_or_new(request: Request, idempotency_key: KeyHeader = None) -> Once:
    """The key of a change that its version makes safe to send twice: one is made where none is given."""
    return await fingerprinted(request, request.state.actor.account_id, idempotency_key or str(uuid7()))


OwnKey = Annotated[Once, Depends(once_or_new)]


def undeclared(routes: Iterable[APIRoute]) -> list[str]:
    """The routes that do not say what they need."""
    return [f"{sorted(route.methods or ())} {route.path}" for route in routes if not _declares(route.dependant)]


def _declares(dependant: Dependant) -> bool:
    return any(isinstance(d.call, Declared) or _declares(d) for d in dependant.dependencies)
