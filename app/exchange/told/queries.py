"""The pieces of statements that say how far a report is: what it is handled as, and what was said for the public."""

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import aliased

from app.incident.history.models import IncidentNote
from app.incident.history.workflow import NoteKind
from app.incident.models import Incident

FILED, FINAL = Incident, aliased(Incident)
"""The incident that was filed, and the one that it is handled as."""
ABOVE = tuple(aliased(Incident) for _ in range(3))
"""What a report was merged into, and that again: a master may itself be merged later."""


def as_handled(statement: Select[Any]) -> Select[Any]:
    """A statement about `FILED`, with what each is handled as beside it."""
    below: Any = FILED
    for one in ABOVE:
        statement = statement.outerjoin(one, one.id == below.master_id)
        below = one
    return statement.outerjoin(FINAL, FINAL.id == func.coalesce(*(one.id for one in reversed(ABOVE)), FILED.id))


def public_notes() -> ColumnElement[Any]:
    """What the centres said for the public, of a report itself and of what it was merged into: words and instants."""
    of = IncidentNote.incident_id.in_((FILED.id, *(one.id for one in ABOVE)))
    said = aggregate_order_by(func.json_build_array(IncidentNote.note, IncidentNote.at), IncidentNote.id)
    notes = select(func.json_agg(said)).where(of, IncidentNote.kind == NoteKind.PUBLIC.value)
    return notes.correlate(FILED, *ABOVE).scalar_subquery()
