"""Writes that are safe to send twice: the answer to an Idempotency-Key is stored with its effect, byte for byte."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar
from uuid import UUID

import orjson
from fastapi import Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import DateTime, ForeignKey, Index, LargeBinary, SmallInteger, delete, func, select, tuple_
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base
from app.core.problems import Conflict, Problem, VersionMissing, VersionStale, constraint_means, raises

MAX_KEY = 255


class StoredAnswer(Base):
    """The first answer to one principal's key. Kept at least 30 days: a phone may lie in a locker that long."""

    __tablename__ = "stored_answer"
    __table_args__ = (Index("stored_answer_created_at", "created_at"),)

    principal_id: Mapped[UUID] = mapped_column(PgUUID(as_uuid=True), ForeignKey("account.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[int] = mapped_column(SmallInteger)
    etag: Mapped[str | None]
    body: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(DateTime(timezone=True), server_default=func.now())


class KeyMissing(Problem):
    """This path needs an Idempotency-Key of 1 to 255 characters, so that it is safe to send twice."""

    status = 400


class KeyReused(Problem):
    """The Idempotency-Key was used before with another request."""

    status = 422


class StillRunning(Conflict):
    """A request with this Idempotency-Key is being carried out now."""

    headers: ClassVar[dict[str, str]] = {"Retry-After": "1"}


class Replay(Exception):  # not an error: it carries the stored answer past the use case
    """The key has an answer already."""

    def __init__(self, answer: Response) -> None:
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Once:
    """One principal's key and the fingerprint of the request it came with."""

    principal_id: UUID
    key: str
    fingerprint: bytes

    def check(self, fingerprint: bytes) -> None:
        """Refuse a key that belongs to another request."""
        if fingerprint != self.fingerprint:
            raise KeyReused

    async def replay(self, session: AsyncSession) -> None:
        """Raise `Replay` if the key has an answer, `StillRunning` if it is worked on now; else hold it till commit."""
        held = await session.scalar(select(func.pg_try_advisory_xact_lock(self.lock)))
        if not held:
            raise StillRunning
        stored = await session.get(StoredAnswer, (self.principal_id, self.key))
        if stored is not None:
            self.check(stored.fingerprint)
            raise Replay(answer(stored.body.encode(), stored.status, stored.etag))

    @property
    def lock(self) -> int:
        """The number of the lock that holds this key."""
        return int.from_bytes(hashlib.sha256(self.principal_id.bytes + self.key.encode()).digest()[:8], signed=True)

    async def reply(
        self, session: AsyncSession, body: BaseModel, status: int = 200, *, stored: BaseModel | None = None
    ) -> Response:
        """The answer, stored with the effect (`stored` instead, where it holds a secret). Its `version` is the ETag."""
        version = getattr(body, "version", None)
        etag = None if version is None else f'"{version}"'
        session.add(
            StoredAnswer(
                principal_id=self.principal_id,
                key=self.key,
                fingerprint=self.fingerprint,
                status=status,
                etag=etag,
                body=(stored or body).model_dump_json(),
            )
        )
        await session.flush()
        return answer(body.model_dump_json().encode(), status, etag)


constraint_means("stored_answer_pkey", StillRunning())

KeyHeader = Annotated[str | None, Header(alias="Idempotency-Key", description="Makes the request safe to send twice.")]


async def fingerprinted(request: Request, principal_id: UUID, key: str | None) -> Once:
    """The key of a request with the fingerprint of method, path and canonical body."""
    return keyed(request, principal_id, key, _canonical(await request.body()))


def keyed(request: Request, principal_id: UUID, key: str | None, content: bytes) -> Once:
    """The key of a request with the fingerprint of method, path and content, whatever form the content came in."""
    if not key or len(key) > MAX_KEY:
        raise KeyMissing
    digest = hashlib.sha256(f"{request.method} {request.url.path}\n".encode())
    digest.update(content)
    return Once(principal_id, key, digest.digest())


def _canonical(body: bytes) -> bytes:
    try:
        return orjson.dumps(orjson.loads(body), option=orjson.OPT_SORT_KEYS)
    except orjson.JSONDecodeError:
        return body


def answer(body: bytes, status: int, etag: str | None) -> Response:
    """A JSON answer from finished bytes."""
    headers = {} if etag is None else {"ETag": etag}
    return Response(body, status, headers, media_type="application/json")


ANY_VERSION = -1


@raises(VersionMissing, VersionStale)
async def base_version(
    if_match: Annotated[str | None, Header(description="The ETag the change is based on, or `*`.")] = None,
) -> int:
    """The version a change is based on; `ANY_VERSION` for `*`."""
    if if_match is None:
        raise VersionMissing
    if if_match.strip() == "*":
        return ANY_VERSION
    digits = if_match.strip().removeprefix("W/").strip('"')
    if not digits.isdecimal() or len(digits) > 9:  # noqa: PLR2004  # a version is a 32-bit number
        raise VersionStale
    return int(digits)


def require_version(based_on: int, version: int, **extra: Any) -> None:
    """Refuse a change that is based on another version than the stored one."""
    if based_on not in (ANY_VERSION, version):
        raise VersionStale(version=version, **extra)


async def forget(session: AsyncSession, keep: timedelta, batch: int) -> int:
    """Delete the oldest answers that are past their time; says how many."""
    a = StoredAnswer
    old = select(a.principal_id, a.key).where(a.created_at < func.now() - keep).order_by(a.created_at).limit(batch)
    gone = await session.execute(delete(a).where(tuple_(a.principal_id, a.key).in_(old)).returning(a.key))
    return len(gone.all())
