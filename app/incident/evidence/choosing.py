"""Which store a process has: a bucket where the settings name one, else the folder."""

from fastapi import Request

from app.core.settings import Settings
from app.incident.evidence.naming import FOLDER
from app.incident.evidence.store import Folder, Store


def folder_of(settings: Settings) -> Folder:
    """The folder of this process."""
    return Folder(settings.data_dir / FOLDER, settings.evidence_least_free)


def store_of(settings: Settings) -> Store:
    """The store these settings name: a bucket if there is one, else the folder."""
    if settings.evidence_bucket is None:
        return folder_of(settings)
    from app.incident.evidence.bucket import bucket_of  # noqa: PLC0415  # its library is an extra

    return bucket_of(settings)


def store(request: Request) -> Store:
    """The process's store."""
    found: Store = request.app.state.store
    return found
