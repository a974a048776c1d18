"""The log is read in commit order, once a reader, and never past what may still change."""

from uuid import uuid4

import pytest

from app.core.db import Database, Session
from app.core.outbox import Event, react, record


async def _tell(database: Database, *topics: str) -> None:
    async with database.write() as session:
        for topic in topics:
            record(session, topic, uuid4(), [])


async def test_a_reaction_sees_its_topics_once_and_in_order(own_db: Database) -> None:
    seen: list[str] = []

    async def note(_: Session, fact: Event) -> None:
        seen.append(fact.topic)

    await _tell(own_db, "a.one", "b.one", "a.two")
    for _ in range(2):
        async with own_db.write() as session:
            await react(session, "test", ["a.one", "a.two"], note)
    assert seen == ["a.one", "a.two"]


async def test_a_fact_whose_reaction_fails_is_seen_again(own_db: Database) -> None:
    await _tell(own_db, "a.one")

    async def fail(_: Session, __: Event) -> None:
        raise LookupError

    async def note(_: Session, fact: Event) -> None:
        seen.append(fact.topic)

    seen: list[str] = []
    with pytest.raises(LookupError):
        async with own_db.write() as session:
            await react(session, "test", ["a.one"], fail)
    async with own_db.write() as session:
        assert await react(session, "test", ["a.one"], note) == 1
    assert seen == ["a.one"]


async def test_a_late_commit_is_not_lost(own_db: Database) -> None:
    seen: list[str] = []

    async def note(_: Session, fact: Event) -> None:
        seen.append(fact.topic)

    async with own_db.write() as early:
        record(early, "a.early", uuid4(), [])
        await early.flush()
        await _tell(own_db, "a.late")
        async with own_db.write() as session:
            assert await react(session, "test", ["a.early", "a.late"], note) == 0
    async with own_db.write() as session:
        await react(session, "test", ["a.early", "a.late"], note)
    assert seen == ["a.early", "a.late"]
