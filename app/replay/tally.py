"""What came of every row: counts that must add up, latencies in bounded memory, and the summary for a person."""

import math
from collections import Counter
from collections.abc import Iterator
from enum import StrEnum
from typing import Any

RESOLUTION = 1.02
"""Latencies are kept to 2 %: as many numbers as there are such steps between a microsecond and an hour."""
QUANTILES = {"p50": 0.5, "p90": 0.9, "p99": 0.99}


class Outcome(StrEnum):
    """What came of a row; each has exactly one."""

    NOT_SENT = "not sent"
    ACCEPTED = "accepted"
    REPEATED = "repeated"
    REFUSED = "refused"
    FAILED = "failed"


class Latencies:
    """How long requests of one kind took."""

    def __init__(self) -> None:
        self._steps: Counter[int] = Counter()
        self.longest_ms = 0.0

    def __len__(self) -> int:
        return self._steps.total()

    def add(self, ms: float) -> None:
        """One more request."""
        self._steps[math.ceil(math.log(max(ms, 1e-3), RESOLUTION))] += 1
        self.longest_ms = max(self.longest_ms, ms)

    def quantile_ms(self, share: float) -> float:
        """The time within which this share of the requests was answered."""
        left = share * len(self)
        for step in sorted(self._steps):
            left -= self._steps[step]
            if left <= 0:
                return min(RESOLUTION**step, self.longest_ms)
        return self.longest_ms

    def shown(self) -> dict[str, float]:
        """Their number, percentiles and the longest, in milliseconds."""
        found = {name: round(self.quantile_ms(share), 1) for name, share in QUANTILES.items()}
        return {"requests": len(self), **found, "max": round(self.longest_ms, 1)}


class Tally:
    """The counts of one run. Every row read must be settled exactly once."""

    def __init__(self) -> None:
        self.read = 0
        self.total = 0
        self.seconds = 0.0
        self.outcomes: Counter[tuple[Outcome, str]] = Counter()
        self.notes: Counter[str] = Counter()
        self.recorded: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.moves_refused: Counter[str] = Counter()
        self.moves_failed: Counter[str] = Counter()
        self.retries: Counter[str] = Counter()
        self.latencies: dict[str, Latencies] = {}

    def settle(self, outcome: Outcome, reason: str) -> None:
        """Say what came of a row."""
        self.outcomes[outcome, reason] += 1

    def took(self, step: str, seconds: float) -> None:
        """An answered request of a step."""
        self.latencies.setdefault(step, Latencies()).add(seconds * 1000)

    def of(self, outcome: Outcome) -> int:
        """How many rows came to this."""
        return sum(n for (what, _), n in self.outcomes.items() if what is outcome)

    @property
    def is_accounted(self) -> bool:
        """Whether every row read came to exactly one outcome, and every incident filed or repeated to one status."""
        filed = self.of(Outcome.ACCEPTED) + self.outcomes[Outcome.REPEATED, "answered again"]
        return self.outcomes.total() == self.read and self.statuses.total() == filed

    @property
    def is_good(self) -> bool:
        """Whether nothing was lost: all is accounted for, and no row and no move failed."""
        return self.is_accounted and not self.of(Outcome.FAILED) and not self.moves_failed

    def document(self) -> dict[str, Any]:
        """The summary as data."""
        requests = sum(len(one) for one in self.latencies.values())
        by_reason = {
            outcome.value: {
                "rows": self.of(outcome),
                "reasons": {why: n for (what, why), n in self.outcomes.most_common() if what is outcome},
            }
            for outcome in Outcome
        }
        return {
            "rows": self.total,
            "read": self.read,
            "outcomes": by_reason,
            "accounted": self.is_accounted,
            "statuses": dict(self.statuses.most_common()),
            "moves_refused": dict(self.moves_refused.most_common()),
            "moves_failed": dict(self.moves_failed.most_common()),
            "retries": dict(self.retries.most_common()),
            "notes": dict(self.notes.most_common()),
            "recorded": dict(self.recorded.most_common()),
            "latency_ms": {step: one.shown() for step, one in self.latencies.items()},
            "seconds": round(self.seconds, 1),
            "requests_per_second": round(requests / self.seconds, 1) if self.seconds else 0.0,
        }

    def lines(self) -> Iterator[str]:
        """The summary for a person."""
        yield f"{'Rows in the recording':<44}{self.total:>10,}"
        yield f"{'Rows read':<44}{self.read:>10,}"
        for outcome in Outcome:
            yield f"  {outcome:<42}{self.of(outcome):>10,}"
            yield from self._reasons(outcome)
        yield f"  {'sum':<42}{self.outcomes.total():>10,}  {'= rows read' if self.is_accounted else '≠ ROWS READ'}"
        counts = {
            "Statuses reached": self.statuses,
            "Moves refused": self.moves_refused,
            "Moves failed": self.moves_failed,
            "Requests sent again": self.retries,
            "Of the rows sent": self.notes,
            "Outcome in the record": self.recorded,
        }
        for title, counted in counts.items():
            yield from _listed(title, counted)
        for step, one in self.latencies.items():
            shown = "  ".join(f"{name} {value:,}" for name, value in one.shown().items())
            yield f"{f'Latency of {step}, ms':<34}{shown}"
        yield f"{self.seconds:,.1f} s, {self.document()['requests_per_second']:,} requests a second"

    def _reasons(self, outcome: Outcome) -> Iterator[str]:
        for (what, why), n in self.outcomes.most_common():
            if what is outcome and why:
                yield f"    {why:<40}{n:>10,}"


def _listed(title: str, counted: Counter[str]) -> Iterator[str]:
    if counted:
        yield title
        yield from (f"  {what:<42}{n:>10,}" for what, n in counted.most_common())
