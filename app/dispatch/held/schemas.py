"""What leaves about an incident's assignments."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.time import Instant
from app.dispatch.workflow import AssignmentAction, AssignmentState


class AssignmentOut(BaseModel):
    """派遣单: one patrol's handling of the incident, with the instants of its steps."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    patrol_id: UUID
    patrol: str
    patrol_name: str
    state: AssignmentState
    is_active: bool
    is_stacked: bool
    offered_at: Instant
    accepted_at: Instant | None
    departed_at: Instant | None
    arrived_at: Instant | None
    ended_at: Instant | None
    distance_m: float | None
    override_reason: str | None
    reason: str | None
    allowed_actions: list[AssignmentAction] = []
