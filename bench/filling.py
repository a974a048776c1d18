"""`python -m bench.filling`: how soon, how full and how fair a made-up district's roster is filled, as a table.

Times are processor seconds of the one thread that solves: what a core of its own takes, however busy the machine is.
"""

import os
import sys
import time

from app.roster.fill.problem import Progress, Proposal, Want
from app.roster.fill.solving import solve
from tests.roster.fill.instances import district

SECONDS = int(os.environ.get("SECONDS", "30"))
SEED = 2
COLUMNS = (
    "crews",
    "seats",
    "first",
    "empty in it",
    "full",
    "gap at 5 s",
    "at 10 s",
    "ended",
    "empty",
    "gap",
    "nights",
    "days off",
    "hours",
)


def main() -> None:
    """Fill two weeks of three shifts a day, of 8, 9 and 10 crews of three, with 120 officers."""
    print(f"| {' | '.join(COLUMNS)} |\n|{' ---: |' * len(COLUMNS)}")
    for crews in (8, 9, 10):
        problem, told = district(crews), list[tuple[float, Progress]]()
        started = time.process_time()
        found = solve(
            problem, SECONDS, SEED, lambda p, told=told, at=started: told.append((time.process_time() - at, p))
        )
        ended = time.process_time() - started
        print(f"| {crews} | {problem.asked:,} | {' | '.join(_figures(told, found, ended))} |")
        sys.stdout.flush()


def _figures(told: list[tuple[float, Progress]], found: Proposal, ended: float) -> list[str]:
    first, drafted = told[0]
    full = next((f"{at:.1f} s" for at, progress in told if not progress.missing), "never")
    missing = sum(short.missing for short in found.shortages if short.want is Want.DEPARTMENT)
    spreads = [
        f"{found.spreads[name].before:.0f} → {found.spreads[name].after:.0f}"
        for name in ("nights", "weekends", "hours")
    ]
    gaps = [_gap([progress for at, progress in told if at <= limit]) for limit in (5, 10)]
    return [
        f"{first:.2f} s",
        str(drafted.missing),
        full,
        *gaps,
        f"{ended:.1f} s",
        str(missing),
        _gap([found.best]),
        *spreads,
    ]


def _gap(told: list[Progress]) -> str:
    return "" if not told or told[-1].gap is None else f"{told[-1].gap:.2%}"


if __name__ == "__main__":
    main()
