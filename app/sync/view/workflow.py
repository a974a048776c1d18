"""The token: a signed list of what a phone holds, and where in the log it is; and what differs from what it should hold.

Pure. The token is the phone's own state, kept by the phone: the service remembers nothing of it, and any page of changes
may be asked for as often as one likes. Because it names what the phone holds, what is the phone's no more can be told.
"""

import hashlib
import hmac
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson

from app.stream.workflow import Place


class Kind(StrEnum):
    """What a phone holds, in the order in which it is told."""

    ME = "me"
    SETTINGS = "settings"
    WORKFLOW = "workflow"
    CATALOGUE = "catalogue"
    SHIFT = "shift"
    GROUND = "ground"
    CHECKPOINTS = "checkpoints"
    INCIDENT = "incident"


class Name(NamedTuple):
    """What one document is called."""

    kind: Kind
    id: UUID


KINDS = tuple(Kind)
ORDER = {kind: place for place, kind in enumerate(KINDS)}
FORM = 1
HEAD, HELD = struct.Struct(">B16sQQ"), struct.Struct(">B16s8s")
SEAL_BYTES, MARK_BYTES = 16, 8
Marks = dict[Name, bytes]
"""What a phone holds: of each document the beginning of its hash."""


def mark(document: bytes) -> bytes:
    """The beginning of a document's hash: 64 bits, by which the same document is told from another."""
    return hashlib.blake2b(document, digest_size=MARK_BYTES).digest()


def marks_of(documents: Mapping[Name, bytes]) -> Marks:
    """The marks of some documents."""
    return {name: mark(document) for name, document in documents.items()}


class Token(NamedTuple):
    """Whose phone, where in the log, and what it holds."""

    account_id: UUID
    place: Place
    held: Marks

    def sealed(self, secret: bytes) -> str:
        """As the phone keeps it; nobody else can make one."""
        parts = [HEAD.pack(FORM, self.account_id.bytes, self.place.tx, self.place.id)]
        parts += [HELD.pack(ORDER[name.kind], name.id.bytes, self.held[name]) for name in in_order(self.held)]
        body = b"".join(parts)
        return urlsafe_b64encode(body + _seal(secret, body)).decode().rstrip("=")

    @classmethod
    def opened(cls, text: str, secret: bytes) -> Self | None:
        """The token in a text; nothing if it is not one of ours."""
        try:
            sealed = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except (NotBase64, ValueError):
            return None
        body, seal = sealed[:-SEAL_BYTES], sealed[-SEAL_BYTES:]
        is_ours = hmac.compare_digest(seal, _seal(secret, body)) and body[:1] == bytes([FORM])
        if not is_ours:
            return None
        _, account, tx, id = HEAD.unpack_from(body)
        held = {
            Name(KINDS[kind], UUID(bytes=name)): marked for kind, name, marked in HELD.iter_unpack(body[HEAD.size :])
        }
        return cls(UUID(bytes=account), Place(tx, id), held)


def _seal(secret: bytes, body: bytes) -> bytes:
    key = hashlib.sha256(b"sync token\x00" + secret).digest()
    return hmac.new(key, body, hashlib.sha256).digest()[:SEAL_BYTES]


def in_order(names: Iterable[Name]) -> list[Name]:
    """What is general first, incidents last, each kind by its id."""
    return sorted(names, key=lambda name: (ORDER[name.kind], name.id))


class Change(StrEnum):
    """What becomes of a document on the phone. `deleted`: it is over; `lost`: it is not the phone's any more."""

    CREATED = "created"
    UPDATED = "updated"
    DELETED = "deleted"
    LOST = "lost"


class Difference(NamedTuple):
    """One document that a phone must take, or give up."""

    name: Name
    is_gone: bool
    is_new: bool


def differences(held: Marks, fresh: Marks) -> list[Difference]:
    """What a phone that holds the one must do to hold the other: give up first, then take."""
    gone = [Difference(name, is_gone=True, is_new=False) for name in in_order(held.keys() - fresh.keys())]
    other = in_order(name for name, marked in fresh.items() if held.get(name) != marked)
    return [*gone, *(Difference(name, is_gone=False, is_new=name not in held) for name in other)]


def after(held: Marks, fresh: Marks, taken: Iterable[Difference]) -> Marks:
    """What a phone holds that has taken these."""
    now = dict(held)
    for one in taken:
        if one.is_gone:
            del now[one.name]
        else:
            now[one.name] = fresh[one.name]
    return now


def etag(account_id: UUID, held: Marks) -> str:
    """The same for as long as an account would be given the same."""
    parts = [account_id.bytes, *(name.id.bytes + held[name] for name in in_order(held))]
    return f'"{hashlib.blake2b(b"".join(parts), digest_size=16).hexdigest()}"'


def written(document: Any) -> bytes:
    """A document as it is sent and marked: its members in order, so that the same says the same."""
    return orjson.dumps(document, option=orjson.OPT_SORT_KEYS, default=str)
