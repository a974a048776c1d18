"""What a phone may ask for: each type of operation is the body of a route, handed to that route's own use case.

A type is a row: the route, the right it needs, the shape of the payload, the kind of connection, and the use case.
"""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

import orjson
from fastapi import Response
from pydantic import BaseModel

from app.command.amend import service as amend
from app.command.amend.schemas import IncidentPatch
from app.command.handover import service as handover
from app.command.handover.schemas import HandoverIn
from app.command.intake import service as intake
from app.command.intake.schemas import ReportIn
from app.command.move import service as move
from app.command.move.schemas import AssignmentTransitionIn, TransitionIn
from app.command.request import service as request
from app.command.request.schemas import RequestIn
from app.command.schemas import Call, Doubt, Observed
from app.command.summons import service as summons
from app.command.summons.schemas import SummonsTransitionIn
from app.command.task import service as task
from app.command.task.schemas import TaskTransitionIn
from app.core.once import ANY_VERSION, Once
from app.core.problems import VersionMissing
from app.coverage.checkpoint import service as checkpoint
from app.coverage.checkpoint.schemas import VisitIn
from app.dispatch.crews import service as crews
from app.identity.workflow import Actor, Right
from app.incident.history import service as history
from app.incident.history.schemas import NoteIn
from app.patrol import service as patrol
from app.patrol.batch import Batch
from app.patrol.schemas import PositionsIn, SignOnIn
from app.roster.schemas import SignOffIn


class Way(StrEnum):
    """The kind of connection a use case works on, by the name the database gives it."""

    LANE = "write_lane"
    SESSION = "write"
    POSITIONS = "position_lane"


class Doing(NamedTuple):
    """An operation while it is carried out: on which connection, by whom, about what, seen when."""

    way: Any
    actor: Actor
    once: Once
    observed: Observed
    target: UUID
    base_version: int | None
    keep_days: int

    @property
    def call(self) -> Call:
        """The request as the use cases of incidents take it."""
        return Call(self.way, self.actor, self.once, self.observed)


class Outcome(NamedTuple):
    """What the use case made: id, version and state of the thing, and a doubt about the device's time."""

    id: UUID | None = None
    version: int | None = None
    state: str | None = None
    doubt: Doubt | None = None


class Kind(NamedTuple):
    """One type of operation: `name` is what the phone calls it, `route` where the same is done without a batch."""

    name: str
    route: str
    right: Right
    body: type[BaseModel]
    run: Callable[[Doing, Any], Awaitable[Outcome]]
    way: Way = Way.LANE

    @property
    def has_target(self) -> bool:
        """Positions are about nothing but where the phone was."""
        return self.way is not Way.POSITIONS


def _made(answer: Response) -> Outcome:
    """What the answer of a route says, in short."""
    body: dict[str, Any] = orjson.loads(answer.body)
    told = [one["received_at"] and one["doubt"] for one in (body.get("observed") or {}).values()]
    doubt = next((Doubt(one) for one in reversed(told) if one), None)
    id = body.get("id")
    return Outcome(id and UUID(id), body.get("version"), body.get("status") or body.get("state"), doubt)


async def _report(doing: Doing, body: ReportIn) -> Outcome:
    """The phone names the incident, so that what follows can name it before the service knows of it."""
    given = body.model_copy(update={"id": doing.target, "occurred_at": body.occurred_at or doing.observed.at})
    return _made(await intake.report(doing.call, given))


async def _move(doing: Doing, body: TransitionIn) -> Outcome:
    return _made(await move.advance(doing.call, doing.target, body, ANY_VERSION))


async def _assign(doing: Doing, body: AssignmentTransitionIn) -> Outcome:
    return _made(await move.advance_assignment(doing.call, doing.target, body, ANY_VERSION))


async def _summons(doing: Doing, body: SummonsTransitionIn) -> Outcome:
    return _made(await summons.advance(doing.call, doing.target, body, ANY_VERSION))


async def _task(doing: Doing, body: TaskTransitionIn) -> Outcome:
    return _made(await task.advance(doing.call, doing.target, body, ANY_VERSION))


async def _amend(doing: Doing, body: IncidentPatch) -> Outcome:
    """Type, priority and address: the one thing that must be based on what stands there."""
    if doing.base_version is None:
        raise VersionMissing("A change of what an incident says needs base_version.")
    return _made(await amend.amend(doing.call, doing.target, body, doing.base_version))


async def _request(doing: Doing, body: RequestIn) -> Outcome:
    return _made(await request.ask(doing.call, doing.target, body))


async def _note(doing: Doing, body: NoteIn) -> Outcome:
    return Outcome((await history.leave_note(doing.way, doing.actor, doing.target, body)).id)


async def _sign_on(doing: Doing, body: SignOnIn) -> Outcome:
    """Where the crew stood is as old as the operation: a phone may not sign on from where it was an hour ago."""
    given = body.model_copy(update={"observed_at": body.observed_at or doing.observed.at})
    shift = await patrol.sign_on(doing.way, doing.actor, doing.target, ANY_VERSION, given)
    return Outcome(shift.id, shift.version, shift.presence)


async def _sign_off(doing: Doing, body: SignOffIn) -> Outcome:
    shift = await crews.sign_off(doing.way, doing.actor, doing.target, ANY_VERSION, body)
    return Outcome(shift.id, shift.version, shift.presence)


async def _hand_over(doing: Doing, body: HandoverIn) -> Outcome:
    return _made(await handover.hand_over(doing.call, doing.target, body, ANY_VERSION))


async def _visit(doing: Doing, body: VisitIn) -> Outcome:
    given = body.model_copy(update={"observed_at": body.observed_at or doing.observed.at})
    return Outcome((await checkpoint.visit(doing.way, doing.actor, given, doing.target)).checkpoint_id)


async def _positions(doing: Doing, body: PositionsIn) -> Outcome:
    """Fixes that are not kept (off duty, out of range) are dropped, as always; told is how many were not."""
    stored = await patrol.store(doing.way, patrol.Sender.of(doing.actor), Batch.of(body.positions), doing.keep_days)
    return Outcome(state=f"{stored.stored} stored, {stored.repeated} repeated, {len(stored.not_stored)} not kept")


REPORT, ACT, DUTY, GIVE = Right.INCIDENTS_REPORT, Right.INCIDENTS_ACT, Right.DUTY_READ, Right.POSITIONS_WRITE
INCIDENT, SHIFT = "/v1/incidents/{incident_id}", "/v1/shifts/{shift_id}"
SESSION, POSITIONS = Way.SESSION, Way.POSITIONS
# fmt: off
KINDS = (
    #    type                     the same without a batch                           right   payload                 use case
    Kind("incident.report",       "POST /v1/incidents",                              REPORT, ReportIn,               _report),
    Kind("incident.transition",   f"POST {INCIDENT}/transitions",                    ACT,    TransitionIn,           _move),
    Kind("incident.amend",        f"PATCH {INCIDENT}",                               ACT,    IncidentPatch,          _amend),
    Kind("incident.note",         f"POST {INCIDENT}/notes",                          ACT,    NoteIn,                 _note, SESSION),
    Kind("incident.request",      f"POST {INCIDENT}/requests",                       ACT,    RequestIn,              _request),
    Kind("assignment.transition", "POST /v1/assignments/{assignment_id}/transitions", ACT,   AssignmentTransitionIn, _assign),
    Kind("summons.transition",    "POST /v1/summons/{summons_id}/transitions",       ACT,    SummonsTransitionIn,    _summons),
    Kind("task.transition",       "POST /v1/checks/{task_id}/transitions",           ACT,    TaskTransitionIn,       _task),
    Kind("shift.sign_on",         f"POST {SHIFT}/sign-on",                           DUTY,   SignOnIn,               _sign_on, SESSION),
    Kind("shift.sign_off",        f"POST {SHIFT}/sign-off",                          DUTY,   SignOffIn,              _sign_off, SESSION),
    Kind("shift.hand_over",       f"POST {SHIFT}/handover",                          DUTY,   HandoverIn,             _hand_over),
    Kind("checkpoint.visit",      "POST /v1/checkpoints/{checkpoint_id}/visits",     GIVE,   VisitIn,                _visit, SESSION),
    Kind("positions.add",         "POST /v1/positions",                              GIVE,   PositionsIn,            _positions, POSITIONS),
)
# fmt: on
BY_TYPE = {kind.name: kind for kind in KINDS}
