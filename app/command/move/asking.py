"""One request to move an incident while it is carried out, and how it is refused."""

from typing import Any, ClassVar
from uuid import UUID

from app.command.move.schemas import TransitionIn
from app.command.service import Change
from app.core.problems import Conflict, Problem, Unprocessable
from app.identity.workflow import Role
from app.incident.workflow import Action, Status


class UnknownName(Unprocessable):
    """The request names something that does not exist for this incident."""

    members: ClassVar[dict[str, Any]] = {"unknown": ["P-999"]}


class NeedsMissing(Problem):
    """The action needs more than the request gives."""

    status = 422
    members: ClassVar[dict[str, Any]] = {"missing": ["category"], "shortfall": {"fire_rescue": 1}}


class PatrolUnfit(Conflict):
    """A patrol that was named cannot be sent."""

    members: ClassVar[dict[str, Any]] = {"patrol": "P-001", "why": "busy"}


class Asked:
    """One request to move an incident: the change being made, what was asked, in which role, and what it named."""

    def __init__(self, change: Change, body: TransitionIn, role: Role) -> None:
        self.change, self.body, self.role = change, body, role
        self.record = change.record
        self.action = Action(body.action)
        self.details: dict[str, Any] = {}
        self.from_centre: UUID | None = None
        self.to: Status | None = None
