"""Workers that die at named points: `python -m bench.dying WORKERS POINT:NTH …` on the database of the environment.

So many processes at a time work as the timer does; each ends, as by a power cut, when it gets to its point for the n-th
time. Then one that lives works until nothing is due. What it prints is the points at which processes died.
"""

import asyncio
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from app.command import pressing
from app.command.service import Change
from app.command.timer import effects
from app.command.timer.service import Timer
from app.command.workflow import Clocks
from app.core import logs
from app.core.db import Database
from app.core.settings import load_settings
from app.supervision.workflow import Due

DIED = 86
IDLE, PAUSE_S = 6, 0.5
POINTS = ("before claim", "after claim", "after state", "after order", "after event", "before commit", "after commit")


class Fate:
    """The point at which the process ends, and at which of its visits there."""

    def __init__(self, point: str, nth: int) -> None:
        self.point, self.left = point, nth

    def comes(self, point: str) -> None:
        """End the process, if this is it."""
        if point == self.point:
            self.left -= 1
            if self.left == 0:
                os._exit(DIED)

    def awaits(self, owner: Any) -> None:
        """Put the points into the program."""
        self._around(Timer, "_batch", before="before claim")
        self._around(Timer, "_do", before="after claim")
        self._around(Clocks, "climb", after="after state")
        self._around(pressing, "press", after="after order")
        self._around(effects, "_tell", after="after event")
        self._around(Change, "keep", after="before commit")
        usual = owner._batch  # noqa: SLF001  # this process is here to die

        async def batch(timer: Timer, due: Due) -> int:
            begun: int = await usual(timer, due)
            if begun:
                self.comes("after commit")
            return begun

        owner._batch = batch  # noqa: SLF001  # as above

    def _around(self, owner: Any, name: str, before: str = "", after: str = "") -> None:
        usual: Callable[..., Any] = getattr(owner, name)

        def at_once(*args: Any, **values: Any) -> Any:
            self.comes(before)
            found = usual(*args, **values)
            self.comes(after)
            return found

        async def later(*args: Any, **values: Any) -> Any:
            self.comes(before)
            found = await usual(*args, **values)
            self.comes(after)
            return found

        setattr(owner, name, later if asyncio.iscoroutinefunction(usual) else at_once)


async def work(idle: int = IDLE) -> None:
    """Sweep until nothing has been due for a while."""
    database = Database(load_settings())
    await database.open()
    timer, quiet = Timer(database), 0
    while quiet < idle:
        done = sum([await timer.sweep(due) for due in Due])
        quiet = 0 if done else quiet + 1
        if not done:
            await asyncio.sleep(PAUSE_S)
    await database.close()


def forked(point: str, nth: int) -> int:
    """A process that works, and may die; its id."""
    child = os.fork()
    if child == 0:
        Fate(point, nth).awaits(Timer)
        asyncio.run(work())
        os._exit(0)
    return child


def run(workers: int, fates: list[tuple[str, int]]) -> list[str]:
    """So many at a time, each with a fate, then one that lives; the points at which some died."""
    logs.configure("CRITICAL", "json")
    alive: dict[int, str] = {}
    died: list[str] = []
    left = [*fates]
    while left or alive:
        while left and len(alive) < workers:
            point, nth = left.pop(0)
            alive[forked(point, nth)] = point
        child, status = os.wait()
        point = alive.pop(child)
        if os.waitstatus_to_exitcode(status) == DIED:
            died.append(point)
    os.waitpid(forked("", 0), 0)
    return died


if __name__ == "__main__":
    began = time.monotonic()
    named = [(point, int(nth)) for point, nth in (fate.split(":") for fate in sys.argv[2:])]
    sys.stdout.write("\n".join(run(int(sys.argv[1]), named)))
