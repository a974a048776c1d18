"""The kinds of notes beside an incident's moves, and who may leave which. Pure; one aligned row a kind."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.identity.workflow import Actor, Grant, Role, senior


class NoteKind(StrEnum):
    """备注, 催办, 批示."""

    NOTE = "note"
    URGE = "urge"
    INSTRUCT = "instruct"


class By(StrEnum):
    """Where somebody must stand to leave a note."""

    ANYBODY = "who works on it"
    COMMANDING = "at the commanding centre, or above"
    ABOVE = "strictly above the commanding centre"


class NoteRow(NamedTuple):
    """A kind of note: who leaves it, in which roles (none: any), and what the log calls it."""

    kind: NoteKind
    label: str
    by: By
    roles: frozenset[Role]
    topic: str


K, R = NoteKind, Role
COMMAND = frozenset({R.ACCEPTOR, R.SHIFT_LEADER, R.DISPATCHER, R.LEADER})
# fmt: off
ROWS = (
    #       kind         zh      who            roles                                     topic
    NoteRow(K.NOTE,      "备注", By.ANYBODY,    frozenset(),                              "incident.noted"),
    NoteRow(K.URGE,      "催办", By.COMMANDING, COMMAND,                                  "incident.urged"),
    NoteRow(K.INSTRUCT,  "批示", By.ABOVE,      frozenset({R.LEADER, R.SHIFT_LEADER}),    "incident.instructed"),
)
# fmt: on
TABLE = {row.kind: row for row in ROWS}


def role_for(row: NoteRow, actor: Actor, commanding_id: UUID) -> Role | None:
    """The role in which this caller leaves a note of a kind that is not for anybody; nothing if they may not."""
    strictly = row.by is By.ABOVE
    return senior(_roles(actor.grants, commanding_id, strictly=strictly) & row.roles)


def _roles(grants: Iterable[Grant], commanding_id: UUID, *, strictly: bool) -> frozenset[Role]:
    own = (grant for grant in grants if grant.is_centre and commanding_id in grant.reach)
    return frozenset(grant.role for grant in own if not strictly or grant.organisation_id != commanding_id)
