"""HTTP of files: made in a folder of their own, handed out with their length, and gone before the last byte is."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import structlog
from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from app.core.db import database
from app.identity.workflow import Actor
from app.layer.crs.workflow import URI
from app.layer.export.service import NobodyWaits, Selection, export
from app.layer.export.workflow import ExportUnderWay, asked_of_file, file_name
from app.layer.http import ORIGINS
from app.layer.workflow import Collection, File

log = structlog.get_logger()
FOLDER = "exports"
LEFT_S = 86_400.0
PIECE_BYTES = 256 * 1024
SEND_TIMEOUT_S = 30.0


class Download(StreamingResponse):
    """An open file that no folder holds any more: however this ends, nothing is left of it."""

    def __init__(self, file: BinaryIO, headers: dict[str, str], media_type: str) -> None:
        self._file = file
        super().__init__(_pieces(file), headers=headers, media_type=media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, as long as the reader takes some of it every half minute."""

        async def in_time(message: Message) -> None:
            async with asyncio.timeout(SEND_TIMEOUT_S):
                await send(message)

        try:
            with self._file:
                await super().__call__(scope, receive, in_time)
        except TimeoutError:
            log.info("download cut", reason="stuck reader")
            raise


async def _pieces(file: BinaryIO) -> AsyncGenerator[bytes, None]:
    while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
        yield piece


async def download(request: Request, caller: Actor, collection: Collection, file: File) -> Response:
    """The selection as a file."""
    asked = asked_of_file(collection, file, request.query_params.multi_items())
    name = file_name(collection, file, asked.srid, datetime.now(UTC))
    headers = ORIGINS | {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Crs": f"<{URI[asked.srid]}>",
        "Cache-Control": "private, no-store",
        "Vary": "Accept, Authorization, X-API-Key",
    }
    if request.method == "HEAD":
        return Response(None, 200, headers, file.media_type)
    made = await _made(request, Selection(caller, collection, file, asked))
    size = made.seek(0, 2)
    made.seek(0)
    return Download(made, headers | {"Content-Length": str(size)}, file.media_type)


async def _made(request: Request, selection: Selection) -> BinaryIO:
    """The finished file, open, and already in no folder."""
    busy = _under_way(request)
    if selection.actor.account_id in busy:
        raise ExportUnderWay
    busy.add(selection.actor.account_id)
    try:
        folder = await asyncio.to_thread(_folder, database(request).settings.data_dir / FOLDER)
        try:
            path = (folder / "layer").with_suffix(f".{selection.file.suffix}")
            await export(database(request), selection, path, request.is_disconnected)
            return await asyncio.to_thread(path.open, "rb")
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
    except NobodyWaits:
        raise ClientDisconnect from None
    finally:
        busy.discard(selection.actor.account_id)


def _under_way(request: Request) -> set[UUID]:
    """The accounts that this process makes a file for."""
    state = request.app.state
    if not hasattr(state, "exports"):
        state.exports = set()
    found: set[UUID] = state.exports
    return found


def _folder(above: Path) -> Path:
    """A folder of its own; what a process that was killed has left is removed a day later."""
    above.mkdir(parents=True, exist_ok=True)
    for left in above.iterdir():
        if time.time() - left.stat().st_mtime > LEFT_S:
            shutil.rmtree(left, ignore_errors=True)
    return Path(tempfile.mkdtemp(dir=above))
