"""Every list, of everybody, equals the reference: nothing more, nothing less, nothing twice."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.contract.asking import Answer
from tests.contract.document import Operation, operations
from tests.leaks.asking import Caller, verdict
from tests.leaks.reference import Eyes
from tests.leaks.routes import LISTS, Listed

OF = {one.path: one for one in operations() if one.method == "get"}


def judged(caller: Caller, operation: Operation, answer: Answer) -> bool:
    """Whether the caller gets anything at all: who lacks a right is refused whatever is there."""
    eyes = caller.eyes
    allowed = operation.rights <= eyes.rights and eyes.me.is_active
    expected = 200 if allowed else 403 if eyes.me.is_active else 401
    if answer.status != expected:
        caller.wrong(str(operation), f"answers {answer.status}, not {expected}: {answer.body[:200]!r}")
    return allowed and answer.status == expected


def _expected(listed: Listed, eyes: Eyes) -> list[str]:
    sees = listed.of or listed.kind.sees
    return [listed.kind.name(one) for one in listed.kind.all(eyes.world) if sees(eyes, one)]


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_holds_what_the_caller_may_see(path: str, callers: list[Caller]) -> None:
    listed = LISTS[path]
    for caller in callers:
        answer = await caller.get(path, *listed.asks)
        if judged(caller, OF[path], answer):
            items = answer.json()["items"]
            caller.compare(path, [item[listed.member] for item in items], _expected(listed, caller.eyes))
    verdict(callers)


async def test_pages_of_incidents_put_together_hold_the_same(callers: list[Caller]) -> None:
    for caller in (one for one in callers if OF["/v1/incidents"].rights <= one.eyes.rights and one.eyes.me.is_active):
        for asks in ((), (("sort", "reported_at"),), (("open", "true"),), (("near", "0,0,1"),)):
            await _pages(caller, asks)
    verdict(callers)


async def _pages(caller: Caller, asks: tuple[tuple[str, str], ...]) -> None:
    found: list[str] = []
    cursor: tuple[tuple[str, str], ...] = ()
    while True:
        page = (await caller.get("/v1/incidents", ("limit", "2"), *asks, *cursor)).json()
        found += [item["id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = (("cursor", page["next"]),)
    seen = [one for one in caller.eyes.world.incidents if caller.eyes.incident(one)]
    ended = ("closed", "rejected", "merged", "voided")
    kept = [one for one in seen if asks != (("open", "true"),) or one.status not in ended]
    caller.compare(f"/v1/incidents {asks}", found, [] if asks and asks[0][0] == "near" else [str(one) for one in kept])


def _tree(nodes: list[dict[str, Any]]) -> list[str]:
    return [code for node in nodes for code in (node["code"], *_tree(node["children"]))]


READ: dict[str, tuple[Callable[[Any], list[str]], Callable[[Eyes], list[str]]]] = {
    "/v1/agencies": (
        lambda found: _tree(found["items"]),
        lambda eyes: [place.code for place in eyes.world.places if eyes.place(place)],
    ),
    "/v1/roll-call": (
        lambda found: [shift["id"] for shift in found["shifts"]],
        lambda eyes: [str(shift) for shift in eyes.world.shifts if shift.is_on and eyes.shift(shift)],
    ),
    "/v1/coverage/live": (
        lambda found: [item["minimum"]["id"] for item in found["items"]],
        lambda eyes: [str(one) for one in eyes.world.minimums if eyes.at_centre(one.centre)],
    ),
    "/v1/notices/unread": (
        lambda found: ["unread"] if found["total"] == 0 else [f"unread {n}" for n in range(found["total"])],
        lambda eyes: [f"unread {n}" for n in range(sum(map(eyes.notice, eyes.world.notices)))] or ["unread"],
    ),
    "/v1/track-readings": (
        lambda found: list({item["patrol"] for item in found["items"]}),
        lambda eyes: [one.code for one in eyes.world.patrols if eyes.track_readings(one)],
    ),
}
"""Lists of another form: how one is read, and what the reference has in it."""


@pytest.mark.parametrize("path", READ)
async def test_a_list_of_another_form_holds_what_the_caller_may_see(path: str, callers: list[Caller]) -> None:
    read, expected = READ[path]
    for caller in callers:
        answer = await caller.get(path)
        if judged(caller, OF[path], answer):
            caller.compare(path, read(answer.json()), expected(caller.eyes))
    verdict(callers)
