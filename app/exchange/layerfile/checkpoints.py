"""A checkpoint that is brought in: known by its centre and code. It stays where it is."""

from app.core.db import Session
from app.core.geo import LonLat, metres_between
from app.core.problems import Unprocessable
from app.coverage.checkpoint import service
from app.coverage.checkpoint.schemas import CheckpointIn, CheckpointPatch
from app.exchange.layerfile.workflow import Brought, Outcome
from app.identity.workflow import Actor

NAMES = ("name", "name_en", "radius_m", "every_s")
NEAR_M = 0.1


async def bring(session: Session, caller: Actor, one: Brought) -> Outcome:
    """Set it up, or change what is different; one that is out of use comes into use again."""
    body = CheckpointIn.model_validate(one.given("centre", "code", *NAMES) | {"location": one.geometry})
    there = await service.checkpoint_named(session, caller, body.centre, body.code)
    if there is None:
        await service.make(session, caller, body)
        return Outcome.NEW
    if metres_between(LonLat(*body.location.coordinates), LonLat(*there.location.coordinates)) > NEAR_M:
        raise Unprocessable("A checkpoint stays where it is, with its visits: give the new place a new code.")
    given = body.model_dump(include=set(NAMES) & body.model_fields_set) | {"is_active": True}
    different = {name: value for name, value in given.items() if value != getattr(there, name)}
    if not different:
        return Outcome.SAME
    await service.change(session, caller, there.id, CheckpointPatch.model_validate(different), there.version)
    return Outcome.CHANGED
