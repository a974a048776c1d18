"""Where a reader is in the log, which entries it gets, and how they look on the wire."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple, Self
from uuid import UUID

import orjson

from app.core.time import rfc3339
from app.identity.workflow import Actor

DIGITS = re.compile(r"[0-9]{1,19}")
BIGGEST = 2**63 - 1
NOBODY = UUID(int=0)
RETRY_MS = 3000
WELCOME = f"retry: {RETRY_MS}\n".encode()


class Place(NamedTuple):
    """A place in the log: a transaction and an entry of it. Places compare in the order of the log."""

    tx: int
    id: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The place written `tx-id`; nothing if it is not one."""
        tx, _, entry = text.partition("-")
        if not (DIGITS.fullmatch(tx) and DIGITS.fullmatch(entry)):
            return None
        place = cls(int(tx), int(entry))
        return place if max(place) <= BIGGEST else None

    def __str__(self) -> str:
        return f"{self.tx}-{self.id}"


class Reach(NamedTuple):
    """For whom entries are: the centres and departments a reader looks after, and the account itself."""

    centres: frozenset[UUID]
    departments: frozenset[UUID]
    account_id: UUID

    @classmethod
    def of(cls, actor: Actor) -> Self:
        """The reach of a caller."""
        return cls(frozenset(actor.incident_centres), frozenset(actor.incident_departments), actor.account_id)


class Entry:
    """One fact of the log; its bytes are made once, whoever reads them.

    `scope` names whom it is for: organisations, or an account. One about an incident is only for those of them who
    still see that, and as well for the people whose own the incident is, where it is for all at its home.
    """

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.row = row
        self.place = Place(row["tx"], row["id"])
        self.topic: str = row["topic"]
        self.scope: frozenset[UUID] = frozenset(row["scope"])
        self.home_id: UUID | None = row["home_id"]
        self._departments: frozenset[UUID] = frozenset(row["departments"] or ())
        self._people: frozenset[UUID] = frozenset(row["people"] or ())

    def is_for(self, reader: Reach) -> bool:
        """Whether a reader of this reach gets it."""
        own = reader.account_id in self._people
        places = not (reader.centres.isdisjoint(self.scope) and reader.departments.isdisjoint(self.scope))
        named = places or reader.account_id in self.scope or (own and self.home_id in self.scope)
        return named and (self.home_id is None or own or self._is_at(reader))

    def _is_at(self, reader: Reach) -> bool:
        """Whether the incident is at a centre of the reader, or open to a department of theirs."""
        return self.home_id in reader.centres or not reader.departments.isdisjoint(self._departments)

    @property
    def at(self) -> datetime:
        """When it happened."""
        found: datetime = self.row["at"]
        return found

    @property
    def incident_id(self) -> UUID | None:
        """The incident it is about, if it is about one."""
        found: UUID | None = self.row["incident_id"]
        return found

    @property
    def subject_id(self) -> UUID:
        """What it is a fact about."""
        found: UUID = self.row["subject_id"]
        return found

    @property
    def about_id(self) -> UUID:
        """The incident it is about, or else its subject."""
        return self.incident_id or self.subject_id

    @property
    def persons(self) -> frozenset[UUID]:
        """Accounts that may get it as a person; organisations that it is for are among them."""
        return self.scope | self._people

    @cached_property
    def payload(self) -> dict[str, Any]:
        """What it says."""
        found: dict[str, Any] = orjson.loads(self.row["payload"])
        return found

    @cached_property
    def areas(self) -> frozenset[str]:
        """The areas it lies in, innermost to outermost; none when it has no place on the ground."""
        return frozenset(self.payload.get("area_lineage") or ())

    def data(self, payload: Any) -> bytes:
        """The entry as a StreamEvent that says this."""
        row = self.row
        body = {
            "id": str(self.place),
            "topic": self.topic,
            "at": rfc3339(row["at"]),
            "subject_id": row["subject_id"],
            "subject_version": row["subject_version"],
            "payload": payload,
        }
        # The driver's UUID is a subclass, which orjson hands to `default`; JSON holds no line break to escape.
        return orjson.dumps(body, default=str)

    @cached_property
    def block(self) -> bytes:
        """The entry as it is sent."""
        data = self.data(orjson.Fragment(self.row["payload"]))
        return b"id: %s\nevent: %s\ndata: %s\n\n" % (str(self.place).encode(), self.topic.encode(), data)


class Page(NamedTuple):
    """Entries in the order of the log, and the place up to which nothing is left out."""

    entries: list[Entry]
    place: Place
    is_last: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader asked for: topics by prefix (none: all), and an area."""

    topics: tuple[str, ...] = ()
    area_id: str | None = None

    def includes(self, entry: Entry) -> bool:
        """Whether an entry is asked for. With an area, what lies nowhere is not."""
        by_topic = not self.topics or any(entry.topic == t or entry.topic.startswith(f"{t}.") for t in self.topics)
        return by_topic and (self.area_id is None or self.area_id in entry.areas)


class View(NamedTuple):
    """What a reader of the log sees of it, and wants."""

    reach: Reach
    wanted: Wanted = Wanted()

    @property
    def account_id(self) -> UUID:
        """The reader."""
        return self.reach.account_id

    def shared(self) -> Self:
        """The same for nobody in particular."""
        return self._replace(reach=self.reach._replace(account_id=NOBODY))


def rendered(entries: Sequence[Entry], view: View) -> tuple[bytes, int]:
    """Those of the entries that a reader gets, as they are sent, and how many they are."""
    reach, wanted = view
    blocks = [entry.block for entry in entries if entry.is_for(reach) and wanted.includes(entry)]
    return b"".join(blocks), len(blocks)


def mark(place: Place) -> bytes:
    """A comment that keeps the connection and moves the reader's `Last-Event-ID` on, though nothing came for it."""
    return b": heartbeat\nid: %s\n\n" % str(place).encode()


def reset(place: Place, reason: str) -> bytes:
    """The event that says: what you know may be incomplete, read everything again; from here on nothing is missed."""
    return b'id: %s\nevent: reset\ndata: {"reason":"%s"}\n\n' % (str(place).encode(), reason.encode())


def farewell(reason: str) -> bytes:
    """A comment why the stream ends, and when to come back."""
    return b": %s\nretry: %d\n\n" % (reason.encode(), RETRY_MS)
