"""The use cases of cells: listed, and one shown with what is around it."""

from uuid import UUID

from app.core.db import Session
from app.core.problems import NotFound
from app.grid.cell import queries
from app.grid.cell.schemas import BeatName, CellChoice, CellDetail, CellFilters, CellOut
from app.identity.workflow import Actor


async def cells(session: Session, filters: CellFilters, after: tuple[str, UUID] | None) -> list[CellOut]:
    """Cells in the order of their codes, one more than asked for."""
    return [CellOut.model_validate(row) for row in await queries.page(session, filters, after)]


async def cell(session: Session, caller: Actor, code: str, which: CellChoice) -> CellDetail:
    """The cell with this code, with its boundary, neighbours and the beats the caller may see."""
    row = await queries.named(session, code, which)
    if row is None:
        raise NotFound
    beats = await queries.beats(session, row.id, caller.centres)
    return CellDetail(
        **CellOut.model_validate(row).model_dump(),
        neighbours=await queries.neighbours(session, row.id),
        beats=[BeatName.model_validate(beat) for beat in beats],
    )
