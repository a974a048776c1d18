"""How far a fill has come, and which of its states a person may still act on."""

from datetime import timedelta
from enum import StrEnum

BEAT_S = 1.0
LOST_AFTER = timedelta(seconds=15)
"""A fill whose worker has not been heard of for so long is taken again."""
ATTEMPTS = 3
"""A fill that has cost so many workers their lives is given up."""


class FillState(StrEnum):
    """A fill waits for a worker, is worked on, and ends in one of three ways."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


LIVE = frozenset({FillState.QUEUED, FillState.RUNNING})
