"""Every path to one thing, and below it, of everybody: what is out of sight answers like what was never there."""

import random
from typing import Any

import pytest

from app.core.ids import uuid7
from tests.contract.document import Operation, operations
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.routes import ELSEWHERE, KINDS, NARROWER, WITHOUT_BYTES, Kind, Narrower

NOT_FOUND, FORBIDDEN = 404, 403


def shows(kind: str) -> list[Operation]:
    """The ways to look at one thing of a kind."""
    of_kind = [one for one in operations() if one.path == kind or one.path.startswith(f"{kind}/")]
    return [one for one in of_kind if one.method == "get" and one.path not in ELSEWHERE]


def at(path: str, name: str) -> str:
    """The path of one thing: its only parameter filled in."""
    before, _, rest = path.partition("{")
    return before + name + rest.partition("}")[2]


def _expected(caller: Caller, kind: Kind, narrower: Narrower, path: str, thing: Any) -> int:
    sees = narrower.sees or kind.sees
    if not sees(caller.eyes, thing):
        return NOT_FOUND
    if narrower.may is not None and not narrower.may(caller.eyes, thing):
        return FORBIDDEN
    return NOT_FOUND if path in WITHOUT_BYTES else 200


def _sample(caller: Caller, kind: Kind, site: Site, *, is_whole: bool) -> list[Any]:
    """All of the caller's own world and one of another; below a thing, one that is in sight and one that is not."""
    chance = random.Random(caller.eyes.me.username)
    own = list(kind.all(caller.eyes.world))
    if not is_whole:
        chance.shuffle(own)
        own.sort(key=lambda thing: not kind.sees(caller.eyes, thing))
        return [*own[:1], *own[1:][-1:]]
    foreign = [thing for world in site.worlds if world is not caller.eyes.world for thing in kind.all(world)]
    return [*own, *chance.sample(foreign, min(len(foreign), 1))]


@pytest.mark.parametrize("path", [one.path for kind in KINDS for one in shows(kind)])
async def test_one_thing_is_shown_to_whom_the_reference_says(path: str, callers: list[Caller], site: Site) -> None:
    name = next(kind for kind in KINDS if path == kind or path.startswith(f"{kind}/"))
    operation = next(one for one in operations() if one.method == "get" and one.path == path)
    able = [one for one in callers if operation.rights <= one.eyes.rights and one.eyes.me.is_active]
    for caller in able:
        for thing in _sample(caller, KINDS[name], site, is_whole=path == name):
            await _look(caller, operation, KINDS[name], thing)
    verdict(callers)


async def _look(caller: Caller, operation: Operation, kind: Kind, thing: Any) -> None:
    narrower = NARROWER.get(operation.path, Narrower())
    expected = _expected(caller, kind, narrower, operation.path, thing)
    path = at(operation.path, kind.name(thing))
    answer = await caller.get(path, *narrower.asks)
    if answer.status != expected:
        caller.wrong(f"GET {path}", f"answers {answer.status}, not {expected}: {answer.body[:300]!r}")
    if expected == NOT_FOUND and operation.path not in WITHOUT_BYTES:
        nothing = await _nothing(caller, operation, narrower)
        if nothing != answer.body.replace(kind.name(thing).encode(), b""):
            caller.wrong(f"GET {path}", f"differs from what was never there: {answer.body!r}, {nothing!r}")


async def _nothing(caller: Caller, operation: Operation, narrower: Narrower) -> bytes:
    """What is answered about a thing that was never there, but for its name; asked once of each path."""
    if operation.path not in caller.nothing:
        never = str(uuid7())
        answer = await caller.get(at(operation.path, never), *narrower.asks)
        caller.nothing[operation.path] = answer.body.replace(never.encode(), b"")
    return caller.nothing[operation.path]
