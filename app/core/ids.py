"""How rows are named: UUIDv7, so that ids made anywhere sort by the time they were made."""

from uuid import UUID

from uuid_utils.compat import uuid7 as _uuid7


def uuid7() -> UUID:
    """A new time-ordered id."""
    return _uuid7()
