"""An incident as it leaves the process: written from the row that was read, without asking the database again."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.command.record.linked import Record, assists, blowable, summons_shown, whistle_shown
from app.core import beidou
from app.core.geo import LonLat
from app.core.time import instant_of
from app.dispatch import workflow as dispatch
from app.dispatch.workflow import AssignmentState
from app.identity.workflow import Actor, Role
from app.incident.request import workflow as requests
from app.incident.request.workflow import Decision, RequestKind, RequestState
from app.incident.workflow import ENDS, Facts, Standing, Status, allowed

PARSED = (
    "clocks",
    "assignments",
    "requests",
    "summons",
    "whistles",
    "evidence",
    "task",
    "rules",
    "settings",
    "given",
    "routing",
    "commanding_centre",
    "standard",
)
PLAIN = (
    "id", "version", "number", "status", "round", "rework_count", "title", "description", "priority", "source",
    "external_ref", "occurred_at", "reported_at", "created_at", "updated_at", "status_since", "closed_at", "due_at",
    "suspended_until", "is_returned", "self_handled", "force_closed",
)  # fmt: skip
REQUEST_SHOWN = (
    "id", "version", "kind", "state", "round", "asker_role", "reason", "reason_code", "hours", "until", "expires_at",
    "created_at", "decided_at", "decision_note", "is_misdispatch",
)  # fmt: skip
CLOCK_NOT_SHOWN = frozenset(
    {"is_current", "incident_id", "summons_id", "limit_amount", "basis", "rung_share", "rung_min", "acts_at"}
)
RAW = ("category", "cell", "home_centre")
NOT_SHOWN_IN_STANDARD = frozenset({"limits"})


def parsed(row: Any) -> Record:
    """The row with the JSON that decisions look into parsed; what is only shown stays text."""
    record = dict(row)
    for name in PARSED:
        if isinstance(record[name], str):
            record[name] = orjson.loads(record[name])
    record["my_patrols"] = frozenset(record["my_patrols"] or ())
    return record


class Holder(NamedTuple):
    """Who holds the open task: an account, a patrol, or everybody who may (both null)."""

    kind: str | None
    account_id: UUID | None
    patrol_id: UUID | None


def facts_of(record: Record, actor: Actor) -> Facts:
    """What the workflow table needs to know about this incident and this caller."""
    rules, settings = record["rules"] or {}, record["settings"] or {}
    roles = actor.roles_at(record["commanding_centre_id"])
    return Facts(
        status=Status(record["status"]),
        roles=roles,
        roles_above=actor.roles_at(record["parent_id"]),
        held=actor.held,
        standings=frozenset(_standings(record, actor, roles)),
        has_parent=record["parent_id"] is not None,
        has_child=record["has_child"],
        desk_check=bool(rules.get("desk_check_allowed")) or record["self_handled"],
        acceptors_register=bool(settings.get("acceptors_may_register")),
        is_returned=record["is_returned"],
    )


def _standings(record: Record, actor: Actor, roles: frozenset[Role]) -> list[Standing]:
    task = record["task"]
    holder = Holder(task and task["kind"], record["task_account_id"], record["task_patrol_id"])
    leads = (
        record["lead_patrol_id"] in record["my_patrols"] or record["lead_department_id"] in actor.incident_departments
    )
    is_reporter = record["reporter_id"] == actor.account_id
    holds = _holds(holder, actor, roles, record["my_patrols"])
    found = standings(is_reporter=is_reporter, leads=leads, task=holds, is_involved=record["is_involved"])
    return [*found, Standing.TAKES_PART] if leads or assists(record, actor) else found


def standings(*, is_reporter: bool, leads: bool, task: str | None, is_involved: bool) -> list[Standing]:
    """How somebody stands to an incident; `task` is the kind of the open task they hold."""
    found = [
        (Standing.REPORTER, is_reporter),
        (Standing.LEADER, leads),
        (Standing.VERIFIER, task == "verify"),
        (Standing.CHECKER, task == "check" and not is_involved),
    ]
    return [standing for standing, holds in found if holds]


POOL = {
    "verify": frozenset({Role.GRID_WORKER, Role.PATROL_MEMBER, Role.TEAM_LEADER}),
    "check": frozenset({Role.INSPECTOR}),
}


def _holds(holder: Holder, actor: Actor, roles: frozenset[Role], my_patrols: frozenset[UUID]) -> str | None:
    """The kind of the open task, if this caller holds it."""
    if holder.kind is None:
        return None
    if holder.account_id is not None:
        mine = holder.account_id == actor.account_id
    elif holder.patrol_id is not None:
        mine = holder.patrol_id in my_patrols
    else:
        mine = bool(POOL[holder.kind] & roles)
    return holder.kind if mine else None


ALIKE = itemgetter(
    "status", "commanding_centre_id", "parent_id", "has_child", "desk_check", "acceptors_register", "is_reporter",
    "is_involved", "is_returned",
)  # fmt: skip


def allowed_in_list(rows: Sequence[Any], actor: Actor) -> list[str]:
    """What the caller may do with each incident of a page, as JSON; equal cases are worked out once."""
    mine = frozenset(rows[0]["my_patrols"] or ()) if rows else frozenset()
    known: dict[tuple[Any, ...], str] = {}
    found = []
    for row in rows:
        leads = row["lead_patrol_id"] in mine or row["lead_department_id"] in actor.incident_departments
        holder = Holder(row["task_kind"], row["task_account_id"], row["task_patrol_id"])
        task = _holds(holder, actor, actor.roles_at(row["commanding_centre_id"]), mine) if holder.kind else None
        case = (*ALIKE(row), leads, task)
        if case not in known:
            known[case] = orjson.dumps(allowed(_facts_in_list(row, actor, leads=leads, task=task))).decode()
        found.append(known[case])
    return found


def _facts_in_list(row: Any, actor: Actor, *, leads: bool, task: str | None) -> Facts:
    stands = standings(is_reporter=row["is_reporter"], leads=leads, task=task, is_involved=row["is_involved"])
    return Facts(
        status=Status(row["status"]),
        roles=actor.roles_at(row["commanding_centre_id"]),
        roles_above=actor.roles_at(row["parent_id"]),
        held=actor.held,
        standings=frozenset(stands),
        has_parent=row["parent_id"] is not None,
        has_child=row["has_child"],
        desk_check=bool(row["desk_check"]),
        acceptors_register=row["acceptors_register"] == "true",
        is_returned=row["is_returned"],
    )


def assignment_actions(record: Record, assignment: dict[str, Any], actor: Actor) -> list[str]:
    """What the caller may do with one assignment of this incident now."""
    crew = UUID(str(assignment["patrol_id"])) in record["my_patrols"]
    roles = actor.roles_at(record["commanding_centre_id"])
    state = AssignmentState(assignment["state"])
    return [str(a) for a in dispatch.allowed(state, roles, is_crew=crew, is_stacked=assignment["is_stacked"])]


def shown(record: Record, actor: Actor, **more: Any) -> bytes:
    """The incident as JSON for this caller."""
    body = {name: record[name] for name in PLAIN}
    body |= {name: _raw(record[name]) for name in RAW}
    standard = record["standard"]
    clocks = shown_clocks(record)
    body |= {
        "level": record["commanding_centre"]["level"],
        "overdue": is_overdue(record),
        "location": {"type": "Point", "coordinates": [record["lon"], record["lat"]]},
        "given": record["given"],
        "routing": record["routing"],
        "areas": _raw(record["places"]),
        "beidou": _beidou(record),
        "commanding_centre": record["commanding_centre"],
        "standard": standard and {k: v for k, v in standard.items() if k not in NOT_SHOWN_IN_STANDARD},
        "lead": {"patrol": record["lead_patrol"], "department": record["lead_department"]},
        "master": record["master_number"],
        "task": record["task"],
        "clocks": [clock for clock, of in clocks if of is None],
        "assignments": [a | {"allowed_actions": assignment_actions(record, a, actor)} for a in record["assignments"]],
        "whistles": [whistle_shown(record, whistle, actor) for whistle in record["whistles"]],
        "summons": [summons_shown(record, summons, clocks, actor) for summons in record["summons"]],
        "evidence": [{"id": e["id"], "kind": e["kind"]} for e in record["evidence"] or ()],
        "requests": [request_shown(record, r, actor) for r in record["requests"] if r["state"] == RequestState.ASKED],
        "allowed_actions": allowed(facts_of(record, actor)),
        "allowed_requests": askable(record, actor),
        "allowed_whistles": blowable(record, actor),
    }
    return orjson.dumps(body | more, default=str)


def askable(record: Record, actor: Actor) -> list[str]:
    """The kinds of request this caller may make now."""
    open_kinds = {r["kind"] for r in record["requests"] if r["state"] == RequestState.ASKED}
    return [kind.value for kind in requests.askable(facts_of(record, actor), open_kinds)]


def approved(record: Record, kind: str) -> int:
    """How many requests of a kind were approved in the incident's present round."""
    same = [r for r in record["requests"] if r["kind"] == kind and r["round"] == record["round"]]
    return sum(r["state"] == RequestState.APPROVED for r in same)


def decidable(
    record: Record, request: dict[str, Any], actor: Actor, *, misdispatch: bool = False
) -> Mapping[Decision, Role]:
    """What this caller may decide about a request, and in which role; nothing about their own."""
    if request["state"] != RequestState.ASKED or str(request["asked_by"]) == str(actor.account_id):
        return {}
    kind, by = RequestKind(request["kind"]), Role(request["asker_role"])
    asked = requests.Asked(kind, by, request["hours"] is not None, approved(record, kind))
    return requests.decisions(asked, actor.roles_at(record["commanding_centre_id"]), misdispatch=misdispatch)


def request_shown(record: Record, request: dict[str, Any], actor: Actor) -> dict[str, Any]:
    """A request, and what this caller may decide about it."""
    shown = {name: request[name] for name in REQUEST_SHOWN}
    return shown | {"allowed_actions": list(decidable(record, request, actor, misdispatch=True))}


def shown_clocks(record: Record) -> list[tuple[dict[str, Any], str | None]]:
    """The current clocks as they are shown, each with the id of its summons if it is of one."""
    return [(_clock(c, record["now"]), c["summons_id"] and str(c["summons_id"])) for c in record["clocks"]]


def is_overdue(record: Record) -> bool:
    """Whether the nearest running limit has passed."""
    return record["due_at"] is not None and record["due_at"] < record["now"] and Status(record["status"]) not in ENDS


def _clock(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    due, until = instant_of(row["due_at"]), instant_of(row["ended_at"]) or instant_of(row["paused_at"]) or now
    kept = {k: v for k, v in row.items() if k not in CLOCK_NOT_SHOWN}
    return kept | {"overdue": due is not None and due < until}


def _beidou(record: Record) -> dict[str, Any] | None:
    called = beidou.named(LonLat(record["lon"], record["lat"]))
    return called.model_dump() if called else None


def _raw(text: Any) -> Any:
    return orjson.Fragment(text) if isinstance(text, str) else text
