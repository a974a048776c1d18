"""A hot request is at most one reading and one writing statement."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from app.command.move.queries import LOAD
from app.command.move.service import NOTHING
from app.command.queries import BY_CLOCK, CHANGE
from app.core.db import Database, Lane
from app.core.ids import uuid7
from tests.hands import Hands, report_body


class Counted:
    """A lane that counts its statements."""

    def __init__(self, lane: Any, asked: list[str]) -> None:
        self.lane, self.asked = lane, asked

    async def fetch(self, query: str, *args: Any) -> Any:
        self.asked.append(query)
        return await self.lane.fetch(query, *args)

    async def fetchrow(self, query: str, *args: Any) -> Any:
        self.asked.append(query)
        return await self.lane.fetchrow(query, *args)

    async def copy_to_table(self, table: str, **given: Any) -> Any:
        self.asked.append(f"COPY {table}")
        return await self.lane.copy_to_table(table, **given)

    def transaction(self) -> Any:
        return self.lane.transaction()


@pytest.fixture
def asked(db: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that went over lanes."""
    said: list[str] = []
    for way in ("write_lane", "read_lane"):
        opened = getattr(db, way)

        @asynccontextmanager
        async def counted(opened: Any = opened) -> AsyncIterator[Lane]:
            async with opened() as lane:
                yield Counted(lane, said)

        monkeypatch.setattr(db, way, counted)
    return said


async def test_reporting_moving_and_looking_take_one_or_two_statements(hands: Hands, asked: list[str]) -> None:
    warm = await hands.registered()
    await hands.get("patrol1.leader", f"/v1/incidents/{warm['id']}")
    await hands.get("street1.dispatcher", "/v1/incidents")
    counts = {}
    for name, work in (
        ("report", hands.post("patrol1.leader", "/v1/incidents", report_body())),
        ("dispatch", hands.move("street1.dispatcher", warm, "dispatch", patrols=["P-001"])),
        ("get", hands.get("patrol1.leader", f"/v1/incidents/{warm['id']}")),
        ("list", hands.get("street1.dispatcher", "/v1/incidents")),
        ("auto", hands.post("patrol1.leader", "/v1/incidents", report_body(category_code="E0401"))),
        ("recommend", hands.get("street1.dispatcher", f"/v1/incidents/{warm['id']}/recommendations")),
    ):
        asked.clear()
        assert (await work).status_code < 300
        counts[name] = len(asked)
    assert counts == {"report": 2, "dispatch": 2, "get": 1, "list": 1, "auto": 2, "recommend": 1}


async def test_a_statement_is_prepared_once_a_connection_however_long_it_is(own_db: Database) -> None:
    length = max(len(statement.sql) for statement in (LOAD, CHANGE.whole, BY_CLOCK))
    assert length > 15 * 1024, "longer than the driver keeps by itself"
    values = NOTHING | {"patrols": [], "patrol_ids": [], "department_codes": [], "action": ""}
    who = {"id": uuid7(), "actor_id": uuid7(), "centres": [], "departments": [], "key": "k", "key_lock": 1}
    async with own_db.write_lane() as lane:
        for _ in range(2):
            await LOAD.row(lane, **values, **who)
        kept = await lane.fetch("SELECT statement FROM pg_prepared_statements")
    assert LOAD.sql in {row["statement"] for row in kept}
