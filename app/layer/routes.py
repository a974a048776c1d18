"""HTTP of the layers: items as a page or a file, one list over the parts, what any origin may ask before it asks."""

from fastapi import APIRouter, Request, Response

from app.core.problems import NotFound, problems
from app.identity.access import public
from app.layer.document.examples import PAGE
from app.layer.document.openapi import OF_ITEMS
from app.layer.document.routes import REFUSED, CollectionId, known
from app.layer.document.routes import router as document
from app.layer.export.routes import download
from app.layer.export.workflow import ExportUnderWay, SelectionTooLarge
from app.layer.feature.routes import described, page
from app.layer.feature.routes import router as feature
from app.layer.filter.workflow import InvalidFilter
from app.layer.http import READER, LayerRouter, caller, wants_file
from app.layer.tile.routes import router as tile
from app.layer.workflow import BadQuery

METHODS = ["GET", "HEAD", "OPTIONS"]
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "Authorization, X-API-Key, If-None-Match, Accept",
    "Access-Control-Max-Age": "86400",
}
items = LayerRouter(prefix="/ogc", tags=["layers"])


@items.get(
    "/collections/{collection_id}/items",
    name="page",
    dependencies=[READER],
    response_class=Response,
    responses=PAGE | REFUSED | problems(NotFound, BadQuery, InvalidFilter, SelectionTooLarge, ExportUnderWay),
    openapi_extra=described(*OF_ITEMS),
)
async def page_or_file(request: Request, collection_id: CollectionId) -> Response:
    """Features of a collection by what is asked for, a page at a time: `next` goes on where this page ends.

    With `f=csv`, `geojson`, `geojson-seq`, `gpkg`, `fgb` or `parquet`, or their media types as `Accept`, the whole
    selection comes as a file. Every property of the collection is a parameter too: only features that have this value.
    """
    one, file = known(collection_id), wants_file(request)
    actor = caller(request)
    return await (page(request, actor, one) if file is None else download(request, actor, one, file))


router = APIRouter()
for part in (tile, document, items, feature):
    router.include_router(part)


@router.api_route("/ogc/{rest:path}", methods=METHODS, dependencies=[public], include_in_schema=False)
async def preflight(request: Request, rest: str) -> Response:  # noqa: ARG001  # of whatever is asked
    """Any page may ask; what no other route has is not there, whatever the method."""
    if request.method != "OPTIONS":
        raise NotFound
    return Response(None, 204, PREFLIGHT)
