"""Keeping what was told too late: nothing moves, the history says it, and both sides get to know."""

from collections.abc import Callable, Collection
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Response

from app.command.late import queries
from app.command.move.queries import LOAD, LOAD_BY_ASSIGNMENT, LOAD_BY_SUMMONS
from app.command.move.service import NotYourMove, load
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.schemas import Call, Observed
from app.command.service import Change
from app.core.time import instant_of
from app.identity.workflow import senior
from app.incident.workflow import ENDS, Action, Status


class Of(StrEnum):
    """What the move was to be a move of."""

    ASSIGNMENT = "assignment"
    SUMMONS = "summons"
    INCIDENT = "incident"


class Late(NamedTuple):
    """A move that was made out there and can be made no more."""

    of: Of
    id: UUID
    action: str
    note: str | None


class _Found(NamedTuple):
    """Who made it, since when they could have, and whether the service knows it already."""

    side: dict[str, Any]
    since: Any
    is_known: bool


LOADING = {Of.ASSIGNMENT: LOAD_BY_ASSIGNMENT, Of.SUMMONS: LOAD_BY_SUMMONS, Of.INCIDENT: LOAD}
KNOWN_BY = {"depart": ("departed_at", "arrived_at"), "arrive": ("arrived_at",), "done": ("done_at",)}
"""The instants that say that a step of an assignment or summons was made."""
FINISHED = frozenset({Status.HANDLED, Status.CHECKING, Status.CHECKED})


async def tell(call: Call, observed: Observed, late: Late) -> Response | None:
    """Keep in an incident's history what a crew or department did there, and tell both sides; nothing if it is known.

    Raises:
        NotFound: the caller may not see the incident.
        NotYourMove: the caller had no part in it.
    """
    record = await load(call, LOADING[late.of], late.id, {})
    mine = await _patrols(call, record, observed)
    found = FINDING[late.of](record, late, mine, call)
    if found.is_known:
        return None
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    change.observe(observed, instant_of(found.since))
    role = senior(call.actor.held)
    assert role is not None and change.told is not None  # noqa: S101, PT018  # who had a part holds one
    details = {"of": late.of, "action": late.action, "observed": change.told.kept()}
    named = {name: value for name, value in found.side.items() if name in ("patrol", "department")}
    change.amend(role, details | named, late.note, Action.TELL_LATE)
    both = {"incident_id": record["id"], "action": late.action} | found.side
    change.log("late_report.kept", record["id"], record["version"], both, found.side.get("department_id"))
    return await change.write_part(call, {"id": late.id, "version": record["version"]})


async def _patrols(call: Call, record: Record, observed: Observed) -> frozenset[UUID]:
    """The patrols that the caller is on duty with, or was then."""
    rows = await queries.SERVED.rows(call.lane, account_id=call.actor.account_id, at=observed.at)
    now: frozenset[UUID] = record["my_patrols"]
    return now.union(row["patrol_id"] for row in rows)


def _of_assignment(record: Record, late: Late, mine: Collection[UUID], _: Call) -> _Found:
    assignment = next(a for a in record["assignments"] if a["id"] == str(late.id))
    if UUID(assignment["patrol_id"]) not in mine:
        raise NotYourMove("Told by the crew.", allowed=[])
    cleared = late.action == "clear" and assignment["state"] == "cleared" and Status(record["status"]) not in ENDS
    return _Found(_crew(assignment), assignment["offered_at"], cleared or _is_told(assignment, late))


def _of_summons(record: Record, late: Late, _: Collection[UUID], call: Call) -> _Found:
    summons = next(s for s in record["summons"] if s["id"] == str(late.id))
    if UUID(summons["department_id"]) not in call.actor.incident_departments:
        raise NotYourMove("Told by the department.", allowed=[])
    side = {"department_id": summons["department_id"], "department": summons["department"]["code"]}
    return _Found(side, summons["called_at"], _is_told(summons, late))


def _of_incident(record: Record, _: Late, mine: Collection[UUID], call: Call) -> _Found:
    """Finished by a crew that was sent, or a department that was called."""
    went = [a for a in record["assignments"] if UUID(a["patrol_id"]) in mine and a["accepted_at"]]
    came = [s for s in record["summons"] if UUID(s["department_id"]) in call.actor.incident_departments]
    if not went and not came:
        raise NotYourMove("Told by who was sent or called.", allowed=[])
    known = Status(record["status"]) in FINISHED
    if went:
        return _Found(_crew(went[-1]), went[-1]["offered_at"], known)
    side = {"department_id": came[-1]["department_id"], "department": came[-1]["department"]["code"]}
    return _Found(side, came[-1]["called_at"], known)


def _crew(assignment: dict[str, Any]) -> dict[str, Any]:
    return {"patrol_id": assignment["patrol_id"], "patrol": assignment["patrol"]}


def _is_told(part: dict[str, Any], late: Late) -> bool:
    return any(part.get(name) for name in KNOWN_BY.get(late.action, ()))


FINDING: dict[Of, Callable[[Record, Late, Collection[UUID], Call], _Found]] = {
    Of.ASSIGNMENT: _of_assignment,
    Of.SUMMONS: _of_summons,
    Of.INCIDENT: _of_incident,
}
