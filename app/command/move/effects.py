"""What an incident's action does beyond its row of the table: whom it names, which tasks it opens, where it leads."""

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

import orjson

from app.agency.workflow import Step
from app.command.intake.service import goes_to_parent
from app.command.move.schemas import TransitionIn
from app.command.service import Change, limit_of
from app.core.problems import Conflict, Problem, Unprocessable
from app.dispatch.workflow import shortfall
from app.identity.workflow import Role
from app.incident.workflow import Action, Status

A = Action


class UnknownName(Unprocessable):
    """The request names something that does not exist for this incident."""

    members: ClassVar[dict[str, Any]] = {"unknown": ["P-999"]}


class NeedsMissing(Problem):
    """The action needs more than the request gives."""

    status = 422
    members: ClassVar[dict[str, Any]] = {"missing": ["category"], "shortfall": {"fire_rescue": 1}}


class PatrolUnfit(Conflict):
    """A patrol that was named cannot be sent."""

    members: ClassVar[dict[str, Any]] = {"patrol": "P-001", "why": "busy"}


class Asked:
    """One request to move an incident: the change being made, what was asked, in which role, and what it named."""

    def __init__(self, change: Change, body: TransitionIn, role: Role) -> None:
        self.change, self.body, self.role = change, body, role
        self.record = change.record
        self.action = A(body.action)
        self.details: dict[str, Any] = {}
        self.from_centre: UUID | None = None
        self.to: Status | None = None


def accept(asked: Asked) -> None:
    """Set the category, if one is named."""
    named = asked.record["named_category"]
    if asked.body.category is None:
        return
    if named is None:
        raise UnknownName(f"There is no category {asked.body.category}.")
    category = orjson.loads(named)
    asked.record |= {"category_id": UUID(category["id"]), "category": category["shown"], "rules": category["rules"]}
    asked.details["category"] = asked.body.category


def hand_up_by_rule(asked: Asked) -> None:
    """After accepting: what the category says belongs to the district goes there at once."""
    record = asked.record
    if asked.action is A.ACCEPT and record["parent_id"] and goes_to_parent(record["rules"], on_border=False):
        _to_centre(asked, orjson.loads(record["target"]))
        asked.change.move(A.ESCALATE, Role.SYSTEM, details={"by": "rule"}, from_centre_id=asked.from_centre)


def register(asked: Asked) -> None:
    """Fix the standard on the incident."""
    named = asked.record["named_standard"]
    if named is None:
        raise UnknownName(f"The incident's category has no standard {asked.body.standard}.")
    standard = orjson.loads(named)
    asked.record |= {"standard_id": UUID(standard["id"]), "standard": standard}
    asked.details["standard"] = standard["code"]


def dispatch(asked: Asked) -> None:
    """Offer the incident to the named patrols, name the lead department."""
    record, body = asked.record, asked.body
    if body.lead_department is not None:
        if record["named_department_id"] is None:
            raise UnknownName(f"There is no department {body.lead_department} in this jurisdiction.")
        record |= {"lead_department_id": record["named_department_id"], "lead_department": body.lead_department}
    patrols = orjson.loads(record["named_patrols"] or b"[]")
    unknown = set(body.patrols) - {p["code"] for p in patrols} - {p["id"] for p in patrols}
    if unknown:
        raise UnknownName(f"There is no patrol {', '.join(sorted(unknown))}.", unknown=sorted(unknown))
    _check_fit(asked, patrols)
    short = _short_of_mix(asked, patrols) if patrols else {}
    if short and body.override_reason is None:
        raise NeedsMissing("The patrols do not bring the wanted mix.", missing=["override_reason"], shortfall=short)
    asked.details |= {
        "patrols": [p["code"] for p in patrols],
        "lead_department": body.lead_department,
        "shortfall": short,
    }
    for patrol in patrols:
        asked.change.offer(patrol, stacked=bool(patrol["busy"]), override_reason=body.override_reason)


def _check_fit(asked: Asked, patrols: list[dict[str, Any]]) -> None:
    here = {str(a["patrol_id"]) for a in asked.record["assignments"] if a["is_active"] or a["is_stacked"]}
    for patrol in patrols:
        if not patrol["on_duty"]:
            raise PatrolUnfit(f"{patrol['code']} is not on duty.", patrol=patrol["code"], why="off_duty")
        if not patrol["within"]:
            raise PatrolUnfit(f"{patrol['code']} is not under this centre.", patrol=patrol["code"], why="other_centre")
        if patrol["id"] in here:
            raise PatrolUnfit(f"{patrol['code']} is assigned already.", patrol=patrol["code"], why="assigned")
        if patrol["busy"] and not asked.body.stack:
            detail = f"{patrol['code']} has an active assignment; `stack` puts this one behind it."
            raise PatrolUnfit(detail, patrol=patrol["code"], why="busy")
    if patrols and asked.record["lacks_authority"] and not any(patrol["authority"] for patrol in patrols):
        detail = "The category asks for an authority: teams of volunteers or guards go with one, not alone."
        raise PatrolUnfit(detail, patrol=patrols[0]["code"], why="needs_authority")


def _short_of_mix(asked: Asked, patrols: list[dict[str, Any]]) -> dict[str, int]:
    wanted = (asked.record["rules"] or {}).get("response_mix") or {}
    brought: dict[str, int] = {}
    for code in (code for patrol in patrols for code in patrol["mix"]):
        brought[code] = brought.get(code, 0) + 1
    first = asked.record["status"] == Status.REGISTERED
    return shortfall(wanted, brought) if first else {}


def request_verification(asked: Asked) -> None:
    """Open a verify task for the nearest patrol on duty, or for whoever is named."""
    _open_task(asked, "verify", asked.record["nearest_patrol_id"], Step.VERIFY)


def send_check(asked: Asked) -> None:
    """Open a check task, for the centre's inspectors unless somebody is named."""
    _open_task(asked, "check", None, Step.CHECK)


def _open_task(asked: Asked, kind: str, patrol_id: UUID | None, step: Step) -> None:
    record, change = asked.record, asked.change
    account_id = record["assignee_id"]
    if asked.body.assignee is not None and account_id is None:
        raise UnknownName(f"There is no account {asked.body.assignee}.")
    patrol_id = None if account_id else patrol_id
    change.open_task(kind, patrol_id, account_id, change.calendar.due(change.now, limit_of(record, step)))


def report_task(asked: Asked) -> None:
    """Report the open task's result."""
    results = {A.PASS_CHECK: "pass", A.FAIL_CHECK: "fail", A.REPORT_VERIFICATION: asked.body.result}
    close_task(asked, "reported", results[asked.action])
    asked.details |= {"result": results[asked.action], "waiver": asked.body.waiver}


def close_task(asked: Asked, state: str, result: str | None) -> None:
    """End the open task."""
    task = asked.record["task"]
    if task is not None:
        asked.change.set_task(task, state, result=result)
        asked.record |= {"task": None, "task_id": None, "task_patrol_id": None, "task_account_id": None}


def fail_check(asked: Asked) -> None:
    """Count the rework."""
    report_task(asked)
    asked.record["rework_count"] += 1


def merge(asked: Asked) -> None:
    """Point to the master, which must be open and not merged itself."""
    found = orjson.loads(asked.record["master"] or b"null")
    if found is None or found["id"] == str(asked.record["id"]):
        raise UnknownName("There is no such master incident.")
    if found["closed"] or found["master_id"]:
        raise Conflict("The master must be open and not merged itself.")
    asked.record |= {"master_id": UUID(found["id"]), "master_number": found["number"]}
    asked.details["master"] = found["number"]


def unmerge(asked: Asked) -> None:
    """Stand alone again, while the master is open."""
    if asked.record["master_closed"]:
        raise Conflict("The master is no longer open.")
    asked.record |= {"master_id": None, "master_number": None}


def self_handle(asked: Asked) -> None:
    """Handled where it was found: never dispatched, a desk check is enough."""
    asked.record["self_handled"] = True


def finish(asked: Asked) -> None:
    """Say what was done."""
    asked.details["measures"] = asked.body.measures


def force_close(asked: Asked) -> None:
    """Closed without its conditions; counted apart."""
    close_task(asked, "withdrawn", None)
    asked.record["force_closed"] = True


def reject(asked: Asked) -> None:
    """Say why, by a code that can be counted."""
    asked.details["reason_code"] = asked.body.reason_code


def move_level(asked: Asked) -> None:
    """Lead the incident to another centre: direct parent, direct child, or further up by a skip rule."""
    found = orjson.loads(asked.record["target"] or b"null")
    if found is None:
        raise UnknownName("There is no such centre to move to.")
    down = asked.action is A.ASSIGN_DOWN
    fits = found["parent_id"] == str(asked.record["commanding_centre_id"]) if down else _is_above(asked, found)
    if not fits:
        raise Conflict("Only the direct parent or a direct child may be moved to.")
    _to_centre(asked, found)
    if down and not found["on_way"]:
        asked.record |= {"home_centre_id": UUID(found["id"]), "home_centre": asked.record["commanding_centre"]}
    if not down and asked.record["status"] in (Status.DISPATCHED, Status.HANDLING):
        asked.to = Status.REGISTERED


def _is_above(asked: Asked, found: dict[str, Any]) -> bool:
    record = asked.record
    if UUID(found["id"]) == record["parent_id"]:
        return True
    if UUID(found["id"]) not in record["lineage"] or UUID(found["id"]) == record["commanding_centre_id"]:
        return False
    if asked.action is A.TAKE_OVER:
        return Role.SHIFT_LEADER in asked.change.actor.roles_at(UUID(found["id"]))
    skips = (record["settings"] or {}).get("skip_levels", [])
    code = orjson.loads(record["category"] or b"{}").get("code", "")
    return record["priority"] == 1 and any(code.startswith(prefix) for prefix in skips)


def _to_centre(asked: Asked, found: dict[str, Any]) -> None:
    record = asked.record
    asked.from_centre = record["commanding_centre_id"]
    shown = {name: found[name] for name in ("id", "code", "name", "name_en", "level")}
    record |= {"commanding_centre_id": UUID(found["id"]), "commanding_centre": shown, "settings": found["settings"]}
    record["parent_id"] = found["parent_id"] and UUID(found["parent_id"])
    record["has_child"] = found["has_child"]
    asked.change.clocks.level = found["level"]


EFFECTS: dict[Action, Callable[[Asked], None]] = {
    A.ACCEPT: accept,
    A.REGISTER: register,
    A.DISPATCH: dispatch,
    A.REQUEST_VERIFICATION: request_verification,
    A.REPORT_VERIFICATION: report_task,
    A.SEND_CHECK: send_check,
    A.PASS_CHECK: report_task,
    A.FAIL_CHECK: fail_check,
    A.MERGE: merge,
    A.UNMERGE: unmerge,
    A.SELF_HANDLE: self_handle,
    A.FINISH: finish,
    A.REJECT: reject,
    A.FORCE_CLOSE: force_close,
    A.ESCALATE: move_level,
    A.ASSIGN_DOWN: move_level,
    A.TAKE_OVER: move_level,
}
