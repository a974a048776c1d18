"""HTTP of the workflow's tables."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response

from app.command.tables import service
from app.command.tables.schemas import WorkflowOut
from app.core.once import answer
from app.core.problems import problems
from app.identity.access import needs
from app.identity.service import NotSignedIn
from app.identity.workflow import Actor

router = APIRouter(prefix="/v1", tags=["workflow"])
MERMAID = "text/vnd.mermaid"
DIAGRAM: dict[str, Any] = {
    "schema": {"type": "string"},
    "example": "stateDiagram-v2\n  reported --> accepted: accept\n",
}
FORMS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The tables, or a diagram of them.", "content": {MERMAID: DIAGRAM}}
}


@router.get("/workflow", response_model=WorkflowOut, responses=FORMS | problems(NotSignedIn))
async def workflow(
    _: Annotated[Actor, needs()], accept: Annotated[str, Header(description="`text/vnd.mermaid` for a diagram.")] = ""
) -> Response:
    """Every table of the workflow: who moves what from where to where, and what that needs. Also drawn by Mermaid."""
    wanted = MERMAID in accept
    found = Response(service.drawn(), media_type=MERMAID) if wanted else answer(service.written(), 200, None)
    found.headers["Vary"] = "Accept"
    return found
