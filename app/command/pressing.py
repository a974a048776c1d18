"""What a change of an incident does to the supervision orders on it: opened, raised, answered, lifted, and noted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.catalogue.workflow import Step
from app.command.summoning import Changing, live, write_once
from app.command.workflow import limit_set
from app.core.ids import uuid7
from app.identity.workflow import Role
from app.supervision.workflow import MOVES, REPLY, Grade, OrderAction, OrderState, higher, rises

A = OrderAction
TOPICS = {A.OPEN: "opened", A.RAISE: "raised", A.ANSWER: "answered", A.LIFT: "lifted"}
NOT_YET = ("answer", "answered_by", "answered_at")
Order = dict[str, Any]


class Press(NamedTuple):
    """Who presses whom, how hard and why; `clock_id` where a clock does."""

    target_id: UUID
    centre_id: UUID
    grade: Grade
    role: Role
    reason: str
    clock_id: UUID | None = None


def targets(record: Mapping[str, Any]) -> dict[str, UUID]:
    """Who can be pressed for this incident, by code: who commands it, who leads it, who is called to it."""
    centre = record["commanding_centre"]
    found = {str(centre["code"]): UUID(str(centre["id"]))}
    if record["lead_department_id"] is not None:
        found[record["lead_department"]] = record["lead_department_id"]
    return found | {s["department"]["code"]: UUID(str(s["department_id"])) for s in live(dict(record))}


def pressed(orders: Iterable[Order], target_id: UUID) -> Order | None:
    """The order that presses somebody now."""
    open_ = (order for order in orders if order["state"] == OrderState.OPEN)
    return next((order for order in open_ if str(order["target_id"]) == str(target_id)), None)


def least(orders: Iterable[Order], target_id: UUID) -> Grade:
    """The grade below which somebody who was pressed before is not pressed again."""
    before = [Grade(o["grade"]) for o in orders if str(o["target_id"]) == str(target_id) and o["state"] != "lifted"]
    return max(before, key=list(Grade).index, default=Grade.NORMAL)


def press(change: Changing, orders: list[Order], by: Press) -> Order | None:
    """Open an order, or raise the one that is open. Nothing happens where it presses as hard already."""
    order = pressed(orders, by.target_id)
    if order is not None:
        return raise_(change, order, by) if rises(Grade(order["grade"]), by.grade) else None
    grade = max(by.grade, least(orders, by.target_id), key=list(Grade).index)
    order = dict.fromkeys(NOT_YET) | {
        "id": uuid7(),
        "version": 0,
        "incident_id": change.record["id"],
        "target_id": by.target_id,
        "centre_id": by.centre_id,
        "clock_id": by.clock_id,
        "reason": by.reason,
        "opened_by": change.actor.account_id,
        "opened_at": change.now,
    }
    orders.append(order)
    change.rows["orders"].append(order)
    _at_grade(change, order, grade)
    _step(change, order, A.OPEN, by.role, by.reason)
    return order


def raise_(change: Changing, order: Order, by: Press) -> Order:
    """Raise an order to a grade: the answer is due anew."""
    order["centre_id"] = by.centre_id
    _at_grade(change, order, by.grade)
    _step(change, order, A.RAISE, by.role, by.reason)
    return order


def answer(change: Changing, order: Order, role: Role, said: str) -> None:
    """Answer an order."""
    order |= {"answer": said, "answered_by": change.actor.account_id, "answered_at": change.now, "acts_at": None}
    _step(change, order, A.ANSWER, role, said)


def lift(change: Changing, order: Order, role: Role, reason: str) -> None:
    """Lift an order."""
    order["acts_at"] = None
    _step(change, order, A.LIFT, role, reason)


def _at_grade(change: Changing, order: Order, grade: Grade) -> None:
    limit = limit_set(change.record, Step.REPLY) or REPLY[grade]
    due: datetime = change.clocks.calendar.due(change.now, limit)
    order |= {"grade": grade.value, "reply_due_at": due, "acts_at": due if higher(grade) else None}


def _step(change: Changing, order: Order, action: OrderAction, role: Role, note: str | None) -> None:
    order |= {"state": MOVES[action].target.value, "version": order["version"] + 1, "updated_at": change.now}
    write_once(change, order, "orders", "order_changes")
    names = ("grade", "reply_due_at")
    entry = {"order_id": order["id"], "seq": order["version"], "action": action.value, "role": role.value, "note": note}
    change.rows["order_entries"].append(
        entry | {name: order[name] for name in names} | {"account_id": change.actor.account_id}
    )
    summons = next((s for s in live(change.record) if str(s["department_id"]) == str(order["target_id"])), None)
    payload = {name: order[name] for name in ("id", "centre_id", "target_id", *names)} | {
        "incident_id": change.record["id"],
        "summons_id": summons and summons["id"],
        "by": "clock" if role is Role.SYSTEM else "centre",
    }
    change.log(f"supervision.{TOPICS[action]}", UUID(str(order["id"])), order["version"], payload, order["target_id"])
