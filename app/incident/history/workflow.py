"""The kinds of notes beside an incident's moves, and who may leave which. Pure; one aligned row a kind."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple
from uuid import UUID

from app.identity.workflow import Actor, Grant, Role, senior


class NoteKind(StrEnum):
    """备注, 补充, 催办, 批示, 公开答复. A public one is read outside by whoever may look at the report (docs/open311.md)."""

    NOTE = "note"
    SUPPLEMENT = "supplement"
    URGE = "urge"
    INSTRUCT = "instruct"
    PUBLIC = "public"


class By(StrEnum):
    """Where somebody must stand to leave a note."""

    ANYBODY = "who works on it"
    REPORTER = "who reported it"
    COMMANDING = "at the commanding centre, or above"
    ABOVE = "strictly above the commanding centre"


class NoteRow(NamedTuple):
    """A kind of note: who leaves it, in which roles (none: any), what the log calls it, whether it may come late.

    `after_end`: it may be left when the incident has ended.
    """

    kind: NoteKind
    label: str
    by: By
    roles: frozenset[Role]
    topic: str
    after_end: bool


K, R = NoteKind, Role
COMMAND = frozenset({R.ACCEPTOR, R.SHIFT_LEADER, R.DISPATCHER, R.LEADER})
# fmt: off
ROWS = (
    #       kind           zh          who            roles                                   topic                       after_end
    NoteRow(K.NOTE,        "备注",     By.ANYBODY,    frozenset(),                            "incident.noted",           True),
    NoteRow(K.SUPPLEMENT,  "补充",     By.REPORTER,   frozenset(),                            "incident.supplemented",    True),
    NoteRow(K.URGE,        "催办",     By.COMMANDING, COMMAND,                                "incident.urged",           False),
    NoteRow(K.INSTRUCT,    "批示",     By.ABOVE,      frozenset({R.LEADER, R.SHIFT_LEADER}),  "incident.instructed",      False),
    NoteRow(K.PUBLIC,      "公开答复", By.COMMANDING, COMMAND,                                "incident.public_noted",    True),
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
