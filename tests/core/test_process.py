"""What runs beside requests ends when it is told to, also if it takes the first word for a failure."""

import asyncio

import pytest

from app.core import process


async def test_a_task_that_loses_a_cancellation_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "INSIST_S", 0.01)
    lost = 0

    async def stubborn() -> None:
        nonlocal lost
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                lost += 1
                if lost == 3:
                    raise

    tasks = [asyncio.create_task(stubborn()), asyncio.create_task(asyncio.sleep(0))]
    await asyncio.sleep(0)
    await process.ended(tasks)
    assert (lost, [task.done() for task in tasks]) == (3, [True, True])


async def test_what_has_ended_is_left_alone() -> None:
    await process.ended([])
