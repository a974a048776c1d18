"""One request to change something, as it is passed on: who asks, under which key, on which connection, seen when."""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from app.core.db import Lane
from app.core.once import Once
from app.identity.workflow import Actor

MOST_SKEW = timedelta(minutes=5)
"""A device's clock that is further off than this stops no limit: the instant of receipt does."""


class Doubt(StrEnum):
    """Why what a device says about the time does not count."""

    SKEWED = "skewed"
    BEFORE_ASSIGNMENT = "before_assignment"


class Observed(NamedTuple):
    """When a device says that something happened; `skew` is how far its clock is ahead of the service's."""

    at: datetime
    skew: timedelta

    def doubt(self, now: datetime, since: datetime) -> Doubt | None:
        """Why it does not count, if so: of something that could not be done before `since`."""
        if abs(self.skew) > MOST_SKEW or self.at > now + MOST_SKEW:
            return Doubt.SKEWED
        return Doubt.BEFORE_ASSIGNMENT if self.at < since else None


class Told(NamedTuple):
    """Both times of a move, as they are kept, and which of them counts: where there is doubt, that of receipt."""

    observed_at: datetime
    received_at: datetime
    doubt: Doubt | None

    @property
    def counts_at(self) -> datetime:
        """When it happened, as far as limits go."""
        return self.received_at if self.doubt else min(self.observed_at, self.received_at)

    def kept(self) -> dict[str, Any]:
        """As it is stored."""
        return self._asdict()


class Call(NamedTuple):
    """A caller's request: the connection is in a transaction that is committed when all went well."""

    lane: Lane
    actor: Actor
    once: Once
    observed: Observed | None = None
