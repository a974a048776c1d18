"""HTTP of the layers: one list over the parts, and what any page of any origin may ask before it asks."""

from fastapi import APIRouter, Request, Response

from app.core.problems import NotFound
from app.identity.access import public
from app.layer.document.routes import router as document
from app.layer.feature.routes import router as feature
from app.layer.tile.routes import router as tile

METHODS = ["GET", "HEAD", "OPTIONS"]
PREFLIGHT = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": ", ".join(METHODS),
    "Access-Control-Allow-Headers": "Authorization, X-API-Key, If-None-Match, Accept",
    "Access-Control-Max-Age": "86400",
}
router = APIRouter()
for part in (tile, document, feature):
    router.include_router(part)


@router.api_route("/ogc/{rest:path}", methods=METHODS, dependencies=[public], include_in_schema=False)
async def preflight(request: Request, rest: str) -> Response:  # noqa: ARG001  # of whatever is asked
    """Any page may ask; what no other route has is not there, whatever the method."""
    if request.method != "OPTIONS":
        raise NotFound
    return Response(None, 204, PREFLIGHT)
