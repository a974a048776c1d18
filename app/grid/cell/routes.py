"""HTTP of grid cells."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response

from app.core.db import Read
from app.core.pages import InvalidCursor, Page, decode, page_of
from app.core.problems import InvalidRequest, NotFound, problems
from app.grid.cell import service
from app.grid.cell.schemas import CellChoice, CellDetail, CellFilters, CellOut
from app.grid.schemas import CellCode, key
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/grid-cells", tags=["ground"])
Reader = Annotated[Actor, needs(Right.GROUND_READ)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)


@router.get("", dependencies=[needs(Right.GROUND_READ)], responses=problems(*REFUSED, InvalidCursor))
async def list_cells(filters: Annotated[CellFilters, Query()], session: Read) -> Page[CellOut]:
    """Cells in the order of their codes: those in force now, if no plan and no instant is given."""
    after = decode("grid-cells", filters.cursor, key, UUID)
    found = await service.cells(session, filters, (after[0], after[1]) if after else None)
    return page_of("grid-cells", found, filters.limit, "code", "id")


@router.get("/{code:path}", responses=problems(*REFUSED, NotFound))
async def show_cell(
    code: CellCode, caller: Reader, which: Annotated[CellChoice, Query()], session: Read, response: Response
) -> CellDetail:
    """One cell with its boundary, its neighbours and its beats."""
    found = await service.cell(session, caller, code, which)
    response.headers["ETag"] = f'"{found.version}"'
    return found
