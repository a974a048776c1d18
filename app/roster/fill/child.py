"""The process that solves: a problem in by one line, progress and the proposal out by lines.

It is niced, so that requests keep their speed, and ends when its input does: it never outlives who asked.
"""

import os
import sys
import threading
from dataclasses import dataclass

from pydantic import TypeAdapter

from app.roster.fill.problem import Problem, Progress, Proposal

NICE = 10


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be solved, for how long, and from which seed."""

    problem: Problem
    seconds: float
    seed: int


task = TypeAdapter(Task)
told = TypeAdapter[Progress | Proposal](Progress | Proposal)


def main() -> None:
    """Solve the problem on the first line of the input."""
    os.nice(NICE)
    asked = task.validate_json(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    from app.roster.fill.solving import solve  # noqa: PLC0415  # the solver is an extra, and slow to load

    _say(solve(asked.problem, asked.seconds, asked.seed, _say))


def _say(what: Progress | Proposal) -> None:
    sys.stdout.buffer.write(told.dump_json(what) + b"\n")
    sys.stdout.buffer.flush()


def _end_with_input() -> None:
    sys.stdin.buffer.read()
    os._exit(1)


if __name__ == "__main__":
    main()
