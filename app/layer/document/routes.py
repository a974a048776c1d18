"""HTTP of what layers say about themselves."""

from typing import Annotated

import orjson
from fastapi import Path, Request, Response

from app.core.db import database
from app.core.problems import NotFound, problems
from app.identity.access import public
from app.identity.service import Forbidden, NotSignedIn
from app.layer.document import service
from app.layer.document import workflow as documents
from app.layer.document.examples import ALL, CONFORMANCE, LANDING, ONE, OPENAPI_DOCUMENT, QUERYABLES
from app.layer.document.openapi import document
from app.layer.http import JSON, OPENAPI, READER, SCHEMA, LayerRouter, answer, caller, root, told
from app.layer.workflow import COLLECTIONS, Collection

router = LayerRouter(prefix="/ogc", tags=["layers"])
CollectionId = Annotated[str, Path(description="A collection's id.", examples=["incidents"])]
REFUSED = problems(NotSignedIn, Forbidden)


def known(collection_id: str) -> Collection:
    """The collection of this id.

    Raises:
        NotFound: there is none.
    """
    found = COLLECTIONS.get(collection_id)
    if found is None:
        raise NotFound(f"Collections are {', '.join(COLLECTIONS)}.")
    return found


@router.get("", dependencies=[public], include_in_schema=False)
@router.get("/", dependencies=[public], response_class=Response, responses=LANDING)
async def landing(request: Request) -> Response:
    """The first page of the layers: where everything else is."""
    return told(request, documents.landing(root(request)), JSON)


@router.get("/conformance", dependencies=[public], response_class=Response, responses=CONFORMANCE)
async def conformance(request: Request) -> Response:
    """The classes of the OGC standards that the layers conform to."""
    return told(request, documents.conformance(), JSON, "Conformance")


@router.get("/api", dependencies=[public], response_class=Response, responses=OPENAPI_DOCUMENT)
async def api(request: Request) -> Response:
    """The layers' API in OpenAPI 3.0, as GIS clients read it."""
    return answer(request, orjson.dumps(document(root(request))), OPENAPI)


@router.get("/collections", dependencies=[READER], response_class=Response, responses=ALL | REFUSED)
async def collections(request: Request) -> Response:
    """The collections, with where the caller's ground is."""
    async with database(request).read_lane() as lane:
        extent = await service.extent(lane, caller(request))
    return told(request, documents.collections(root(request), extent), JSON, "图层 Collections")


@router.get(
    "/collections/{collection_id}",
    dependencies=[READER],
    response_class=Response,
    responses=ONE | REFUSED,
)
async def collection(request: Request, collection_id: CollectionId) -> Response:
    """One collection."""
    one = known(collection_id)
    async with database(request).read_lane() as lane:
        extent = await service.extent(lane, caller(request))
    return told(request, documents.collection(root(request), one, extent), JSON)


@router.get(
    "/collections/{collection_id}/queryables",
    dependencies=[READER],
    response_class=Response,
    responses=QUERYABLES | REFUSED,
)
async def queryables(request: Request, collection_id: CollectionId) -> Response:
    """What a filter of this collection may name, as a JSON Schema."""
    return told(request, documents.queryables(root(request), known(collection_id)), SCHEMA)
