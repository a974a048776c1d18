"""The statements about pictures whose time is over."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, exists, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from app.core.db import Session
from app.incident.evidence.models import Act, Custody, Evidence
from app.incident.models import Incident


async def remove(session: Session, keep: timedelta, batch: int) -> int:
    """Show pictures no more whose incident, or the one it was merged into, has been closed so long; says how many."""
    own, master = aliased(Incident), aliased(Incident)
    closed_at = case((own.master_id.is_(None), own.closed_at), else_=master.closed_at)
    over = (
        select(Evidence.id)
        .join(own, own.id == Evidence.incident_id)
        .outerjoin(master, master.id == own.master_id)
        .where(Evidence.removed_at.is_(None), ~Evidence.is_held, closed_at < func.now() - keep)
        .limit(batch)
        .with_for_update(of=Evidence, skip_locked=True)
    )
    changed = {"removed_at": func.now(), "version": Evidence.version + 1}
    gone = await session.execute(
        update(Evidence).where(Evidence.id.in_(over)).values(changed).returning(Evidence.id),
        execution_options={"synchronize_session": False},
    )
    return len(gone.all())


async def to_erase(session: Session, batch: int) -> Sequence[Any]:
    """Pictures that are not shown any more and whose bytes are there; which of these another picture needs."""
    other = aliased(Evidence)
    kept = select(other.id).where(other.removed_at.is_(None))
    statement = (
        select(
            Evidence.id,
            Evidence.media_type,
            Evidence.sha256,
            Evidence.content_sha256,
            exists(kept.where(other.sha256 == Evidence.sha256)).label("original_needed"),
            exists(kept.where(other.content_sha256 == Evidence.content_sha256)).label("content_needed"),
        )
        .where(Evidence.removed_at.is_not(None), Evidence.erased_at.is_(None))
        .order_by(Evidence.id)
        .limit(batch)
    )
    return (await session.execute(statement)).all()


async def erased(session: Session, rows: Sequence[Any]) -> None:
    """Put on record that the bytes of these pictures are gone, once."""
    ids = [row.id for row in rows]
    now = (
        update(Evidence)
        .where(Evidence.id.in_(ids), Evidence.erased_at.is_(None))
        .values(erased_at=func.now())
        .returning(Evidence.id, Evidence.sha256)
        .cte("now")
    )
    line = select(now.c.id, literal(Act.DELETED.value), now.c.sha256, func.jsonb_build_object())
    await session.execute(insert(Custody).from_select(["evidence_id", "act", "sha256", "details"], line))
