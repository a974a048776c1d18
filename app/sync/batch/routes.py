"""HTTP of batches."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from app.core.db import database
from app.core.openapi import body_of
from app.core.problems import InvalidRequest, TooLarge, Unavailable, problems
from app.identity.access import needs
from app.identity.service import NotSignedIn
from app.identity.workflow import Actor
from app.sync.batch import service
from app.sync.batch.reading import read
from app.sync.batch.schemas import BatchIn, BatchOut

router = APIRouter(prefix="/v1/sync", tags=["mobile"])


@router.post(
    "/batches",
    response_model=BatchOut,
    response_model_exclude_none=True,
    responses=problems(NotSignedIn, InvalidRequest, TooLarge, Unavailable),
    openapi_extra=body_of(BatchIn),
)
async def apply(request: Request, caller: Annotated[Actor, needs()]) -> Response:
    """Carry out what was done on a phone: ≤ 200 commands in ≤ 1 MiB, in the device's order, each once.

    Each has an answer of its own, in the order of the request, and the right it needs is that of its route. Sent
    again, nothing is done twice: every `op_id` has its receipt, so the request needs no Idempotency-Key.
    """
    given, ops = read(await request.body())
    answer = await service.carry_out(database(request), caller, given, ops)
    return Response(answer.model_dump_json(exclude_none=True), media_type="application/json")
