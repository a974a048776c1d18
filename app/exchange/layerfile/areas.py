"""An area that is brought in: known by its code."""

from app.core.db import Session
from app.core.problems import NotFound
from app.exchange.layerfile.workflow import Brought, Outcome, same_place
from app.grid.area import service
from app.grid.area.schemas import AreaIn, AreaPatch
from app.identity.workflow import Actor

NAMES = ("level", "kind", "name", "name_en", "parent")


async def bring(session: Session, _: Actor, one: Brought) -> Outcome:
    """Add it, or change what is different."""
    body = AreaIn.model_validate(one.given("code", *NAMES) | {"boundary": one.geometry})
    try:
        there = await service.area(session, body.code, boundary=True)
    except NotFound:
        await service.add_areas(session, [body])
        return Outcome.NEW
    given = body.model_dump(include={*NAMES, "boundary"}, exclude_none=True)
    before = there.model_dump()
    different = {name: value for name, value in given.items() if value != before[name]}
    if one.geometry is not None and same_place(one.geometry, before["boundary"]):
        different.pop("boundary", None)
    if not different:
        return Outcome.SAME
    await service.change_area(session, body.code, AreaPatch.model_validate(different), there.version)
    return Outcome.CHANGED
