"""Where the bytes of pictures are: files named by their hash, written whole or not at all, never over another."""

import os
import tempfile
from pathlib import Path

from fastapi import Request

SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


class Store:
    """A folder of files. One that no row names is harmless: the next upload of the same picture finds it there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, sha256: bytes, media_type: str) -> Path:
        """Where the bytes with this hash are or would be."""
        name = sha256.hex()
        return self.folder / name[:2] / f"{name}.{SUFFIX[media_type]}"

    def keep(self, content: bytes, sha256: bytes, media_type: str) -> None:
        """Write the bytes so that they survive a crash, unless they are there."""
        path = self.path(sha256, media_type)
        if path.exists():
            return
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


def _settle(folder: Path) -> None:
    """Make the name of a new file survive a crash, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def store(request: Request) -> Store:
    """The process's store."""
    return Store(request.app.state.settings.data_dir / "evidence")
