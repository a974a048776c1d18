"""HTTP of imports."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.core.db import Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.problems import InvalidRequest, NotFound, problems
from app.exchange.layerfile import service
from app.exchange.layerfile.schemas import ImportIn, ImportOut
from app.exchange.layerfile.workflow import Layer
from app.grid.geojson import UnknownReference
from app.identity.access import OnceKey, needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/imports", tags=["ground"])
REFUSED = (NotSignedIn, Forbidden, InvalidRequest, UnknownReference, KeyMissing, KeyReused, StillRunning)


@router.post("/{layer}", response_model=ImportOut, responses=problems(*REFUSED, NotFound))
async def bring_in(
    layer: Annotated[Layer, Path(description="What the features are.", examples=["checkpoints"])],
    body: ImportIn,
    session: Write,
    caller: Annotated[Actor, needs(Right.GROUND_READ)],
    once: OnceKey,
    dry_run: Annotated[bool, Query(description="Only say what would come of it.")] = False,  # noqa: FBT002  # of a query
) -> Response:
    """Bring in areas, beats or checkpoints by GeoJSON: what is new is made, what differs is changed, all or nothing.

    Areas and beats need `ground:write`, checkpoints `duty:write`, where they are. A file that is brought in twice
    changes nothing. A whole grid comes as a plan: `POST /v1/grid-plans`.
    """
    return await once.reply(session, await service.bring(session, caller, layer, body, dry_run=dry_run))
