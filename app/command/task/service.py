"""Taking a task, or giving it back."""

from typing import Any
from uuid import UUID

from fastapi import Response

from app.command.move.asking import NeedsMissing
from app.command.move.queries import LOAD_BY_TASK
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.record.service import calendar
from app.command.record.view import facts_of
from app.command.schemas import Call
from app.command.service import Change
from app.command.task.schemas import TaskTransitionIn
from app.core.once import require_version
from app.core.time import instant_of
from app.incident.workflow import Standing


async def advance(call: Call, task_id: UUID, body: TaskTransitionIn, based_on: int) -> Response:
    """Take the open task of an incident, or say that one is unable to do it.

    Raises:
        IllegalMove: the task is not open, or taken already.
        NotYourMove: the caller does not hold it; who handled or commanded never holds a check.
    """
    record = await load(call, LOAD_BY_TASK, task_id, {})
    task = record["task"]
    if task is None or task["id"] != str(task_id):
        raise IllegalMove("The task is done.", allowed=[])
    require_version(based_on, task["version"], state=task["state"])
    if not facts_of(record, call.actor).standings & {Standing.VERIFIER, Standing.CHECKER}:
        raise NotYourMove("Taken by who holds the task.", allowed=[])
    if body.action == "accept" and task["state"] != "offered":
        raise IllegalMove(f"The task is {task['state']}.", allowed=["unable"])
    if body.action == "unable" and not body.reason:
        raise NeedsMissing("unable needs reason.", missing=["reason"])
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    moved = _take(change, task) if body.action == "accept" else give_back(change, task, body.reason)
    return await change.write_part(call, moved)


def _take(change: Change, task: dict[str, Any]) -> dict[str, Any]:
    change.record["task_account_id"] = change.actor.account_id
    change.set_task(task, "accepted", account_id=change.actor.account_id)
    return _shown(task, None)


def give_back(change: Change, task: dict[str, Any], reason: str | None) -> dict[str, Any]:
    """Open the task anew for everybody who may do it."""
    change.set_task(task, "reported", result="unable", reason=reason)
    following = change.open_task(task["kind"], None, None, instant_of(task["due_at"]))
    return _shown(task, following)


def _shown(task: dict[str, Any], following: UUID | None) -> dict[str, Any]:
    return {name: task[name] for name in ("id", "version", "kind", "state")} | {"next_id": following}
