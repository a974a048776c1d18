"""`python -m bench.filling`: how fast, how full and how fair a made-up district's roster is, as a table."""

import sys
import time
from itertools import product

from app.roster.fill.problem import Progress, Want
from app.roster.fill.solving import solve
from tests.roster.fill.instances import district

SECONDS = (5, 10, 20)
SEED = 2


def main() -> None:
    """Solve 120 officers, two weeks, three shifts a day, of 8, 9 and 10 crews of three, in 5, 10 and 20 seconds."""
    print(f"| crews | seats | s | {' | '.join(COLUMNS)} |")
    print("| ---: " * (len(COLUMNS) + 3) + "|")
    for crews, seconds in product((8, 9, 10), SECONDS):
        print(f"| {crews} | {district(crews).asked:,} | {seconds} | {' | '.join(_figures(crews, seconds))} |")
        sys.stdout.flush()


COLUMNS = ("first", "empty in it", "full", "ended", "empty", "gap", "nights", "days off", "hours")


def _figures(crews: int, seconds: int) -> list[str]:
    told: list[Progress] = []
    started = time.perf_counter()
    found = solve(district(crews), seconds, SEED, told.append)
    ended = time.perf_counter() - started
    full = next((f"{progress.elapsed_s:.1f} s" for progress in told if not progress.missing), "never")
    missing = sum(short.missing for short in found.shortages if short.want is Want.DEPARTMENT)
    spreads = [
        f"{found.spreads[name].before:.0f} → {found.spreads[name].after:.0f}"
        for name in ("nights", "weekends", "hours")
    ]
    gap = "" if found.best.gap is None else f"{found.best.gap:.2%}"
    return [f"{told[0].elapsed_s:.1f} s", str(told[0].missing), full, f"{ended:.1f} s", str(missing), gap, *spreads]


if __name__ == "__main__":
    main()
