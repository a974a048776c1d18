"""Listing an incident's assignments."""

from typing import Any
from uuid import UUID

from app.core.db import Session
from app.dispatch.held import queries
from app.dispatch.held.schemas import AssignmentOut
from app.dispatch.workflow import AssignmentState, allowed
from app.identity.workflow import Actor
from app.incident.service import seen


async def page(
    session: Session, caller: Actor, incident_id: UUID, after: UUID | None, limit: int
) -> list[AssignmentOut]:
    """An incident's assignments in the order they were made, one more than asked for.

    Raises:
        NotFound: the incident is out of the caller's reach.
    """
    await seen(session, caller, incident_id)
    mine = await queries.patrols_of(session, caller.account_id)
    return [_shown(row, caller, mine) for row in await queries.page(session, incident_id, after, limit)]


def _shown(row: Any, caller: Actor, mine: set[UUID]) -> AssignmentOut:
    roles, state = caller.roles_at(row.commanding_centre_id), AssignmentState(row.state)
    actions = allowed(state, roles, is_crew=row.patrol_id in mine, is_stacked=row.is_stacked)
    return AssignmentOut.model_validate(row).model_copy(update={"allowed_actions": actions})
