"""HTTP of verify and check tasks."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response

from app.command.move.asking import NeedsMissing
from app.command.move.routes import Acting, BasedOn
from app.command.move.service import IllegalMove, NotYourMove
from app.command.schemas import Call
from app.command.task import queries, service
from app.command.task.schemas import TaskMoved, TaskRow, TaskTransitionIn
from app.core.db import Read, WriteLane
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Page
from app.core.problems import InvalidRequest, NotFound, VersionMissing, VersionStale, problems
from app.identity.access import HotKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["incidents"])
PROBLEMS = problems(
    NotSignedIn, NotYourMove, NotFound, KeyMissing, KeyReused, StillRunning, IllegalMove, NeedsMissing, InvalidRequest,
    VersionStale, VersionMissing,
)  # fmt: skip


@router.get("/incidents/{incident_id}/checks", responses=problems(NotSignedIn, Forbidden, NotFound))
async def tasks(
    incident_id: UUID, caller: Annotated[Actor, needs(Right.INCIDENTS_READ)], session: Read
) -> Page[TaskRow]:
    """The verify and check tasks of an incident, open and done."""
    found = await queries.tasks(session, caller, incident_id)
    if found is None:
        raise NotFound
    return Page(items=[TaskRow.model_validate(task) for task in found])


@router.post("/checks/{task_id}/transitions", response_model=TaskMoved, responses=PROBLEMS)
async def advance(  # one parameter each of what a request carries
    task_id: UUID, caller: Acting, body: TaskTransitionIn, based_on: BasedOn, once: HotKey, lane: WriteLane
) -> Response:
    """Take a task, or give it back to everybody who may do it."""
    return await service.advance(Call(lane, caller, once), task_id, body, based_on)
