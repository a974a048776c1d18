"""What the clock does about one incident: the acts of a ladder's step, and what else an instant comes for."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from app.catalogue.workflow import Step as Timed
from app.command import pressing, summoning
from app.command.climbing import BREACHED, RED, Passed
from app.command.move.levels import go_up
from app.command.move.service import carry_out
from app.command.pressing import Press
from app.command.queries import TASK_CHANGE
from app.command.service import Change
from app.command.workflow import limit_of
from app.core.db import Lane
from app.core.time import instant_of
from app.dispatch import workflow as dispatch
from app.dispatch.service import next_to_ask
from app.dispatch.workflow import AssignmentAction, AssignmentState
from app.identity.workflow import Role
from app.incident.workflow import Action, Clock, Status
from app.linkage import workflow as linkage
from app.linkage.workflow import SummonsAction, SummonsState
from app.policy.workflow import Act, Step
from app.supervision.workflow import Due, Grade, higher

HANDLERS = frozenset({Clock.ACKNOWLEDGE, Clock.ARRIVE, Clock.HANDLE})
"""The clocks by which a department that leads is pressed; by all others the centre in command is."""
OFFERING = frozenset({Status.REGISTERED, Status.DISPATCHED, Status.HANDLING})
TASK_LIMIT = {"verify": Timed.VERIFY, "check": Timed.CHECK}
NOT_IN_TIME = "nobody accepted in time"


class Turn:
    """One incident in hand, with the orders on it, and what the acts of a step have come to."""

    def __init__(self, lane: Lane, change: Change, orders: list[dict[str, Any]]) -> None:
        self.lane, self.change, self.record, self.orders = lane, change, change.record, orders
        self.clock: dict[str, Any] = {}
        self.target_id = self.presser_id = UUID(int=0)
        self.acts: dict[str, Any] = {}
        self.skipped: dict[str, str] = {}

    @property
    def summons(self) -> dict[str, Any] | None:
        """The summons whose clock this is, if it is one's."""
        wanted = str(self.clock["summons_id"])
        return next((s for s in self.record["summons"] if str(s["id"]) == wanted), None)


async def climb(turn: Turn, clock_id: UUID) -> bool:
    """Climb a clock's ladder: of all steps whose time has come the last is done, those before it are put on record."""
    change = turn.change
    found = [c for c in change.clocks.current.values() if str(c["id"]) == str(clock_id)]
    passed = change.clocks.climb(found[0]) if found else []
    if not passed:
        return bool(change.clocks.changed)
    turn.clock = found[0]
    turn.target_id, turn.presser_id = _pressed(turn)
    last = passed[-1]
    for act in last.step.do:
        await ACTS[act](turn, last.step)
    change.rows["clock_actions"] += [_action(turn, one, is_last=one is last) for one in passed]
    _tell(turn, passed)
    return True


def _pressed(turn: Turn) -> tuple[UUID, UUID]:
    """Who is pressed by this clock, and the centre in whose name: the one above a centre, the one in command else."""
    record, summons = turn.record, turn.summons
    commanding: UUID = record["commanding_centre_id"]
    if summons is not None:
        return UUID(str(summons["department_id"])), commanding
    if record["lead_department_id"] is not None and turn.clock["kind"] in HANDLERS:
        return record["lead_department_id"], commanding
    return commanding, record["parent_id"] or commanding


def _action(turn: Turn, one: Passed, *, is_last: bool) -> dict[str, Any]:
    return {
        "clock_id": turn.clock["id"],
        "due_at": turn.clock["due_at"],
        "share": one.step.share,
        "after_min": one.step.after_min,
        "step": one.step.number,
        "incident_id": turn.record["id"],
        "state": "done" if is_last else "collapsed",
        "acts": turn.acts if is_last else {},
        "skipped": turn.skipped if is_last else {},
        "late_s": (turn.change.now - one.at).total_seconds(),
    }


def _tell(turn: Turn, passed: list[Passed]) -> None:
    """One fact a climb: that the limit has passed, where it has just now; else the card, or the step."""
    clock, step = turn.clock, passed[-1].step
    if any(one.step.share >= 1 and one.step.after_min == 0 for one in passed):
        topic = "clock.breached"
    else:
        topic = "clock.yellow" if step.share < 1 and Act.CARD in step.do else "clock.climbed"
    payload = {name: clock[name] for name in ("kind", "summons_id", "due_at", "card")} | {
        "clock_id": clock["id"],
        "incident_id": turn.record["id"],
        "centre_id": turn.record["commanding_centre_id"],
        "step": step.number,
        "acts": turn.acts,
        "skipped": turn.skipped,
        "collapsed": [one.step.number for one in passed[:-1]],
    }
    turn.change.log(topic, UUID(str(clock["id"])), None, payload, turn.target_id)


async def _card(turn: Turn, _: Step) -> None:
    turn.acts["card"] = turn.clock["card"]


async def _supervise(turn: Turn, step: Step) -> None:
    kind = turn.clock["kind"]
    passed = turn.clock["state"] == BREACHED
    reason = f"the limit to {kind} has passed" if passed else f"{step.share:.0%} of the limit to {kind} has gone"
    by = Press(turn.target_id, turn.presser_id, step.grade, Role.SYSTEM, reason, UUID(str(turn.clock["id"])))
    order = pressing.press(turn.change, turn.orders, by)
    if order is None:
        turn.skipped["supervise"] = "pressed as hard already"
    else:
        turn.acts["supervise"] = {"order_id": order["id"], "grade": order["grade"]}


async def _time_out(turn: Turn, step: Step) -> None:
    """Offers that nobody accepted end; a summons is missed, which always opens an order, and may still arrive late."""
    change, summons = turn.change, turn.summons
    if summons is not None:
        miss = linkage.MOVES[SummonsAction.MISS]
        if SummonsState(summons["state"]) not in miss.source:
            turn.skipped["time_out"] = f"the summons is {summons['state']}"
            return
        summoning.step(change, summons, miss, Role.SYSTEM, details={"clock": turn.clock["kind"]})
        turn.acts["time_out"] = [summons["department"]["code"]]
        if Act.SUPERVISE not in step.do:
            await _supervise(turn, step)
        return
    waits = turn.clock["kind"] == Clock.ACKNOWLEDGE
    offered = [a for a in turn.record["assignments"] if a["is_active"] and a["state"] == AssignmentState.OFFERED]
    if not waits or not offered:
        turn.skipped["time_out"] = "no offer waits"
        return
    for assignment in offered:
        carry_out(change, assignment, dispatch.MOVES[AssignmentAction.TIME_OUT], NOT_IN_TIME)
    turn.acts["time_out"] = [assignment["patrol"] for assignment in offered]


async def _next(turn: Turn, _: Step) -> None:
    """Offer to the best patrol that was not asked in this round, once what was offered has timed out."""
    record, change = turn.record, turn.change
    why = _no_next(turn)
    patrol = None
    if why is None:
        patrol = await next_to_ask(turn.lane, record["id"], _asked(turn))
    if patrol is None:
        turn.skipped["next"] = why or "there is nobody else"
        return
    details = {"patrols": [patrol["code"]], "because": "next on the rota"}
    change.move(Action.DISPATCH, Role.SYSTEM, details=details)
    change.offer(patrol, stacked=False, override_reason=None)
    turn.acts["next"] = patrol["code"]


def _no_next(turn: Turn) -> str | None:
    record = turn.record
    if turn.clock["summons_id"] is not None:
        return "a department has no next"
    if _went_up(turn):
        return "another level commands now"
    if record["status"] not in OFFERING:
        return f"the incident is {record['status']}"
    waits = record["status"] == Status.REGISTERED or "time_out" in turn.acts
    return None if waits else "no offer has timed out"


def _went_up(turn: Turn) -> bool:
    return any(move["action"] == Action.ESCALATE for move in turn.change.rows["moves"])


def _asked(turn: Turn) -> set[str]:
    """The patrols that were offered the incident in this round: since its whole limit runs."""
    total = turn.change.clocks.current.get(Clock.TOTAL)
    since: datetime | None = total["started_at"] if total is not None and turn.record["round"] > 1 else None
    offers = turn.record["assignments"]
    return {str(a["patrol_id"]) for a in offers if since is None or instant_of(a["offered_at"]) >= since}


async def _up(turn: Turn, _: Step) -> None:
    if turn.clock["summons_id"] is not None:
        turn.skipped["up"] = "one department's clock moves no incident"
    elif _went_up(turn):
        turn.skipped["up"] = "it went up by rule"
    elif go_up(turn.change, by="clock", clock=turn.clock["kind"]):
        turn.acts["up"] = turn.record["commanding_centre"]["code"]
    else:
        turn.skipped["up"] = "no level is above"


ACTS: dict[Act, Callable[[Turn, Step], Awaitable[None]]] = {
    Act.CARD: _card,
    Act.SUPERVISE: _supervise,
    Act.TIME_OUT: _time_out,
    Act.NEXT: _next,
    Act.UP: _up,
}


async def raise_order(turn: Turn, order_id: UUID) -> bool:
    """Raise an order that was not answered when an answer was due."""
    order = next((o for o in turn.orders if str(o["id"]) == str(order_id)), None)
    if order is None or order["state"] != "open" or order["acts_at"] is None:
        return False
    grade = higher(Grade(order["grade"]))
    if grade is None or instant_of(order["acts_at"]) > turn.change.now:
        return False
    names = ("target_id", "centre_id")
    target_id, centre_id = (UUID(str(order[name])) for name in names)
    pressing.raise_(turn.change, order, Press(target_id, centre_id, grade, Role.SYSTEM, "no answer when it was due"))
    return True


async def time_out_task(turn: Turn, task_id: UUID) -> bool:
    """Show a red card on a task that is late, and offer one that somebody holds to everybody who may do it."""
    change, record, task = turn.change, turn.record, turn.record["task"]
    if task is None or str(task["id"]) != str(task_id) or task["card"] or instant_of(task["due_at"]) > change.now:
        return False
    task["card"] = RED
    held = record["task_patrol_id"] or record["task_account_id"]
    change.log(
        "task.overdue", UUID(str(task["id"])), task["version"], {"kind": task["kind"], "incident_id": record["id"]}
    )
    if held is None:
        row = dict.fromkeys(TASK_CHANGE) | {"id": task["id"], "state": task["state"], "card": RED}
        change.rows["task_changes"].append(row)
        return True
    change.set_task(task, "withdrawn", reason="timed out")
    limit = limit_of(record, TASK_LIMIT[task["kind"]])
    change.open_task(task["kind"], None, None, change.calendar.due(change.now, limit))
    return True


async def expire_request(turn: Turn, request_id: UUID) -> bool:
    """Let a request expire that nobody has decided."""
    request = next((r for r in turn.record["requests"] if str(r["id"]) == str(request_id)), None)
    if request is None or request["state"] != "asked":
        return False
    turn.change.decide(request, "expired", "nobody has decided in time")
    return True


async def resume(turn: Turn, _: UUID) -> bool:
    """Resume a suspended incident at its date."""
    record, change = turn.record, turn.change
    if (
        record["status"] != Status.SUSPENDED
        or record["suspended_until"] is None
        or record["suspended_until"] > change.now
    ):
        return False
    change.move(Action.RESUME, Role.SYSTEM, details={"by": "clock", "until": record["suspended_until"]})
    record["suspended_until"] = None
    return True


EFFECTS: dict[Due, Callable[[Turn, UUID], Awaitable[bool]]] = {
    Due.CLOCK: climb,
    Due.ORDER: raise_order,
    Due.TASK: time_out_task,
    Due.REQUEST: expire_request,
    Due.SUSPENSION: resume,
}
