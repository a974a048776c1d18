"""Whatever anybody sends to whatever path, the answer is a success or a problem that the document names."""

import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from app.core.db import Database
from app.main import create_app
from tests import databases, make
from tests.conftest import settings_of
from tests.contract.asking import Answer
from tests.contract.document import JSON, PROBLEM, Operation, operations, resolved, undescribed, wrong
from tests.contract.hostile import Fuzzer
from tests.contract.world import SENDERS, World

SEED = 20261123
REQUESTS, WITH_PASSWORDS = 24, 6
"""Sent to each operation, and to those that hash passwords; raise it to look deeper: a seed makes the same again."""


@pytest.fixture(scope="module")
async def world(template: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """A town of the fuzzer's own, in a database where commits stay."""
    async with databases.copied(template, "fuzzed") as url:
        api = create_app(settings_of(url, Path(tmp_path_factory.mktemp("fuzzed"))))
        database: Database = api.state.database
        async with AsyncExitStack() as open_:
            for part in (database, api.state.feed):
                open_.push_async_callback(part.close)
                await part.open()
            async with database.write() as session:
                town = await make.town(session)
            made = World(api, town)
            await made.settle()
            yield made


@pytest.mark.parametrize("operation", operations(), ids=str)
async def test_no_input_is_answered_with_anything_but_what_the_document_says(
    operation: Operation, world: World
) -> None:
    by = Fuzzer(random.Random(f"{SEED} {operation}"), world.known)
    for number in range(_times(operation)):
        who = "everybody" if number % 3 else by.chance.choice([*SENDERS, "nobody"])
        request, answer = await world.send(by, operation, who)
        fault = _fault(operation, answer)
        assert not fault, (
            f"{operation} as {who}: {fault}\n{request}\n{answer.status} {answer.body[:600]!r} {answer.error}"
        )


def _times(operation: Operation) -> int:
    """How many requests an operation is sent."""
    parts = {name for media in operation.bodies.values() for name in resolved(media["schema"]).get("properties", ())}
    return WITH_PASSWORDS if "password" in parts else REQUESTS


def _fault(operation: Operation, answer: Answer) -> str:
    """What an answer does that its operation does not say."""
    if answer.status >= 500 or answer.error:
        return "bad input broke something"
    if answer.media_type == PROBLEM:
        kind = answer.json()["type"].removeprefix("/problems/")
        return "" if kind in operation.problems(answer.status) else f"problem {answer.status} {kind} is not declared"
    if str(answer.status) not in operation.said["responses"]:
        return f"status {answer.status} is not declared"
    if answer.status >= 300 or not answer.body or answer.media_type != JSON:
        return ""
    schema = operation.successes[str(answer.status), JSON]["schema"]
    return wrong(answer.json(), schema) or ", ".join(undescribed(answer.json(), schema))
