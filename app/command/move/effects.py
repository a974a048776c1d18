"""What an incident's action does beyond its row of the table: whom it names, which tasks it opens, where it leads."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import orjson

from app.agency.workflow import Step
from app.command.move.asking import Asked, NeedsMissing, PatrolUnfit, UnknownName
from app.command.move.levels import move_level
from app.command.summoning import call_to_lead, lead
from app.command.workflow import limit_of
from app.core.problems import Conflict
from app.dispatch.workflow import shortfall
from app.incident.workflow import Action, Status

A = Action


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
        [department] = departments(record, [body.lead_department])
        call_to_lead(asked.change, department, asked.role)
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


def departments(record: dict[str, Any], codes: list[str]) -> list[dict[str, Any]]:
    """The departments a request names, in its order.

    Raises:
        UnknownName: the jurisdiction has no such department.
    """
    found = {department["code"]: department for department in orjson.loads(record["named_departments"] or b"[]")}
    unknown = sorted(set(codes) - found.keys())
    if unknown:
        raise UnknownName(f"There is no department {', '.join(unknown)} in this jurisdiction.", unknown=unknown)
    return [found[code] for code in dict.fromkeys(codes)]


def move_lead(asked: Asked) -> None:
    """Let another department or patrol lead: every task goes on, and who led before assists."""
    record, body = asked.record, asked.body
    asked.details |= {"from_department": record["lead_department"], "from_patrol": record["lead_patrol"]}
    if body.lead_department is not None:
        [department] = departments(record, [body.lead_department])
        call_to_lead(asked.change, department, asked.role)
        asked.details["lead_department"] = body.lead_department
        return
    here = [a for a in record["assignments"] if (a["is_active"] or a["is_stacked"]) and a["accepted_at"]]
    found = next((a for a in here if body.lead_patrol in (a["patrol"], str(a["patrol_id"]))), None)
    if found is None:
        raise UnknownName(f"No patrol {body.lead_patrol} has accepted this incident.", unknown=[body.lead_patrol])
    lead(asked.change, None)
    record |= {"lead_patrol_id": UUID(str(found["patrol_id"])), "lead_patrol": found["patrol"]}
    asked.details["lead_patrol"] = found["patrol"]


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
        raise UnknownName(f"There is no account {asked.body.assignee} in this jurisdiction.")
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
    A.MOVE_LEAD: move_lead,
}
