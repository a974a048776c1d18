"""HTTP of features."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from fastapi import Path, Request, Response

from app.core.db import database
from app.core.problems import NotFound, problems
from app.core.time import rfc3339
from app.identity.workflow import Actor
from app.layer.crs.workflow import URI
from app.layer.document.examples import ALONE
from app.layer.document.openapi import EXAMPLES, OF_ONE, PARAMETERS, TOLD
from app.layer.document.routes import REFUSED, CollectionId, known
from app.layer.document.workflow import items
from app.layer.feature import service
from app.layer.feature.workflow import asked, asked_of_one
from app.layer.http import (
    HTML,
    JSON,
    READER,
    LayerRouter,
    again,
    answer,
    caller,
    link,
    root,
    tag_of,
    wants_html,
)
from app.layer.page.workflow import page as page_of
from app.layer.workflow import FILES, GEOJSON, BadQuery, Collection

router = LayerRouter(prefix="/ogc", tags=["layers"])


def described(*names: str) -> dict[str, Any]:
    """The query parameters, for the document of the whole API."""
    return {"parameters": [_described(name) for name in names]}


def _described(name: str) -> dict[str, Any]:
    example = {"example": EXAMPLES[name]} if name in EXAMPLES else {}
    return {
        "name": name,
        "in": "query",
        "required": False,
        "schema": PARAMETERS[name],
        "description": TOLD[name],
    } | example


async def page(request: Request, actor: Actor, one: Collection) -> Response:
    """Features of a collection by what is asked for, a page at a time."""
    wanted = asked(one, request.query_params.multi_items())
    async with database(request).search_lane() as lane:
        found = await service.page(lane, actor, one, wanted)
    links = [link("self", again(request), GEOJSON), link("alternate", again(request, f="html"), HTML)]
    if found.next:
        links.append(link("next", again(request, cursor=found.next, offset=None), GEOJSON))
    here = f"{root(request)}/collections/{one.id}/items"
    features = ",".join(found.texts).encode()
    head = {"links": items(root(request), one, links), "numberReturned": len(found.texts), "timeStamp": _now()}
    if found.matched is not None:
        head["numberMatched"] = found.matched
    body = b'{"type":"FeatureCollection","features":[%s],%s' % (features, orjson.dumps(head)[1:])
    if wants_html(request, *FILES):
        return answer(request, page_of(orjson.loads(body), f"{one.en} {one.zh}", here), HTML)
    tag = tag_of(features, (found.next or "").encode(), str(request.url.query).encode())
    return answer(request, body, GEOJSON, tag, {"Content-Crs": f"<{URI[wanted.srid]}>"})


@router.get(
    "/collections/{collection_id}/items/{feature_id}",
    dependencies=[READER],
    response_class=Response,
    responses=ALONE | REFUSED | problems(NotFound, BadQuery),
    openapi_extra=described(*OF_ONE),
)
async def feature(
    request: Request,
    collection_id: CollectionId,
    feature_id: Annotated[str, Path(description="A feature's id.", examples=["019ab2f0-0000-7000-8000-000000000001"])],
) -> Response:
    """One feature."""
    one = known(collection_id)
    wanted = asked_of_one(request.query_params.multi_items())
    async with database(request).read_lane() as lane:
        found = await service.one(lane, caller(request), one, feature_id, wanted)
    here = f"{root(request)}/collections/{one.id}"
    links = [
        link("self", again(request), GEOJSON),
        link("alternate", again(request, f="html"), HTML),
        link("collection", here, JSON),
    ]
    body = f'{found[:-1]},"links":{orjson.dumps(links).decode()}}}'.encode()
    if wants_html(request):
        return answer(request, page_of(orjson.loads(body), f"{one.en} {one.zh}", f"{here}/items"), HTML)
    return answer(request, body, GEOJSON, headers={"Content-Crs": f"<{URI[wanted.srid]}>"})


def _now() -> str:
    return rfc3339(datetime.now(UTC))
