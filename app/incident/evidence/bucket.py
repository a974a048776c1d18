"""Evidence in an S3-compatible bucket: the extra `s3`. What of its library may go wrong is said in our words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import S3Store

from app.core.settings import Settings
from app.incident.evidence.store import CHUNK_BYTES, Missing, StoreUnavailable

PATIENCE = timedelta(seconds=5)
TRIES = 2
PROBE, PROBE_S = "probe", 2.0
"""A name that nothing has: asking for it costs little, and what is answered tells whether the bucket is there."""


class Bucket:
    """A bucket, or anything else that `obstore` takes for one."""

    def __init__(self, store: Any) -> None:
        self.store = store

    async def keep(self, name: str, content: bytes) -> None:
        """Put the bytes, on the condition that there is nothing of this name."""
        try:
            with suppress(AlreadyExistsError):
                await obstore.put_async(self.store, name, content, mode="create", use_multipart=False)
        except BaseError as error:
            raise StoreUnavailable from error

    async def size(self, name: str) -> int:
        """The size of the object."""
        try:
            found: int = (await obstore.head_async(self.store, name))["size"]
        except FileNotFoundError:
            raise Missing from None
        except BaseError as error:
            raise StoreUnavailable from error
        return found

    async def read(self, name: str) -> AsyncIterator[bytes]:
        """The object, in pieces."""
        try:
            found = await obstore.get_async(self.store, name)
            async for piece in found.stream(min_chunk_size=CHUNK_BYTES):
                yield bytes(piece)
        except FileNotFoundError:
            raise Missing from None
        except BaseError as error:
            raise StoreUnavailable from error

    async def delete(self, name: str) -> None:
        """Delete the object."""
        with suppress(FileNotFoundError):
            await obstore.delete_async(self.store, name)

    async def clear(self, folder: str) -> None:
        """Delete every object below this name."""
        async for found in obstore.list(self.store, prefix=folder):
            await obstore.delete_async(self.store, [one["path"] for one in found])

    async def trouble(self) -> str | None:
        """Whether the bucket is there and answers."""
        try:
            async with asyncio.timeout(PROBE_S):
                await obstore.list_with_delimiter_async(self.store, PROBE)
        except (BaseError, FileNotFoundError, TimeoutError) as error:
            return f"the bucket is not there or does not answer: {type(error).__name__}"
        return None


def bucket_of(settings: Settings) -> Bucket:
    """The bucket these settings name."""
    bucket, _, prefix = (settings.evidence_bucket or "").partition("/")
    secret = settings.evidence_s3_secret
    config: dict[str, Any] = {
        "endpoint": settings.evidence_s3_endpoint,
        "region": settings.evidence_s3_region,
        "access_key_id": settings.evidence_s3_key,
        "secret_access_key": secret.get_secret_value() if secret else None,
    }
    is_plain = (settings.evidence_s3_endpoint or "").startswith("http://")
    return Bucket(
        S3Store(
            bucket,
            prefix=prefix or None,
            client_options={"allow_http": is_plain, "timeout": PATIENCE},
            retry_config={"max_retries": TRIES, "retry_timeout": PATIENCE},
            **{name: value for name, value in config.items() if value},
        )
    )
