"""The board of everybody, read as a page and as a stream, equals the reference; and both are the same."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from typing import Any

import pytest

from app.overview.board import service
from app.overview.board.live import LiveBoard
from app.stream.feed import Feed
from tests.contract.document import operations
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.reference import Eyes
from tests.leaks.test_lists import judged

[PAGE] = [one for one in operations() if one.method == "get" and one.path == "/v1/board"]
ENDED = ("closed", "rejected", "merged", "voided")
RIGHTS = frozenset(service.RIGHTS)


def _patrols(eyes: Eyes) -> list[Any]:
    on_duty = {shift.patrol.id for shift in eyes.world.shifts if shift.is_on}
    return [one for one in eyes.world.patrols if one.id in on_duty and eyes.patrol(one)]


EXPECTED: dict[str, Callable[[Eyes], Iterable[Any]]] = {
    "incident": lambda eyes: (one for one in eyes.world.incidents if one.status not in ENDED and eyes.incident(one)),
    "patrol": _patrols,
    "sos": lambda eyes: (one for one in eyes.world.sos if eyes.sos(one)),
    "void": lambda eyes: (one for one in eyes.world.voids if eyes.at_centre(one.minimum.centre)),
}


def _compare(caller: Caller, where: str, items: list[dict[str, Any]]) -> None:
    for kind, expected in EXPECTED.items():
        found = [item["id"] for item in items if item["kind"] == kind]
        caller.compare(f"{where} {kind}", found, [str(one.id) for one in expected(caller.eyes)])
    seen = {item["id"] for item in items if item["kind"] == "patrol"}
    caller.compare(
        f"{where} positions", [i["id"] for i in items if i["kind"] == "position" and i["id"] not in seen], []
    )


@pytest.fixture
async def board(site: Site) -> AsyncIterator[LiveBoard]:
    """The board of a process on the worlds."""
    feed = Feed(site.database)
    await feed.open()
    board = LiveBoard(feed)
    yield board
    await board.close()
    await feed.close()


async def test_a_board_holds_what_the_caller_may_see(callers: list[Caller], board: LiveBoard) -> None:
    for caller in callers:
        answer = await caller.get("/v1/board", ("limit", "1000"))
        if not judged(caller, PAGE, answer):
            continue
        items = answer.json()["items"]
        _compare(caller, "/v1/board", items)
        if caller.eyes.rights >= RIGHTS:
            first, kept = await _first(caller, board)
            _compare(caller, "/v1/board/stream", first)
            assert sorted(map(str, first)) == sorted(map(str, items)), "page and stream are the same"
            assert {(one["kind"], one["id"]) for one in items} == kept
    verdict(callers)


async def _first(caller: Caller, board: LiveBoard) -> tuple[list[dict[str, Any]], set[tuple[str, str]]]:
    """What the stream begins with, and what it says is on the board."""
    token, door = caller.token.decode().removeprefix("Bearer "), caller.api.state.doorman
    begin = await service.start(board, None, None)
    items: list[dict[str, Any]] = []
    blocks = service.follow(board, begin, await door.caller(token, None), None, lambda: door.caller(token, None))
    async for block in blocks:
        for line in block.decode().splitlines():
            if line.startswith("data: "):
                event = json.loads(line[6:])
                items += event["changes"]
                if "kept" in event:
                    await blocks.aclose()
                    return items, {(kind, one) for kind, ids in event["kept"].items() for one in ids}
    raise AssertionError("the stream ended")
