"""A file is whole or not there: what ends it, what it may cost, and that nothing of it is left."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from asyncpg import InterfaceError
from fastapi import FastAPI, Request
from sqlalchemy import func, literal, select
from starlette.types import Message

from app.core.db import Database
from app.core.ids import uuid7
from app.identity.workflow import Actor
from app.layer.export import drawn, queries, routes, service
from app.layer.export.routes import FOLDER, Download
from app.layer.export.service import Selection, export
from app.layer.feature.workflow import Asked
from app.layer.workflow import COLLECTIONS, FILES
from tests import make
from tests.hands import Hands
from tests.layer.reading import items

WHO = "district.dispatcher"
ROWS = 200_000
MOST_HELD = 8 * 1024**2


@pytest.fixture
async def one(hands: Hands) -> dict[str, Any]:
    """An incident to export."""
    return await hands.report(at=make.A1)


def left(db: Database) -> list[Path]:
    """What is left in the folder of files."""
    return list((db.settings.data_dir / FOLDER).iterdir())


async def test_nothing_is_left_of_a_file_that_went_well(hands: Hands, one: dict[str, Any], db: Database) -> None:
    assert (await items(hands, WHO, "incidents", f="csv")).status_code == 200
    assert left(db) == []


async def test_one_that_breaks_off_is_a_problem_and_no_file(
    hands: Hands, one: dict[str, Any], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*asked: Any) -> AsyncIterator[Any]:
        async for rows in batches(*asked):
            yield rows
            raise InterfaceError("connection lost")

    batches = queries.batches
    monkeypatch.setattr(queries, "batches", broken)
    for form in ("csv", "geojson", "parquet"):
        answer = await items(hands, WHO, "incidents", f=form)
        assert (answer.status_code, answer.json()["type"]) == (503, "/problems/unavailable")
        assert left(db) == []


async def test_a_process_that_dies_leaves_no_file(
    hands: Hands, one: dict[str, Any], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drawn, "COMMAND", ("false",))
    answer = await items(hands, WHO, "incidents", f="gpkg")
    assert answer.status_code == 503
    assert left(db) == []


async def test_too_much_of_it_is_said_to_be(
    hands: Hands, one: dict[str, Any], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as small:
        small.setattr(service, "MOST_BYTES", 10)
        by_room = await items(hands, WHO, "incidents", f="geojson")
    monkeypatch.setattr(db, "settings", db.settings.model_copy(update={"export_s": 0}))
    by_time = await items(hands, WHO, "incidents", f="geojson")
    for answer in (by_room, by_time):
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/selection-too-large")
    assert left(db) == []


async def test_it_is_not_made_for_somebody_who_has_gone(
    hands: Hands, one: dict[str, Any], db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gone(_: Request) -> bool:
        return True

    monkeypatch.setattr(Request, "is_disconnected", gone)
    monkeypatch.setattr(service, "_grow", None)
    assert (await items(hands, WHO, "incidents", f="csv")).status_code == 400
    assert left(db) == []


async def test_an_account_has_one_file_made_at_a_time(hands: Hands, one: dict[str, Any], api: FastAPI) -> None:
    assert (await items(hands, WHO, "incidents", f="csv")).status_code == 200
    busy = api.state.exports
    busy.add(hands.town.accounts[WHO])
    try:
        refused = await items(hands, WHO, "incidents", f="csv")
        other = await items(hands, "street1.dispatcher", "incidents", f="csv")
    finally:
        busy.clear()
    assert (refused.status_code, refused.headers["retry-after"], other.status_code) == (429, "5", 200)


async def test_a_reader_who_takes_nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"x" * 100)
    file = (tmp_path / "file").open("rb")

    async def stuck(_: Message) -> None:
        await asyncio.sleep(60)

    async def silent() -> Message:
        await asyncio.sleep(60)
        return {"type": "http.disconnect"}

    monkeypatch.setattr(routes, "SEND_TIMEOUT_S", 0.05)
    with pytest.raises(TimeoutError):
        await Download(file, {}, "text/csv")({"type": "http", "asgi": {"spec_version": "2.3"}}, silent, stuck)
    assert file.closed


async def test_a_head_makes_nothing(hands: Hands, one: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "export", None)
    headers = hands.headers(WHO)
    answer = await hands.client.head("/ogc/collections/incidents/items", headers=headers, params={"f": "gpkg"})
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-type"] == "application/geopackage+sqlite3"


def _feature(number: Any) -> list[Any]:
    return [func.concat('{"id":', number, "}").label("feature")]


def _incident(number: Any) -> list[Any]:
    named = [func.concat("x", number).label(one.name) for one in COLLECTIONS["incidents"].properties]
    return [number.label("id"), literal(1.5).label("lon"), literal(2.5).label("lat"), *named]


@pytest.mark.parametrize(("form", "columns"), [("geojson", _feature), ("csv", _incident)])
async def test_memory_is_flat(
    db: Database, tmp_path: Path, form: str, columns: Callable[[Any], list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = select(*columns(func.generate_series(1, ROWS).column_valued("n")))
    monkeypatch.setattr(queries, "statement", lambda *_: made)
    actor = Actor.of(uuid7(), "someone", ())
    tracemalloc.start()
    try:
        held = tracemalloc.get_traced_memory()[0]
        selection = Selection(actor, COLLECTIONS["incidents"], FILES[form], Asked())
        assert await export(db, selection, tmp_path / "file") == ROWS
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (tmp_path / "file").stat().st_size > ROWS * 8
    assert peak - held < MOST_HELD
