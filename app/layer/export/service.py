"""A selection written into a file for one caller: as a whole or not at all, within limits, and on record."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path
from typing import NamedTuple

import structlog

from app.core.db import Database, Hot
from app.identity.workflow import Actor
from app.layer.export import queries
from app.layer.export.workflow import SelectionTooLarge
from app.layer.export.writing import TEXT, Contents, Rows, Writer
from app.layer.feature.queries import Form
from app.layer.feature.service import filtered, values_of
from app.layer.feature.workflow import Asked
from app.layer.workflow import Collection, File

log = structlog.get_logger()
MOST_BYTES = 4 * 1024**3


class NobodyWaits(Exception):
    """Whoever asked has gone."""


class Selection(NamedTuple):
    """What is to be written, as what, by whose sight."""

    actor: Actor
    collection: Collection
    file: File
    asked: Asked


async def export(
    database: Database, selection: Selection, path: Path, is_gone: Callable[[], Awaitable[bool]] | None = None
) -> int:
    """Write all features asked for, of those the caller may see; says how many.

    Raises:
        InvalidFilter.
        SelectionTooLarge: it takes more time or room than a file may.
        NobodyWaits: it is not wanted any more.
    """
    actor, collection, file, asked = selection
    statement = _statement(selection)
    contents = Contents(file, collection, asked.srid, Form.of(collection.id, asked).names)
    writer = await asyncio.to_thread(_writer, contents, path)
    within = asyncio.timeout(database.settings.export_s)
    try:
        async with within:
            features = await _fill(_read(database, selection, statement), writer, path, is_gone)
            await asyncio.to_thread(_finish, writer, path)
    except BaseException as error:
        await asyncio.to_thread(writer.give_up)
        if isinstance(error, TimeoutError) and within.expired():
            raise SelectionTooLarge from None
        raise
    told = {"collection": collection.id, "form": file.form, "features": features}
    log.info("layer exported", by=actor.username, **told)
    return features


def _writer(contents: Contents, path: Path) -> Writer:
    if not contents.file.needs_extra:
        return TEXT[contents.file.form](contents, path)
    from app.layer.export.drawn import DrawnFile  # noqa: PLC0415  # of an extra

    return DrawnFile(contents, path)


def _statement(selection: Selection) -> Hot:
    """What reads the selection, once its filter is known to make sense."""
    form, condition = Form.of(selection.collection.id, selection.asked), filtered(selection.asked)
    plain = queries.statement(selection.file, form, condition)
    return Hot(lambda: plain)


async def _fill(
    found: AsyncGenerator[Rows, None], writer: Writer, path: Path, is_gone: Callable[[], Awaitable[bool]] | None
) -> int:
    features = 0
    async with aclosing(found):
        async for rows in found:
            if is_gone is not None and await is_gone():
                raise NobodyWaits
            await asyncio.to_thread(_grow, writer, rows, path)
            features += len(rows)
    return features


async def _read(database: Database, selection: Selection, statement: Hot) -> AsyncGenerator[Rows, None]:
    values = values_of(selection.actor, selection.collection, selection.asked)
    async with database.export_lane() as lane:
        async for rows in queries.batches(lane, statement, values):
            yield rows


def _grow(writer: Writer, rows: Rows, path: Path) -> None:
    writer.add(rows)
    if path.exists():
        _weigh(path)


def _finish(writer: Writer, path: Path) -> None:
    writer.finish()
    _weigh(path)


def _weigh(path: Path) -> None:
    if path.stat().st_size > MOST_BYTES:
        raise SelectionTooLarge
