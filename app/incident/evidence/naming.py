"""What the pieces of bytes in the store of evidence are called: by the hash of what is in them."""

from uuid import UUID

from app.core.ids import uuid7

FOLDER = "evidence"
SUFFIX = {"image/jpeg": "jpg", "image/png": "png", "image/webp": "webp"}


def content(sha256: bytes, media_type: str) -> str:
    """What is served of a picture."""
    name = sha256.hex()
    return f"{name[:2]}/{name}.{SUFFIX[media_type]}"


def original(sha256: bytes) -> str:
    """The file as it came."""
    name = sha256.hex()
    return f"original/{name[:2]}/{name}"


def upload(upload_id: UUID) -> str:
    """Where the pieces of an upload lie until it is whole."""
    return f"upload/{upload_id}"


def piece(upload_id: UUID, offset: int) -> str:
    """A piece of an upload; two that begin at the same place never have the same name."""
    return f"{upload(upload_id)}/{offset:010d}-{uuid7()}"
