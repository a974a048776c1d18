"""What a change of an incident does to its whistles and summons, with their clocks, grants, history and facts."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from app.agency.workflow import Limit, Part, Unit
from app.command.workflow import CANCELLED, MET, Clocks
from app.core.ids import uuid7
from app.core.time import instant_of
from app.identity.workflow import Actor, Role
from app.incident.workflow import Action, Clock, Status
from app.linkage.workflow import LIVE, MOVES, RULES, WORKS, SummonsAction, SummonsMove, SummonsState, WhistleKind

LINK_READ_DAYS = 7
"""So long a department that was released may still read the incident, where the centre does not say otherwise."""
A, S = SummonsAction, SummonsState
NONE_YET = (
    "acknowledged_at", "arrived_at", "arrived_m", "observed_at", "arrival_waiver", "done_at", "ended_at", "ended_by",
    "waived_reason",
)  # fmt: skip
ENDS_CLOCKS = {A.RELEASE: MET, A.WITHDRAW: CANCELLED, A.UPHOLD: CANCELLED, A.DECLINE: CANCELLED}


class Changing(Protocol):
    """The change of an incident that whistles and summons are part of."""

    record: dict[str, Any]
    actor: Actor
    now: datetime
    clocks: Clocks
    rows: dict[str, list[dict[str, Any]]]

    def log(self, topic: str, subject_id: UUID, version: int | None, payload: dict[str, Any], also: Any = None) -> None:
        """Add a fact to the log, for one more organisation than those that may see the incident."""

    def move(self, action: Action, role: Role, *, to: Status | None = None, **said: Any) -> None:
        """Move the incident."""


class Called(NamedTuple):
    """A department that is called, and its part."""

    department: dict[str, Any]
    role: Part
    is_required: bool


def linked(record: dict[str, Any]) -> list[str]:
    """The departments that may see the incident because they are called to it."""
    return [str(summons["department_id"]) for summons in live(record)]


def live(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The summons of departments that were not released."""
    return [summons for summons in record["summons"] if summons["state"] in LIVE]


def nobody_is_left(record: dict[str, Any]) -> bool:
    """Whether no patrol holds the incident and no department is called to it."""
    return not live(record) and not any(a["is_active"] or a["is_stacked"] for a in record["assignments"])


def is_under_way(record: dict[str, Any]) -> bool:
    """Whether somebody handles the incident already: a patrol that accepted, a leading department that acknowledged."""
    patrols = (a["accepted_at"] is not None and (a["is_active"] or a["is_stacked"]) for a in record["assignments"])
    return any(patrols) or any(s["role"] == Part.LEAD and s["acknowledged_at"] is not None for s in live(record))


def blow(change: Changing, kind: WhistleKind, **said: Any) -> dict[str, Any]:
    """Blow a whistle; nobody is called by it yet. `said` is id, lon, lat, note and arrive_by."""
    record, minutes = change.record, RULES[kind].arrive_min
    arrive_by = said.get("arrive_by") or (change.now + timedelta(minutes=minutes) if minutes else None)
    whistle = {
        "id": said.get("id") or uuid7(),
        "version": 1,
        "incident_id": record["id"],
        "kind": kind.value,
        "state": "blown",
        "lon": said["lon"],
        "lat": said["lat"],
        "note": said.get("note"),
        "centre_id": record["commanding_centre_id"],
        "blown_by": change.actor.account_id,
        "blown_at": change.now,
        "arrive_by": arrive_by,
    }
    change.rows["whistles"].append(whistle)
    shown = whistle | {"centre": record["commanding_centre"]["code"], "closed_at": None}
    record["whistles"].append(shown)
    _whistle_event(change, "blown", shown)
    return shown


def call(change: Changing, part: Called, role: Role, whistle: dict[str, Any] | None = None) -> dict[str, Any]:
    """Call a department: its clocks start, and it may see the incident."""
    record, department = change.record, part.department
    summons = dict.fromkeys(NONE_YET) | {
        "id": uuid7(),
        "version": 0,
        "incident_id": record["id"],
        "whistle_id": whistle and whistle["id"],
        "department_id": department["id"],
        "department": department,
        "centre_id": record["commanding_centre_id"],
        "role": part.role.value,
        "is_required": part.is_required,
        "state": None,
        "state_since": change.now,
        "called_at": change.now,
        "is_late": False,
        "measures": [],
    }
    record["summons"].append(summons)
    change.rows["summons"].append(summons)
    _link(change, summons, ends=False)
    step(change, summons, MOVES[A.CALL], role)
    _start_clocks(change, summons)
    return summons


def _start_clocks(change: Changing, summons: dict[str, Any]) -> None:
    change.clocks.start(Clock.ACKNOWLEDGE, summons["id"])
    whistle = next((w for w in change.record["whistles"] if str(w["id"]) == str(summons["whistle_id"])), None)
    if whistle is None or whistle["arrive_by"] is None:
        return
    left = (instant_of(whistle["arrive_by"]) - change.now).total_seconds() / 60
    again = RULES[WhistleKind(whistle["kind"])].arrive_min or 0
    minutes = left if left > 0 else again  # called after the hour has passed: as long again as at first
    if minutes > 0:
        change.clocks.start(Clock.ARRIVE, summons["id"], Limit(amount=minutes, unit=Unit.MINUTE))


def step(change: Changing, summons: dict[str, Any], move: SummonsMove, role: Role, **said: Any) -> None:
    """Make one move of a summons: state, version, clocks, grant, history and fact. `said` is note and details."""
    before, after = summons["state"], move.target or S(summons["state"])
    since = instant_of(summons["state_since"])
    late = change.clocks.overdue((Clock.ACKNOWLEDGE, Clock.ARRIVE), summons["id"])
    summons |= {"state": after.value, "version": summons["version"] + 1}
    if before != after:
        summons["state_since"] = change.now
    _clocks_after(change, summons, move.action)
    if after is S.RELEASED:
        summons |= {"ended_at": change.now, "ended_by": move.action.value}
        _link(change, summons, ends=True)
    write_once(change, summons, "summons", "summons_changes")
    change.rows["summons_entries"].append(
        {
            "summons_id": summons["id"],
            "seq": summons["version"],
            "action": move.action.value,
            "from_state": before,
            "to_state": after.value,
            "actor_id": change.actor.account_id,
            "role": role.value,
            "note": said.get("note"),
            "details": said.get("details") or {},
            "at": change.now,
            "seconds_in_state": (change.now - since).total_seconds() if before else None,
            "overdue": late,
        }
    )
    fact = "waived" if move.target is None else after.value
    names = ("id", "whistle_id", "department_id", "role", "is_required", "state", "version")
    payload = {name: summons[name] for name in names} | {"incident_id": change.record["id"]}
    change.log(f"summons.{fact}", UUID(str(summons["id"])), summons["version"], payload, summons["department_id"])


def write_once(change: Changing, row: dict[str, Any], made: str, changed: str) -> bool:
    """Let a row that changed be written, as it is when the change is; says whether it was not to be written yet."""
    if row in change.rows[made] or row in change.rows[changed]:
        return False
    change.rows[changed].append(row)
    return True


def _clocks_after(change: Changing, summons: dict[str, Any], action: SummonsAction) -> None:
    if action is A.ACKNOWLEDGE:
        change.clocks.end(Clock.ACKNOWLEDGE, MET, summons["id"])
    elif action is A.ARRIVE:
        for kind in (Clock.ACKNOWLEDGE, Clock.ARRIVE):
            change.clocks.end(kind, MET, summons["id"])
    elif action in ENDS_CLOCKS:
        for kind in (Clock.ACKNOWLEDGE, Clock.ARRIVE):
            change.clocks.end(kind, ENDS_CLOCKS[action], summons["id"])
    elif action is A.RECALL:
        _start_clocks(change, summons)


def _link(change: Changing, summons: dict[str, Any], *, ends: bool) -> None:
    """Open the incident to the department, or let it read only, for a while."""
    days = (change.record["settings"] or {}).get("link_read_days", LINK_READ_DAYS)
    grant = {
        "incident_id": change.record["id"],
        "department_id": summons["department_id"],
        "starts_at": change.now,
        "ends_at": change.now if ends else None,
        "read_until": change.now + timedelta(days=days) if ends else None,
    }
    links = change.rows["links"]
    links[:] = [one for one in links if str(one["department_id"]) != str(grant["department_id"])]
    links.append(grant)


def lead(change: Changing, summons: dict[str, Any] | None) -> None:
    """Let this department lead from now on, and who led before assist: its tasks stay. With none, nobody leads."""
    record = change.record
    for other in live(record):
        if other["role"] == Part.LEAD and other is not summons:
            _take_part(change, other, Part.ASSIST)
    record |= {"lead_patrol_id": None, "lead_patrol": None, "lead_department_id": None, "lead_department": None}
    if summons is not None:
        _take_part(change, summons, Part.LEAD)
        record["lead_department_id"] = UUID(str(summons["department_id"]))
        record["lead_department"] = summons["department"]["code"]


def _take_part(change: Changing, summons: dict[str, Any], part: Part) -> None:
    if summons["role"] == part:
        return
    summons["role"] = part.value
    if write_once(change, summons, "summons", "summons_changes"):
        summons["version"] += 1


def call_to_lead(change: Changing, department: dict[str, Any], role: Role) -> None:
    """Let a department lead: called now, unless it is called already."""
    called = next((s for s in live(change.record) if str(s["department_id"]) == str(department["id"])), None)
    lead(change, called or call(change, Called(department, Part.LEAD, is_required=True), role))


def after_move(change: Changing, action: Action, *, ends: bool, withdraws: bool) -> None:
    """What a move of the incident does to its summons: release them, or take the lead's part as done, or as open."""
    role = Role.SYSTEM
    if ends or withdraws:
        for summons in live(change.record):
            how = A.RELEASE if summons["state"] in WORKS else A.WITHDRAW
            step(change, summons, MOVES[how], role, details={"because": action.value})
    if ends:
        for whistle in change.record["whistles"]:
            close(change, whistle)
    leads = [s for s in live(change.record) if s["role"] == Part.LEAD]
    for summons in leads:
        if action is Action.FINISH and summons["state"] in (S.ARRIVED, S.WORKING):
            summons["done_at"] = change.now
            step(change, summons, MOVES[A.DONE], role, details={"because": action.value})
        elif action in (Action.BOUNCE, Action.FAIL_CHECK) and summons["state"] == S.DONE:
            summons["done_at"] = None
            step(change, summons, MOVES[A.REWORK], role, details={"because": action.value})


def close(change: Changing, whistle: dict[str, Any]) -> None:
    """Close a whistle."""
    if whistle["state"] == "closed":
        return
    whistle |= {"state": "closed", "closed_at": change.now, "version": whistle["version"] + 1}
    names = ("id", "version", "state", "closed_at")
    change.rows["whistle_changes"].append(
        {name: whistle[name] for name in names} | {"closed_by": change.actor.account_id}
    )
    _whistle_event(change, "closed", whistle)


def _whistle_event(change: Changing, topic: str, whistle: dict[str, Any]) -> None:
    payload = {
        "id": whistle["id"],
        "incident_id": change.record["id"],
        "number": change.record["number"],
        "kind": whistle["kind"],
        "place": [whistle["lon"], whistle["lat"]],
        "arrive_by": whistle["arrive_by"],
        "centre_id": whistle["centre_id"],
    }
    change.log(f"whistle.{topic}", UUID(str(whistle["id"])), whistle["version"], payload)
