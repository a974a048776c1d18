"""Where the bytes of evidence are: written whole or not at all, never one over another, in a folder or in a bucket."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Protocol

from app.core.problems import Unavailable

CHUNK_BYTES = 256 * 1024


class StoreUnavailable(Unavailable):
    """The store of evidence does not answer; the same request may be sent again."""


class StoreFull(Unavailable):
    """The store of evidence takes no more files: its disk is nearly full. Everything else goes on."""

    status = 507


class Missing(Exception):
    """The store has nothing of this name."""


class Store(Protocol):
    """Named pieces of bytes. One that no row names is harmless."""

    async def keep(self, name: str, content: bytes) -> None:
        """Write the bytes so that they survive a crash, unless there is something of this name.

        Raises:
            StoreUnavailable, StoreFull.
        """

    async def size(self, name: str) -> int:
        """How many bytes there are of this name.

        Raises:
            Missing, StoreUnavailable.
        """

    def read(self, name: str) -> AsyncIterator[bytes]:
        """The bytes of this name, in pieces.

        Raises:
            Missing, StoreUnavailable: at the first piece.
        """

    async def delete(self, name: str) -> None:
        """Delete what has this name, if anything does."""

    async def clear(self, folder: str) -> None:
        """Delete everything whose name begins with this folder."""

    async def trouble(self) -> str | None:
        """What keeps it from taking files, in words; nothing if all is well."""


async def whole(store: Store, name: str) -> bytes:
    """All bytes of this name at once: for what is known to be small.

    Raises:
        Missing, StoreUnavailable.
    """
    return b"".join([piece async for piece in store.read(name)])


class Folder:
    """A folder of files, on a disk that is never filled to the last byte."""

    def __init__(self, folder: Path, least_free: float) -> None:
        self.folder = folder
        self.least_free = least_free

    async def keep(self, name: str, content: bytes) -> None:
        """Write a file beside, then name it: whoever reads meanwhile sees all of it or nothing."""
        try:
            await asyncio.to_thread(self._keep, self.folder / name, content)
        except OSError as error:
            raise StoreUnavailable from error

    def _keep(self, path: Path, content: bytes) -> None:
        if path.exists():
            return
        if self._full():
            raise StoreFull
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            Path(draft).replace(path)  # another writer's file has the same bytes
        except BaseException:
            Path(draft).unlink(missing_ok=True)
            raise
        _settle(path.parent)

    async def size(self, name: str) -> int:
        """The size of the file."""
        try:
            return (await asyncio.to_thread((self.folder / name).stat)).st_size
        except FileNotFoundError:
            raise Missing from None
        except OSError as error:
            raise StoreUnavailable from error

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """The file, in pieces."""
        try:
            file = await asyncio.to_thread((self.folder / name).open, "rb")
        except FileNotFoundError:
            raise Missing from None
        except OSError as error:
            raise StoreUnavailable from error
        with file:
            while piece := await asyncio.to_thread(file.read, CHUNK_BYTES):
                yield piece

    async def delete(self, name: str) -> None:
        """Unlink the file."""
        await asyncio.to_thread((self.folder / name).unlink, missing_ok=True)

    async def clear(self, folder: str) -> None:
        """Remove the folder."""
        await asyncio.to_thread(shutil.rmtree, self.folder / folder, ignore_errors=True)

    async def trouble(self) -> str | None:
        """Whether files can be written and the disk has room."""
        return await asyncio.to_thread(self._trouble)

    def _trouble(self) -> str | None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if not os.access(self.folder, os.W_OK | os.X_OK):
                return "the folder cannot be written to"
            return f"less than {self.least_free:.0%} of the disk is free" if self._full() else None
        except OSError as error:
            return f"the folder cannot be used: {type(error).__name__}"

    def _full(self) -> bool:
        near = next(path for path in (self.folder, *self.folder.parents) if path.exists())
        disk = shutil.disk_usage(near)
        return disk.free < self.least_free * disk.total


def _settle(folder: Path) -> None:
    """Make the name of a new file survive a crash, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
