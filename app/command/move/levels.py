"""Level moves 两级指挥: to which centre an incident goes, by hand or by rule."""

from typing import Any
from uuid import UUID

import orjson

from app.command.intake.service import goes_to_parent
from app.command.move.asking import Asked, UnknownName
from app.command.routing.service import Routed, hand_up, to_centre
from app.command.service import Change
from app.core.problems import Conflict
from app.identity.workflow import Role
from app.incident.workflow import Action, Status

A = Action


FAILURES_BEFORE_UP = 2
"""So often nobody went who was sent for; then the level above commands, where the centre does not say otherwise."""


def hand_up_by_rule(asked: Asked, routed: Routed) -> None:
    """After accepting: what the category or a routing rule says belongs to the district goes there at once.

    From its home only, and not once the district has given it down by hand: a rule does not overrule a commander.
    """
    record = asked.record
    is_home = record["commanding_centre_id"] == record["home_centre_id"] and record["parent_id"] is not None
    if asked.action is not A.ACCEPT or not is_home or record["was_assigned_down"]:
        return
    if routed.hands_up or goes_to_parent(record["rules"], on_border=False):
        hand_up(asked.change, orjson.loads(record["target"]), routed.details if routed.hands_up else {})


def hand_up_when_failing(change: Change) -> None:
    """Count that nobody went who was sent for; what a level fails at too often goes one level up."""
    record = change.record
    record["failed_count"] += 1
    most = (record["settings"] or {}).get("failures_before_up", FAILURES_BEFORE_UP)
    if record["failed_count"] >= most:
        go_up(change, by="rule", because="nobody went", times=record["failed_count"])


def go_up(change: Change, **why: Any) -> bool:
    """Escalate one level as the system, if there is one above; what was sent for stays until the new commander acts."""
    record = change.record
    found = orjson.loads(record["target"] or b"null")
    if record["parent_id"] is None or found is None or UUID(found["id"]) != record["parent_id"]:
        return False
    before = to_centre(change, found)
    to = Status.REGISTERED if record["status"] in (Status.DISPATCHED, Status.HANDLING) else None
    change.move(A.ESCALATE, Role.SYSTEM, to=to, details=why, from_centre_id=before)
    return True


def move_level(asked: Asked) -> None:
    """Lead the incident to another centre: direct parent, direct child, or further up by a skip rule."""
    found = orjson.loads(asked.record["target"] or b"null")
    if found is None:
        raise UnknownName("There is no such centre to move to.")
    down = asked.action is A.ASSIGN_DOWN
    fits = found["parent_id"] == str(asked.record["commanding_centre_id"]) if down else _is_above(asked, found)
    if not fits:
        raise Conflict("Only the direct parent or a direct child may be moved to.")
    asked.from_centre = to_centre(asked.change, found)
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
