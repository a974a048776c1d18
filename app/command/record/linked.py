"""The whistles and summons of an incident as one caller sees them."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from app.agency.workflow import Part
from app.identity.workflow import Actor, Role
from app.linkage import workflow as linkage
from app.linkage.workflow import SummonsState, WhistleState

Record = dict[str, Any]
"""One incident's columns and context as read by `queries.record_columns`; JSON that is decided on is parsed."""

SUMMONS_SHOWN = (
    "id", "version", "whistle_id", "department", "role", "is_required", "state", "state_since", "called_at",
    "acknowledged_at", "arrived_at", "arrived_m", "observed_at", "arrival_waiver", "is_late", "done_at", "ended_at",
    "ended_by", "measures", "waived_reason",
)  # fmt: skip
WHISTLE_SHOWN = ("id", "version", "kind", "state", "note", "centre", "blown_at", "arrive_by", "closed_at")


def at_summons(record: Record, summons: dict[str, Any], actor: Actor) -> linkage.Caller:
    """The roles this caller holds on each side of a summons."""
    commanding = actor.roles_at(record["commanding_centre_id"])
    return linkage.Caller(
        at_department=actor.roles_at(UUID(str(summons["department_id"]))),
        at_centre=commanding | actor.roles_at(UUID(str(summons["centre_id"]))),
        above=actor.roles_at(record["parent_id"]) if record["parent_id"] else commanding,
    )


def assists(record: Record, actor: Actor) -> bool:
    """Whether this caller is at the desk of a department that is called to assist, took the call and is not done."""
    mine = [s for s in record["summons"] if Role.DEPARTMENT_DESK in actor.roles_at(UUID(str(s["department_id"])))]
    return any(summons["role"] == Part.ASSIST and summons["state"] in linkage.AT_IT for summons in mine)


def summons_actions(record: Record, summons: dict[str, Any], actor: Actor) -> list[str]:
    """What this caller may do with a summons now."""
    caller, state = at_summons(record, summons, actor), SummonsState(summons["state"])
    owes = summons["is_required"] and summons["waived_reason"] is None
    return [action.value for action in linkage.allowed(state, caller, is_required=owes)]


def summons_shown(
    record: Record, summons: dict[str, Any], clocks: Iterable[tuple[dict[str, Any], str | None]], actor: Actor
) -> dict[str, Any]:
    """A summons with its limits, out of all of the incident's clocks, and what this caller may do with it."""
    mine = [clock for clock, of in clocks if of == str(summons["id"])]
    shown = {name: summons[name] for name in SUMMONS_SHOWN}
    return shown | {
        "clocks": [{name: clock[name] for name in ("kind", "state", "due_at", "overdue")} for clock in mine],
        "allowed_actions": summons_actions(record, summons, actor),
    }


def whistle_shown(record: Record, whistle: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """A whistle, and what this caller may do with it."""
    shown = {name: whistle[name] for name in WHISTLE_SHOWN}
    return shown | {
        "place": {"type": "Point", "coordinates": [whistle["lon"], whistle["lat"]]},
        "allowed_actions": whistle_actions(record, whistle, actor),
    }


def whistle_actions(record: Record, whistle: dict[str, Any], actor: Actor) -> list[str]:
    """What this caller may do with a whistle now."""
    places = (record["commanding_centre_id"], UUID(str(whistle["centre_id"])))
    roles = {role for place in places for role in actor.roles_at(place)}
    return [action.value for action in linkage.whistle_allowed(WhistleState(whistle["state"]), roles)]


def blowable(record: Record, actor: Actor) -> list[str]:
    """The kinds of whistle this caller may blow now."""
    blown = {whistle["kind"] for whistle in record["whistles"] if whistle["state"] == WhistleState.BLOWN}
    if not linkage.BLOWERS & actor.roles_at(record["commanding_centre_id"]):
        return []
    return [r.kind.value for r in linkage.WHISTLES if record["status"] in r.source and r.kind not in blown]
