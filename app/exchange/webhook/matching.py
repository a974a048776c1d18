"""Which webhooks an entry of the log is for, and what of it leaves the house. Pure."""

from collections.abc import Iterable, Mapping
from typing import Any, Self
from uuid import UUID

from app.exchange.webhook.workflow import TESTED
from app.stream.workflow import Entry, Reach, Wanted

NOBODY = UUID(int=0)
WITHHELD = frozenset(
    {
        "absent", "account", "account_id", "accounts", "actor", "actor_id", "answer", "by", "contact", "crew",
        "display_name", "lat", "location", "lon", "members", "note", "officer", "officer_id", "officers", "phone",
        "position", "reason", "reporter", "reporter_id", "resolution_note", "to_officer", "username",
    }
)  # fmt: skip
"""Members of payloads that say who somebody is, where they are, or something in somebody's own words."""


class Subscription:
    """What one webhook gets: what its place may see by the stream's own rule, and of that what it asks for."""

    def __init__(self, row: Mapping[str, Any]) -> None:
        self.id: UUID = row["id"]
        self.reach = Reach(frozenset(row["centres"]), frozenset(row["departments"]), self.id)
        self.since_tx: int = row["since_tx"]
        area_id = row["area_id"]
        self.wanted = Wanted(tuple(row["topics"]), str(area_id) if area_id else None)
        of = row["narrowed"]
        self.department = Reach(frozenset(), frozenset(of), NOBODY) if of else None

    @property
    def places(self) -> frozenset[UUID]:
        """Whom an entry must name to be for it."""
        return self.reach.centres | self.reach.departments | {self.id}

    def sees(self, entry: Entry) -> bool:
        """Whether its place may see an entry now, and the department that it is narrowed to, if it is."""
        if entry.topic == TESTED:
            return self.id in entry.scope
        return entry.is_for(self.reach) and (self.department is None or entry.is_for(self.department))

    def gets(self, entry: Entry) -> bool:
        """Whether it sees an entry, and asked for it."""
        return self.sees(entry) and (entry.topic == TESTED or self.wanted.includes(entry))


class Subscriptions:
    """All of them, found by whom an entry names: however many there are, each entry is held against few."""

    def __init__(self, each: Iterable[Subscription]) -> None:
        self._by_place: dict[UUID, list[Subscription]] = {}
        for one in each:
            for place in one.places:
                self._by_place.setdefault(place, []).append(one)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, Any]]) -> Self:
        """Those in rows of the table."""
        return cls(map(Subscription, rows))

    def that_get(self, entry: Entry) -> list[UUID]:
        """The webhooks that an entry is for, when it comes."""
        near = {one.id: one for place in entry.scope for one in self._by_place.get(place, ())}
        return [one.id for one in near.values() if entry.place.tx >= one.since_tx and one.gets(entry)]


def body_of(entry: Entry) -> str:
    """An entry as webhooks send it: a StreamEvent without what is withheld."""
    return entry.data(_without(entry.payload)).decode()


def _without(part: Any) -> Any:
    if isinstance(part, dict):
        return {name: _without(value) for name, value in part.items() if name not in WITHHELD}
    return [_without(one) for one in part] if isinstance(part, list) else part
