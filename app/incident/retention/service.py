"""When the bytes of pictures are deleted: first they are shown no more, then they go, then that is on record."""

from datetime import timedelta

from app.core.db import Database, Session
from app.incident.evidence import naming
from app.incident.evidence.store import Store
from app.incident.retention import queries


async def remove(session: Session, keep_days: int, batch: int) -> int:
    """Show pictures no more whose time is over; says how many."""
    return await queries.remove(session, timedelta(days=keep_days), batch)


async def erase(database: Database, store: Store, batch: int) -> int:
    """Delete the bytes of pictures that are not shown any more, unless another picture has the same; says of how many.

    Whoever takes the same bytes in at this moment looks again after the commit whether they are there (`keep`).
    """
    async with database.read() as session:
        rows = await queries.to_erase(session, batch)
    for row in rows:
        if not row.original_needed:
            await store.delete(naming.original(row.sha256))
        if not row.content_needed:
            await store.delete(naming.content(row.content_sha256, row.media_type))
    if rows:
        async with database.write() as session:
            await queries.erased(session, rows)
    return len(rows)
