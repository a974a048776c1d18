"""What is out of sight cannot be changed or named: a request about it is answered as if it were not there."""

import copy
import json
import random
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from app.core.ids import uuid7
from app.identity.access import Doorman
from app.identity.workflow import Right
from tests import databases
from tests.contract.asking import Answer, Request
from tests.contract.document import JSON, MULTIPART, Operation, examples, operations, resolved
from tests.contract.world import encoded
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.routes import (
    ACCOUNT,
    BEAT,
    CENTRE,
    DEPARTMENT,
    INCIDENT,
    KINDS,
    OFFICER,
    PATROL,
    ROSTER,
    SHIFT,
    Kind,
)

WRITES = [one for one in operations() if one.method != "get"]
ABOUT = {str(one): kind for one in WRITES for kind in KINDS if one.path == kind or one.path.startswith(f"{kind}/")}
USERNAME = ACCOUNT._replace(name=lambda one: one.username)
NAMES: dict[str, Kind] = {
    "patrol": PATROL, "patrols": PATROL, "lead_patrol": PATROL, "officer": OFFICER, "to": OFFICER, "number": OFFICER,
    "department": DEPARTMENT, "lead_department": DEPARTMENT, "centre": CENTRE, "organisation": CENTRE,
    "parent": CENTRE, "host": CENTRE, "account": USERNAME, "assignee": USERNAME, "account_id": ACCOUNT,
    "beat": BEAT._replace(name=lambda one: one.code), "master_id": INCIDENT, "shift_id": SHIFT, "for_shift": SHIFT,
    "shift": SHIFT, "roster_id": ROSTER, "mix": DEPARTMENT,
}  # fmt: skip
"""Members of bodies that name a thing, and of which kind; `mix` counts by department."""
SENDERS = 4


@pytest.fixture
async def undone(callers: list[Caller], site: Site) -> AsyncIterator[list[Caller]]:
    """Everybody, on the same worlds, in a transaction that is taken back: what should have failed leaves no trace."""
    engine = create_async_engine(site.database.settings.database_url, json_deserializer=databases.JSON)
    async with engine.connect() as connection, connection.begin() as outer:
        state = callers[0].api.state
        state.database = await databases.Undone.on(connection, site.database.settings)
        state.doorman = Doorman(site.database.settings, state.database)
        yield callers
        await outer.rollback()
    await engine.dispose()


def _able(callers: list[Caller], operation: Operation) -> list[Caller]:
    """Some of those who have the rights that an operation asks for; nobody else gets far."""
    able = [one for one in callers if one.eyes.me.is_active and operation.rights <= one.eyes.rights and one.eyes.grants]
    return random.Random(str(operation)).sample(able, min(len(able), SENDERS))


async def _send(caller: Caller, operation: Operation, name: str, body: Any) -> Answer:
    """A request about one thing; what else the path asks for is made up."""
    path = operation.path.replace("{kind}", "clock")
    while "{" in path:
        before, _, rest = path.partition("{")
        path, name = before + name + rest.partition("}")[2], "x"
    media_type = next(iter(operation.bodies), JSON)
    said = "multipart/form-data; boundary=b" if media_type == MULTIPART else media_type
    content = b"" if body is None else encoded(media_type, body)
    headers = [("if-match", b"*"), *([("content-type", said.encode())] if content else [])]
    return await caller.send(Request(operation.method, path, headers=headers, body=content))


def _example(operation: Operation) -> Any:
    media = next(iter(operation.bodies.values()), {})
    return next(iter(examples(media)), None)


def _alike(answer: Answer, name: str, other: Answer, never: str) -> bool:
    """The same answer, but for the name that was asked for; a name that nobody looks at is taken whatever it is."""
    if max(answer.status, other.status) < 300:
        return True
    return (answer.status, answer.body.replace(name.encode(), b"?")) == (
        other.status, other.body.replace(never.encode(), b"?"),
    )  # fmt: skip


@pytest.mark.parametrize("operation", [one for one in WRITES if str(one) in ABOUT], ids=str)
async def test_what_is_out_of_sight_cannot_be_changed(operation: Operation, undone: list[Caller], site: Site) -> None:
    kind = KINDS[ABOUT[str(operation)]]
    for caller in _able(undone, operation):
        every = [(world, thing) for world in site.worlds for thing in kind.all(world)]
        unseen = [one for world, one in every if world is not caller.eyes.world or not kind.sees(caller.eyes, one)]
        for thing in random.Random(caller.eyes.me.username).sample(unseen, min(len(unseen), 2)):
            name, never = kind.name(thing), str(uuid7())
            answer = await _send(caller, operation, name, _example(operation))
            nothing = await _send(caller, operation, never, _example(operation))
            if answer.status < 400 or not _alike(answer, name, nothing, never):
                caller.wrong(f"{operation} {name}", f"{answer.status} {answer.body!r}, but {nothing.body!r}")
    verdict(undone)


def _named(body: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], str]]:
    """Where in a body something is named, and by which member."""
    if isinstance(body, list):
        for at, part in enumerate(body):
            yield from _named(part, (*way, at))
    elif isinstance(body, dict):
        for member, part in body.items():
            if member in NAMES and isinstance(part, str | list | dict) and not _deep(part):
                yield (*way, member), member
            else:
                yield from _named(part, (*way, member))


def _deep(part: Any) -> bool:
    return isinstance(part, list) and any(isinstance(one, dict) for one in part)


def _with(body: Any, way: tuple[Any, ...], name: str) -> Any:
    """The body with that name put there: as it is, as a list of one, or as the one that is counted."""
    changed = copy.deepcopy(body)
    at = changed
    for step in way[:-1]:
        at = at[step]
    now = at[way[-1]]
    at[way[-1]] = [name] if isinstance(now, list) else {name: 1} if isinstance(now, dict) else name
    return changed


def _filled(body: Any, caller: Caller, chance: random.Random) -> Any:
    """The body with everything it names replaced by something that the caller sees, where they run the duty if so."""
    own = [*caller.eyes.centres(Right.DUTY_WRITE), *caller.eyes.centres()]
    home = own[0] if own else None
    for way, member in list(_named(body)):
        kind = NAMES[member]
        seen = [one for one in kind.all(caller.eyes.world) if kind.sees(caller.eyes, one)]
        here = [one for one in seen if home in (one, getattr(one, "centre", None))]
        body = _with(body, way, kind.name(chance.choice(here or seen))) if seen else body
    return body


def _bodies(operation: Operation) -> list[Any]:
    """What the document shows as examples, and the first with each name more that it does not have."""
    media = next(iter(operation.bodies.values()), {})
    shown = [{k: v for k, v in one.items() if k != "id"} for one in examples(media) if isinstance(one, dict)]
    parts = resolved(media.get("schema", {})).get("properties", {})
    more = [member for member in parts if member in NAMES and shown and member not in shown[0]]
    return [*shown, *(shown[0] | {member: "x"} for member in more)]


NAMEABLE = {
    ("POST /v1/officers", "number"): "a new number, unique in the whole service: that it is taken has to be said",
    ("POST /v1/shifts", "officer"): "who is seconded here is seated here, though listed at home",
}
"""Names that may be told from those that are nothing, and why."""


@pytest.mark.parametrize(
    "operation", [one for one in WRITES if any(list(_named(body)) for body in _bodies(one))], ids=str
)
async def test_what_is_out_of_sight_cannot_be_named(operation: Operation, undone: list[Caller], site: Site) -> None:
    chance = random.Random(str(operation))
    for caller in _able(undone, operation):
        about = KINDS.get(ABOUT.get(str(operation), ""))
        seen = [one for one in about.all(caller.eyes.world) if about.sees(caller.eyes, one)] if about else []
        target = about.name(chance.choice(seen)) if about and seen else "x"
        for body in (_filled(body, caller, chance) for body in _bodies(operation)):
            for way, member in list(_named(body)):
                if (str(operation), member) not in NAMEABLE:
                    await _probe(caller, operation, target, (body, way, NAMES[member]), site)
    verdict(undone)


async def _probe(caller: Caller, operation: Operation, target: str, asked: tuple[Any, Any, Kind], site: Site) -> None:
    body, way, kind = asked
    every = [(world, thing) for world in site.worlds for thing in kind.all(world)]
    unseen = [one for world, one in every if world is not caller.eyes.world or not kind.sees(caller.eyes, one)]
    for thing in random.Random(f"{way}").sample(unseen, min(len(unseen), 1)):
        name = kind.name(thing)
        never = str(uuid7()) if len(name) == len(str(uuid7())) else f"{name}-0"
        answer = await _send(caller, operation, target, _with(body, way, name))
        nothing = await _send(caller, operation, target, _with(body, way, never))
        if not _alike(answer, name, nothing, never):
            said = f"{answer.status} {answer.body!r}, but {nothing.status} {nothing.body!r}"
            caller.wrong(f"{operation} {target} {json.dumps(body)} {way} {name}", said)
