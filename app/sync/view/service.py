"""Giving a phone what it needs for a shift, and later what has changed of it."""

from collections.abc import Collection
from datetime import timedelta
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import orjson

from app.core.db import Database
from app.core.problems import Problem
from app.identity.workflow import Actor
from app.incident.queries import sight
from app.stream import queries as log
from app.stream.service import UNKNOWN, lost
from app.stream.workflow import Place
from app.sync.view import queries
from app.sync.view.documents import Documents, of_duty, of_incidents
from app.sync.view.workflow import (
    Change,
    Difference,
    Kind,
    Marks,
    Token,
    after,
    differences,
    etag,
    marks_of,
)


class TokenGone(Problem):
    """The token is not this caller's, or older than the log: take a new bundle."""

    status = 410
    members: ClassVar[dict[str, Any]] = {"reason": "too_old"}


class Fresh(NamedTuple):
    """What a phone is to hold now: the documents, their marks, and a place in the log that they are not behind."""

    documents: Documents
    marks: Marks
    place: Place


async def _fresh(database: Database, caller: Actor, ends: Any) -> Fresh:
    async with database.read() as session:
        documents = await of_duty(session, caller)
    async with database.read_lane() as lane:
        documents |= await of_incidents(lane, caller)
    return Fresh(documents, marks_of(documents), Place(ends["horizon"], 0))


async def _ends(database: Database) -> Any:
    """Where the log begins and ends. Read first: what is committed meanwhile is then in both, never in neither."""
    async with database.read_lane() as lane:
        return await log.ENDS.row(lane, keep=timedelta(hours=database.settings.stream_keep_hours))


async def bundle(database: Database, caller: Actor) -> tuple[bytes, str]:
    """Everything, as JSON, and its ETag."""
    fresh = await _fresh(database, caller, await _ends(database))
    by_kind: dict[str, dict[str, Any]] = {kind.value: {} for kind in Kind}
    for name, document in fresh.documents.items():
        by_kind[name.kind][str(name.id)] = orjson.Fragment(document)
    token = _sealed(database, Token(caller.account_id, fresh.place, fresh.marks))
    body = orjson.dumps({"token": token, "feed": str(fresh.place), "documents": by_kind})
    return body, etag(caller.account_id, fresh.marks)


async def changes(database: Database, caller: Actor, since: str, limit: int) -> bytes:
    """The first so many differences between what the phone holds and what it is to hold, as JSON.

    Raises:
        TokenGone: the token is somebody else's, or none, or the log does not reach back to it.
    """
    ends = await _ends(database)
    token = Token.opened(since, _secret(database))
    if token is None or token.account_id != caller.account_id:
        raise TokenGone(reason=UNKNOWN)
    why = lost(ends, token.place)
    if why is not None:
        raise TokenGone(reason=why)
    fresh = await _fresh(database, caller, ends)
    due = differences(token.held, fresh.marks)
    told, more = due[:limit], len(due) > limit
    place = token.place if more else fresh.place
    following = Token(caller.account_id, place, after(token.held, fresh.marks, told))
    over = await _over(database, caller, [one.name.id for one in told if one.is_gone])
    body = {
        "token": _sealed(database, following),
        "feed": str(place),
        "more": more,
        "changes": [_shown(one, fresh.documents, over) for one in told],
    }
    return orjson.dumps(body)


def _shown(one: Difference, documents: Documents, over: Collection[UUID]) -> dict[str, Any]:
    named = {"kind": one.name.kind.value, "id": str(one.name.id)}
    if one.is_gone:
        return named | {"change": Change.DELETED if one.name.id in over else Change.LOST, "document": None}
    change = Change.CREATED if one.is_new else Change.UPDATED
    return named | {"change": change, "document": orjson.Fragment(documents[one.name])}


async def _over(database: Database, caller: Actor, gone: list[UUID]) -> set[UUID]:
    """Those that have ended, as far as the caller sees them; of the rest nothing is said but that they are gone."""
    if not gone:
        return set()
    async with database.read_lane() as lane:
        return {row["id"] for row in await queries.OVER.rows(lane, ids=gone, **sight(caller))}


def _secret(database: Database) -> bytes:
    return database.settings.secret.get_secret_value().encode()


def _sealed(database: Database, token: Token) -> str:
    return token.sealed(_secret(database))
