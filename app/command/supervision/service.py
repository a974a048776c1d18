"""Supervision orders by people: opened, raised, answered, lifted; listed for the desks that press and are pressed."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

import orjson
from fastapi import Response

from app.command import pressing
from app.command.move.asking import NeedsMissing, UnknownName
from app.command.move.queries import LOAD, LOAD_BY_ORDER
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.pressing import Order, Press
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.schemas import Call
from app.command.service import Change
from app.command.supervision import queries
from app.command.supervision.schemas import (
    EntryOut,
    OrderDetail,
    OrderFilter,
    OrderIn,
    OrderItem,
    OrderTransitionIn,
)
from app.core import outbox
from app.core.db import Session
from app.core.once import require_version
from app.core.problems import Conflict, NotFound
from app.core.time import instant_of
from app.identity.queries import now as instant
from app.identity.service import ensure_system_account
from app.identity.workflow import Actor, Role
from app.incident.workflow import ENDS, missing
from app.supervision.models import SupervisionEntry
from app.supervision.workflow import (
    MOVES,
    PRESSERS,
    Grade,
    OrderAction,
    OrderBy,
    OrderState,
    allowed,
    answering,
    higher,
    presses_from,
    rises,
)
from app.supervision.workflow import (
    pressing as presses,
)

A = OrderAction
ORDER = (
    "id", "version", "created_at", "updated_at", "target", "centre", "clock_id", "grade", "state", "reason",
    "opened_at", "reply_due_at", "answer", "answered_at",
)  # fmt: skip


class OnlyUpwards(Conflict):
    """A grade only rises: who was pressed harder before is not pressed less."""

    members: ClassVar[dict[str, Any]] = {"grade": "yellow"}


async def open_order(call: Call, incident_id: UUID, body: OrderIn) -> Response:
    """Press the commanding centre, or a department on the incident, for an answer.

    Raises:
        IllegalMove: the incident has ended.
        NotYourMove: the caller presses for no centre that commands it or stands above.
        UnknownName: nobody of that code handles it.
        Conflict, OnlyUpwards: an order presses the same already, or pressed harder before.
    """
    record = await load(call, LOAD, incident_id, {})
    role = presses(call.actor, record["commanding_centre_id"])
    if record["status"] in ENDS:
        raise IllegalMove(f"The incident is {record['status']}.", status_now=record["status"], allowed=[])
    if role is None:
        raise NotYourMove("Pressed by who commands, or from above.", roles=sorted(PRESSERS), allowed=[])
    target_id = _target(record, body.target)
    orders = await _orders(call, record)
    if pressing.pressed(orders, target_id) is not None:
        raise Conflict("An order on this incident presses the same already: raise it.")
    if rises(body.grade, least := pressing.least(orders, target_id)):
        raise OnlyUpwards(grade=least)
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    centre_id = presses_from(call.actor, record["commanding_centre_id"])
    order = pressing.press(change, orders, Press(target_id, centre_id, body.grade, role, body.reason))
    assert order is not None, "nothing pressed it"  # noqa: S101  # looked at above
    order |= {"created_at": change.now, "target": await _named(call, target_id)}
    order["centre"] = (await _named(call, centre_id))["code"]
    return await change.write_part(call, shown(order, call.actor, change.now), 201)


def _target(record: Record, code: str | None) -> UUID:
    known = pressing.targets(record)
    wanted = code or record["lead_department"] or record["commanding_centre"]["code"]
    if wanted not in known:
        detail = f"{wanted} neither commands nor handles this incident; {', '.join(sorted(known))} can be pressed."
        raise UnknownName(detail, unknown=[wanted])
    return known[wanted]


async def _orders(call: Call, record: Record) -> list[Order]:
    rows = await queries.OF_INCIDENT.rows(call.lane, incident_id=record["id"])
    return [orjson.loads(row["shown"]) for row in rows]


async def _named(call: Call, organisation_id: UUID) -> dict[str, Any]:
    row = await queries.ORGANISATION.row(call.lane, id=organisation_id)
    assert row is not None, "a foreign key holds it"  # noqa: S101  # a programming error
    return dict(row)


async def advance(call: Call, order_id: UUID, body: OrderTransitionIn, based_on: int) -> Response:
    """Raise, answer or lift an order.

    Raises:
        IllegalMove, NotYourMove, NeedsMissing: the table says no; in this order it is asked.
        OnlyUpwards: the grade is none above the order's.
    """
    record = await load(call, LOAD_BY_ORDER, order_id, {})
    orders = await _orders(call, record)
    order = next((o for o in orders if o["id"] == str(order_id)), None)
    if order is None:
        raise IllegalMove("The order is lifted.", allowed=[])
    require_version(based_on, order["version"], state=order["state"])
    action = A(body.action)
    role = _permitted(order, action, call.actor)
    _needs(body)
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    if action is A.RAISE:
        await _raise(call, change, order, body, role)
    elif action is A.ANSWER:
        pressing.answer(change, order, role, body.answer or "")
    else:
        pressing.lift(change, order, role, body.reason or "")
    return await change.write_part(call, shown(order, call.actor, change.now))


async def _raise(call: Call, change: Change, order: Order, body: OrderTransitionIn, role: Role) -> None:
    grade = body.grade or higher(Grade(order["grade"]))
    if grade is None or not rises(Grade(order["grade"]), grade):
        raise OnlyUpwards(grade=order["grade"])
    before = UUID(order["centre_id"])
    centre_id = presses_from(call.actor, before)
    pressing.raise_(change, order, Press(UUID(order["target_id"]), centre_id, grade, role, body.reason or ""))
    order["centre"] = (await _named(call, centre_id))["code"]


def _permitted(order: Order, action: OrderAction, actor: Actor) -> Role:
    can, state = _allowed(order, actor), OrderState(order["state"])
    move = MOVES[action]
    if state not in move.source:
        raise IllegalMove(f"Not from {state}.", status_now=state, allowed=can)
    role = answering(actor, UUID(str(order["target_id"]))) if OrderBy.TARGET in move.by else _presses(order, actor)
    if role is None:
        raise NotYourMove(f"Taken by the {move.by[0]}.", allowed=can)
    return role


def _presses(order: Mapping[str, Any], actor: Actor) -> Role | None:
    return presses(actor, UUID(str(order["centre_id"])))


def _needs(body: OrderTransitionIn) -> None:
    given = {name for name, value in body.model_dump().items() if value} | {"grade"}
    lacking = missing(MOVES[A(body.action)].needs, given)
    if lacking:
        raise NeedsMissing(f"{body.action} needs {', '.join(lacking)}.", missing=lacking)


def _allowed(order: Mapping[str, Any], actor: Actor) -> list[OrderAction]:
    """What this caller may do with an order now."""
    target = answering(actor, UUID(str(order["target_id"]))) is not None
    who = [*([OrderBy.TARGET] if target else []), *([OrderBy.PRESSER] if _presses(order, actor) else [])]
    return allowed(OrderState(order["state"]), who, Grade(order["grade"]))


def shown(order: Mapping[str, Any], actor: Actor, now: datetime) -> dict[str, Any]:
    """An order as it leaves, for this caller."""
    late = order["state"] == OrderState.OPEN and instant_of(order["reply_due_at"]) < now
    return {name: order[name] for name in ORDER} | {
        "by": "clock" if order["clock_id"] else "centre",
        "overdue": late,
        "allowed_actions": _allowed(order, actor),
    }


async def page(session: Session, caller: Actor, wanted: OrderFilter, after: UUID | None) -> list[OrderItem]:
    """Orders the caller may see, the newest first, one more than asked for."""
    return [OrderItem.model_validate(_item(row, caller)) for row in await queries.page(session, caller, wanted, after)]


async def one(session: Session, caller: Actor, order_id: UUID) -> OrderDetail:
    """One order with its history.

    Raises:
        NotFound: there is none, or its incident is out of the caller's reach.
    """
    row = await queries.one(session, caller, order_id)
    if row is None:
        raise NotFound
    names = [name for name in EntryOut.model_fields if name != "actor"]
    entries = await queries.entries(session, order_id)
    history = [{name: getattr(e.SupervisionEntry, name) for name in names} | {"actor": e.username} for e in entries]
    return OrderDetail.model_validate(_item(row, caller) | {"history": history})


def _item(row: Any, caller: Actor) -> dict[str, Any]:
    found = row.SupervisionOrder
    order = {
        column: getattr(found, column)
        for column in (*ORDER, "target_id", "centre_id")
        if column not in ("target", "centre")
    }
    order["target"] = {"id": found.target_id} | {n: getattr(row, f"target_{n}") for n in ("code", "name", "name_en")}
    incident = {"id": found.incident_id, "number": row.number, "status": row.status, "version": row.version}
    return shown(order | {"centre": row.centre}, caller, row.now) | {"incident": incident}


async def end(session: Session, incident_id: UUID, because: str) -> int:
    """Lift what presses for an incident that has ended; says how many."""
    found = await queries.open_on(session, incident_id)
    account = await ensure_system_account(session)
    at = await instant(session)
    for order in found:
        order.state, order.acts_at = MOVES[A.LIFT].target.value, None
        order.version += 1
        entry = {"order_id": order.id, "seq": order.version, "action": A.LIFT.value, "grade": order.grade}
        by = {"account_id": account.id, "role": Role.SYSTEM.value, "note": because, "reply_due_at": order.reply_due_at}
        session.add(SupervisionEntry(**entry, **by, at=at))
        names = ("id", "incident_id", "centre_id", "target_id")
        facts = {name: str(getattr(order, name)) for name in names} | {"grade": order.grade, "by": "clock"}
        outbox.record(session, "supervision.lifted", order.id, [order.centre_id, order.target_id], **facts)
    await session.flush()
    return len(found)
