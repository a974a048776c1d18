"""Which role may use which part of the API. Who may move an incident is said by the incident's own workflow table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Self
from uuid import UUID


class Role(StrEnum):
    """What a person does (workflow.md, section 4, rule 11). A grant is a role at one organisation and all below it.

    A volunteer, or a guard of a company, is on duty with a patrol but sees only what that patrol is sent to.
    """

    GRID_WORKER = "grid_worker"
    PATROL_MEMBER = "patrol_member"
    TEAM_LEADER = "team_leader"
    ACCEPTOR = "acceptor"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    DEPARTMENT_DESK = "department_desk"
    DEPARTMENT_HANDLER = "department_handler"
    INSPECTOR = "inspector"
    LEADER = "leader"
    EVALUATOR = "evaluator"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"
    VOLUNTEER = "volunteer"
    CHANNEL = "channel"
    SYSTEM = "system"


SENIORITY = {role: place for place, role in enumerate(Role)}


def senior(roles: Iterable[Role]) -> Role | None:
    """The first of these in the order of the roles: the one that somebody who holds several acts in."""
    return min(roles, key=SENIORITY.__getitem__, default=None)


class Right(StrEnum):
    """A part of the API. These are also the scopes an API key is limited to."""

    GROUND_READ = "ground:read"
    GROUND_WRITE = "ground:write"
    ORGANISATION_READ = "organisation:read"
    ORGANISATION_WRITE = "organisation:write"
    CATALOGUE_READ = "catalogue:read"
    CATALOGUE_WRITE = "catalogue:write"
    POLICIES_WRITE = "policies:write"
    DUTY_READ = "duty:read"
    DUTY_WRITE = "duty:write"
    POSITIONS_WRITE = "positions:write"
    TRACKS_READ = "tracks:read"
    SAFETY_ACT = "safety:act"
    INCIDENTS_READ = "incidents:read"
    INCIDENTS_REPORT = "incidents:report"
    INCIDENTS_ACT = "incidents:act"
    SCORES_WRITE = "scores:write"
    CONTACTS_READ = "contacts:read"
    ORIGINALS_READ = "originals:read"
    STREAM_READ = "stream:read"
    NOTICES_READ = "notices:read"
    LAYERS_READ = "layers:read"
    WARNINGS_WRITE = "warnings:write"
    WARNINGS_BRING = "warnings:bring"
    ACCOUNTS_WRITE = "accounts:write"
    WEBHOOKS_WRITE = "webhooks:write"
    AUDIT_READ = "audit:read"


_LOOK = frozenset(
    {
        Right.GROUND_READ,
        Right.ORGANISATION_READ,
        Right.CATALOGUE_READ,
        Right.DUTY_READ,
        Right.INCIDENTS_READ,
        Right.STREAM_READ,
        Right.NOTICES_READ,
        Right.LAYERS_READ,
    }
)
_WORK = _LOOK | {Right.INCIDENTS_ACT, Right.SAFETY_ACT}
_FIELD = _WORK | {Right.INCIDENTS_REPORT, Right.POSITIONS_WRITE}
_DESK = _WORK | {Right.INCIDENTS_REPORT, Right.CONTACTS_READ}
_HELP = frozenset(
    {
        Right.GROUND_READ,
        Right.CATALOGUE_READ,
        Right.DUTY_READ,
        Right.INCIDENTS_READ,
        Right.INCIDENTS_ACT,
        Right.INCIDENTS_REPORT,
        Right.POSITIONS_WRITE,
        Right.SAFETY_ACT,
        Right.STREAM_READ,
        Right.NOTICES_READ,
    }
)
_MANAGE = frozenset(
    {
        Right.GROUND_WRITE,
        Right.ORGANISATION_WRITE,
        Right.CATALOGUE_WRITE,
        Right.POLICIES_WRITE,
        Right.ACCOUNTS_WRITE,
        Right.WEBHOOKS_WRITE,
    }
)

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.GRID_WORKER: _FIELD,
    Role.PATROL_MEMBER: _FIELD,
    Role.TEAM_LEADER: _FIELD | {Right.DUTY_WRITE},
    Role.ACCEPTOR: _DESK,
    Role.SHIFT_LEADER: _DESK
    | {Right.DUTY_WRITE, Right.TRACKS_READ, Right.ORIGINALS_READ, Right.SCORES_WRITE, Right.WARNINGS_WRITE},
    Role.DISPATCHER: _DESK | {Right.DUTY_WRITE},
    Role.DEPARTMENT_DESK: _WORK | {Right.WEBHOOKS_WRITE},
    Role.DEPARTMENT_HANDLER: _WORK,
    Role.INSPECTOR: _WORK,
    Role.LEADER: _WORK
    | {
        Right.DUTY_WRITE,
        Right.TRACKS_READ,
        Right.ORIGINALS_READ,
        Right.SCORES_WRITE,
        Right.POLICIES_WRITE,
        Right.WARNINGS_WRITE,
    },
    Role.EVALUATOR: _LOOK | {Right.SCORES_WRITE},
    Role.ADMINISTRATOR: (_LOOK - {Right.INCIDENTS_READ, Right.STREAM_READ}) | _MANAGE | {Right.DUTY_WRITE},
    Role.AUDITOR: _LOOK | {Right.AUDIT_READ},
    Role.VOLUNTEER: _HELP,
    Role.CHANNEL: frozenset({Right.INCIDENTS_REPORT, Right.WARNINGS_BRING}),
    Role.SYSTEM: frozenset(Right),
}

WITH_THE_CREW = frozenset({Role.VOLUNTEER})
"""Roles that open no place: who holds one sees their own crews and what those are sent to, not the whole street."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role at an organisation; `reach` is that organisation and everything below, `departments` those of it."""

    role: Role
    organisation_id: UUID
    is_centre: bool
    reach: frozenset[UUID]
    departments: frozenset[UUID] = frozenset()

    def opens(self, right: Right) -> bool:
        """Whether it opens its places to a right: a right counts where it is held, not at the holder's other places."""
        return right in RIGHTS[self.role] and self.role not in WITH_THE_CREW


@dataclass(frozen=True, slots=True)
class Actor:
    """The caller: an account with the grants it holds now, limited by the scopes of its key if it came with one.

    `centres` and `departments` are the places whose duty it sees, `incident_…` those whose incidents and stream: a
    grant at a centre opens the centres it reaches, one at a department the departments.
    """

    account_id: UUID
    username: str
    grants: tuple[Grant, ...]
    rights: frozenset[Right]
    centres: tuple[UUID, ...]
    departments: tuple[UUID, ...]
    incident_centres: tuple[UUID, ...]
    incident_departments: tuple[UUID, ...]
    roles: Mapping[UUID, frozenset[Role]]
    held: frozenset[Role]

    @classmethod
    def of(
        cls, account_id: UUID, username: str, grants: tuple[Grant, ...], scopes: frozenset[Right] | None = None
    ) -> Self:
        """The actor holding these grants."""
        rights = frozenset[Right]().union(*(RIGHTS[grant.role] for grant in grants))
        roles: dict[UUID, set[Role]] = {}
        for grant in grants:
            for place in grant.reach:
                roles.setdefault(place, set()).add(grant.role)
        return cls(
            account_id,
            username,
            grants,
            rights if scopes is None else rights & scopes,
            *_opened(grants, Right.DUTY_READ),
            *_opened(grants, Right.INCIDENTS_READ),
            {place: frozenset(held) for place, held in roles.items()},
            frozenset(grant.role for grant in grants),
        )

    def roles_at(self, organisation_id: UUID | None) -> frozenset[Role]:
        """The roles this caller holds at an organisation, from there or from above."""
        return self.roles.get(organisation_id, frozenset()) if organisation_id else frozenset()

    def may_at(self, right: Right, organisation_id: UUID) -> bool:
        """Whether the caller has a right at one organisation, not only somewhere."""
        return right in self.rights and any(right in RIGHTS[role] for role in self.roles_at(organisation_id))

    def places_with(self, right: Right) -> list[UUID]:
        """The organisations at which the caller has a right, from there or from above."""
        return [place for place in self.roles if self.may_at(right, place)]


def _opened(grants: tuple[Grant, ...], right: Right) -> tuple[tuple[UUID, ...], tuple[UUID, ...]]:
    """The centres, and the departments, that these grants open to a right."""
    opening = [grant for grant in grants if grant.opens(right)]
    centres = {place for grant in opening if grant.is_centre for place in grant.reach - grant.departments}
    departments = {place for grant in opening if not grant.is_centre for place in grant.reach}
    return tuple(sorted(centres)), tuple(sorted(departments))
