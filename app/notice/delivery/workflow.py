"""What a channel is, and how often and how long apart it is tried. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol
from uuid import UUID

from app.core.db import Database
from app.notice.workflow import Urgency

ATTEMPTS = 8
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=5), timedelta(minutes=30)
LEASE = timedelta(minutes=2)
"""What is being sent is left to its worker so long; then another takes it. Longer than any channel may take."""
LONGEST_ERROR = 500


class Letter(NamedTuple):
    """One notice for one account, as a channel gets it: `text` in Chinese, `text_en` in English."""

    notice_id: UUID
    account_id: UUID
    urgency: Urgency
    topic: str
    text: str
    text_en: str
    attempts: int

    @property
    def key(self) -> tuple[UUID, UUID]:
        """Which letter it is: a channel that has had it before may leave it out."""
        return self.notice_id, self.account_id


Refused = Mapping[tuple[UUID, UUID], str]
"""The letters that a channel could not deliver, by their keys, and why."""


class Channel(Protocol):
    """A way to people. It gets each letter at least once, and again after a crash or a failure."""

    name: str
    carries: frozenset[Urgency]
    batch: int
    timeout_s: float

    async def deliver(self, database: Database, letters: Sequence[Letter]) -> Refused:
        """Deliver some letters; what raises, or lasts longer than `timeout_s`, has delivered none of them.

        The database is for addresses: no session of it is open while something is sent.
        """


def wait_after(attempts: int) -> timedelta | None:
    """How long until the next try after so many; nothing when that was the last."""
    return None if attempts >= ATTEMPTS else min(FIRST_WAIT * 4 ** (attempts - 1), LONGEST_WAIT)
