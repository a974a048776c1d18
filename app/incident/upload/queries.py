"""The statements about uploads."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, func, select

from app.core.db import Session
from app.identity.models import Account
from app.identity.workflow import Actor
from app.incident.evidence.models import Evidence
from app.incident.models import Incident
from app.incident.queries import seen_by
from app.incident.upload.models import Upload
from app.incident.upload.workflow import DAY, GRACE, KEPT

NOW = func.clock_timestamp()
"""Not the beginning of the transaction: it may have waited for another piece."""


async def hold(session: Session, account_id: UUID) -> None:
    """Let nobody else begin an upload for this account until commit, so that what it has under way can be counted."""
    await session.execute(select(Account.id).where(Account.id == account_id).with_for_update(key_share=True))


async def by_key(session: Session, account_id: UUID, key: str) -> Upload | None:
    """The upload that this account began with this key."""
    return await session.scalar(select(Upload).where(Upload.account_id == account_id, Upload.key == key))


async def under_way(session: Session, account_id: UUID) -> tuple[int, int]:
    """How many uploads of an account are open, and how many bytes it announced in the last 24 hours."""
    is_open = Upload.evidence_id.is_(None) & Upload.refused.is_(None) & (Upload.expires_at > NOW)
    announced = func.coalesce(func.sum(Upload.size_bytes).filter(Upload.created_at > NOW - DAY), 0)
    counted = select(func.count().filter(is_open), announced).where(Upload.account_id == account_id)
    found, size = (await session.execute(counted)).one()
    return found, size


async def is_taken(session: Session, evidence_id: UUID) -> bool:
    """Whether there is evidence with this id."""
    return await session.scalar(select(Evidence.id).where(Evidence.id == evidence_id)) is not None


async def begin(session: Session, upload: Upload) -> Upload:
    """Put a new upload on record."""
    upload.expires_at = await session.scalar(select(NOW + KEPT))  # type: ignore[assignment]  # a row is always found
    session.add(upload)
    await session.flush()
    return upload


async def mine(session: Session, actor: Actor, upload_id: UUID) -> Upload | None:
    """The caller's upload with this id, if it has not expired and its incident is in sight."""
    among = select(Incident.id).where(seen_by(actor), Incident.id == Upload.incident_id).exists()
    own = (Upload.id == upload_id, Upload.account_id == actor.account_id, Upload.expires_at > NOW)
    return await session.scalar(select(Upload).where(*own, among))


async def held(session: Session, actor: Actor, upload_id: UUID) -> Upload | None:
    """The same, and nobody adds to it until commit; whether its incident is in sight was asked before."""
    own = (Upload.id == upload_id, Upload.account_id == actor.account_id, Upload.expires_at > NOW)
    return await session.scalar(select(Upload).where(*own).with_for_update())


async def drop(session: Session, upload: Upload) -> None:
    """Forget an upload."""
    await session.delete(upload)


async def over(session: Session, batch: int) -> Sequence[UUID]:
    """Uploads that expired a while ago, the oldest first."""
    old = select(Upload.id).where(Upload.expires_at < NOW - GRACE).order_by(Upload.expires_at).limit(batch)
    return (await session.scalars(old)).all()


async def forget(session: Session, upload_ids: Sequence[UUID]) -> None:
    """Delete the rows of uploads."""
    await session.execute(delete(Upload).where(Upload.id.in_(upload_ids)))
