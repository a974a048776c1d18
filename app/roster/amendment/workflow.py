"""Who may leave a rule unmet in a published roster, and in which role somebody acts there."""

from collections.abc import Collection

from app.identity.workflow import Role

OVERRIDES = frozenset({Role.SHIFT_LEADER, Role.LEADER})
"""They may change a published roster against a hard rule, saying why."""
FIRST = (Role.LEADER, Role.SHIFT_LEADER, Role.DISPATCHER, Role.TEAM_LEADER, Role.ADMINISTRATOR, Role.SYSTEM)


def acting_as(held: Collection[Role]) -> Role:
    """The role that a change is recorded under: of those that plan duty the highest, else any that is held."""
    return next((role for role in FIRST if role in held), min(held, default=Role.PATROL_MEMBER))
