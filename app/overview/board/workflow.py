"""What stands on a board, who sees it there, and which facts of the log touch it. Nothing here reads or writes."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import IntEnum
from typing import Any, NamedTuple, Self
from uuid import UUID

from app.identity.workflow import Actor
from app.stream.workflow import NOBODY, Entry, Place

NOWHERE, BEFORE_ALL = Place(0, 0), Place(-1, 0)
"""The place of what is not in the log, and one before every place."""


class Kind(IntEnum):
    """What stands on a board, in the order in which it is read."""

    INCIDENT = 1
    PATROL = 2
    POSITION = 3
    SOS = 4
    WELFARE = 5
    VOID = 6


class By(IntEnum):
    """By what a fact of the log names what it touches."""

    INCIDENT = 1
    CREW = 2
    SOS = 3
    WELFARE = 4
    VOID = 5
    MINIMUM = 6


K = Kind
TOUCHES: dict[str, tuple[tuple[By, str | None], ...]] = {
    #  noun of the topic      what it touches, by which member of the payload (none: the fact's own subject)
    "incident":              ((By.INCIDENT, None),),
    "assignment":            ((By.INCIDENT, "incident_id"), (By.CREW, "patrol_id")),
    "clock":                 ((By.INCIDENT, "incident_id"),),
    "request":               ((By.INCIDENT, "incident_id"),),
    "summons":               ((By.INCIDENT, "incident_id"),),
    "supervision":           ((By.INCIDENT, "incident_id"),),
    "task":                  ((By.INCIDENT, "incident_id"),),
    "whistle":               ((By.INCIDENT, "incident_id"),),
    "patrol":                ((By.CREW, None),),
    "shift":                 ((By.CREW, "patrol_id"),),
    "sos":                   ((By.SOS, None),),
    "welfare":               ((By.WELFARE, None),),
    "coverage_void":         ((By.VOID, None),),
    "coverage_minimum":      ((By.MINIMUM, None),),
}  # fmt: skip
"""A crew's fact touches its patrol, and all that its people see as its crew: incidents, calls for help, checks."""
BESIDE: dict[str, str] = {
    "appeal": "what was, not what is open",
    "area": "items name areas by id alone",
    "beat": "items name beats by their code, which stays",
    "calendar": "limits that run keep their ends",
    "category_scheme": "an incident keeps its category",
    "centre": "items name centres by their code, which stays; who sees what is looked at again every few seconds",
    "checkpoint": "no item shows checkpoints",
    "competence": "no item shows competences",
    "department": "items name departments by their code, which stays",
    "device": "no item shows devices",
    "grid_plan": "an incident keeps its cell",
    "handover": "what it changes is told by the facts of the work itself",
    "late_report": "what came too late changed nothing",
    "leave": "who is away is no longer aboard",
    "notice": "notices have their inbox",
    "officer": "items name officers by their number, which stays",
    "policy": "what a ladder does is told by the facts of the clocks",
    "roster": "a board shows who is on duty, not who is planned",
    "routing": "what rules do is told by the facts of the incidents",
    "secondment": "whose people are aboard is told by the facts of the shifts",
    "share": "what others are shown is in their shares",
    "shift_template": "a board shows who is on duty, not who is planned",
    "swap": "who sits where is told by the facts of the shifts",
    "team": "no item shows services",
    "warning": "warnings have their own list",
    "webhook": "no item shows webhooks",
    "wish": "wishes have their own list",
    "terminal": "what an alarm leads to is told by its own facts",
}
"""Nouns that touch nothing on a board, and why."""

Touched = dict[tuple[By, UUID], Place]


def touched(entries: Iterable[Entry]) -> Touched:
    """What these facts touch, each with the place of the last one that did."""
    found: Touched = {}
    for entry in entries:
        for by, member in TOUCHES.get(entry.topic.partition(".")[0], ()):
            named = entry.subject_id if member is None else entry.payload.get(member)
            if named is not None:
                found[by, UUID(str(named))] = entry.place
    return found


class Sight(NamedTuple):
    """What one reader of boards sees, and wants of it."""

    incident_centres: frozenset[UUID]
    incident_departments: frozenset[UUID]
    centres: frozenset[UUID]
    departments: frozenset[UUID]
    account_id: UUID
    kinds: frozenset[Kind] = frozenset(Kind)
    area_id: UUID | None = None

    @classmethod
    def of(cls, actor: Actor, kinds: frozenset[Kind], area_id: UUID | None) -> Self:
        """The sight of a caller."""
        incidents = frozenset(actor.incident_centres), frozenset(actor.incident_departments)
        duty = frozenset(actor.centres), frozenset(actor.departments)
        return cls(*incidents, *duty, actor.account_id, kinds, area_id)

    def shared(self) -> Self:
        """The same for nobody in particular."""
        return self._replace(account_id=NOBODY)


class Key(NamedTuple):
    """Which item of a board."""

    kind: Kind
    id: UUID


class Item(NamedTuple):
    """One item: who sees it, the areas it lies in, since when it is as it is, and its JSON.

    Incidents are seen as incidents are, all else as duty is. `until` is when somebody's sight of it ends by itself.
    """

    key: Key
    centre_id: UUID
    departments: frozenset[UUID]
    people: frozenset[UUID]
    areas: frozenset[UUID]
    until: datetime | None
    body: str
    place: Place = NOWHERE

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The item of a row."""
        departments, people, areas = (frozenset(row[name] or ()) for name in ("departments", "people", "areas"))
        key, body = Key(Kind(row["kind"]), row["id"]), one_line(row["item"])
        return cls(key, row["centre_id"], departments, people, areas, row["until"], body)

    def is_in(self, sight: Sight) -> bool:
        """Whether it stands on the board of who sees this."""
        if self.key.kind not in sight.kinds or (sight.area_id and sight.area_id not in self.areas):
            return False
        if sight.account_id in self.people:
            return True
        if self.key.kind is Kind.INCIDENT:
            return self.centre_id in sight.incident_centres or not sight.incident_departments.isdisjoint(
                self.departments
            )
        return self.centre_id in sight.centres or not sight.departments.isdisjoint(self.departments)


def one_line(json: str) -> str:
    """JSON as it goes over the wire: lists of the database are broken into lines, strings never hold a break."""
    return json.replace("\n", "")


class Change(NamedTuple):
    """An item as it was and as it is: nothing when it was not, or is no longer, open."""

    key: Key
    before: Item | None
    after: Item | None
    place: Place = NOWHERE

    @property
    def persons(self) -> frozenset[UUID]:
        """Accounts that see it, or saw it, as a person."""
        return (self.before.people if self.before else frozenset()) | (self.after.people if self.after else frozenset())

    def part(self, sight: Sight) -> str | None:
        """What it is for a reader: the item, that it is gone from their board, or nothing."""
        if self.after is not None and self.after.is_in(sight):
            return part(self.key, self.after.body)
        if self.before is not None and self.before.is_in(sight):
            return part(self.key, "null")
        return None


def part(key: Key, body: str) -> str:
    """One member of the list of changes in an event."""
    return f'{{"kind":"{key.kind.name.lower()}","id":"{key.id}","item":{body}}}'


def rendered(changes: Sequence[Change], sight: Sight) -> tuple[bytes, int]:
    """The event with those changes that are for a reader, and how many; it has a place if the changes have."""
    parts = [found for change in changes if (found := change.part(sight))]
    return (event(parts, changes[0].place), len(parts)) if parts else (b"", 0)


def event(parts: Sequence[str], place: Place, kept: str | None = None) -> bytes:
    """One event of the board's stream; with `kept`, all else that a reader has is gone."""
    at = f"id: {place}\n" if place != NOWHERE else ""
    rest = f',"kept":{kept}' if kept is not None else ""
    return f'{at}event: board\ndata: {{"changes":[{",".join(parts)}]{rest}}}\n\n'.encode()
