"""HTTP of dry runs."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter

from app.agency.routes import REFUSED
from app.core.db import Read
from app.core.problems import NotFound, problems
from app.identity.access import needs
from app.identity.workflow import Actor, Right
from app.policy.dry_run import service
from app.policy.dry_run.schemas import DryRun, DryRunIn
from app.policy.dry_run.service import DryRunGoingOn

router = APIRouter(prefix="/v1/routing-sets", tags=["policies"])


@router.post("/{set_id}/dry-run", responses=problems(*REFUSED, NotFound, DryRunGoingOn))
async def dry_run(
    set_id: UUID,
    caller: Annotated[Actor, needs(Right.CATALOGUE_READ, Right.INCIDENTS_READ)],
    body: DryRunIn,
    session: Read,
) -> DryRun:
    """Try a set on past incidents that the caller sees: which would have gone elsewhere. Nothing is written."""
    return await service.dry_run(session, caller, set_id, body)
