"""HTTP of tiles."""

from typing import Annotated, Any

import orjson
from fastapi import Path, Request, Response

from app.core.db import database
from app.core.problems import NotFound, problems
from app.identity.access import public
from app.layer.document.openapi import OF_TILE
from app.layer.document.routes import REFUSED, CollectionId, known
from app.layer.document.service import extent
from app.layer.feature.routes import described
from app.layer.filter.workflow import InvalidFilter
from app.layer.http import (
    JSON,
    MVT,
    ORIGINS,
    READER,
    WORTH_PACKING,
    LayerRouter,
    answer,
    caller,
    root,
    tag_of,
    unchanged,
)
from app.layer.tile import document, service
from app.layer.tile.examples import BOARD, FILTERED_TILE, LISTED, SCHEME, SCHEMES, STYLE, TILE, TILEJSON, TILESET
from app.layer.tile.shelf import Cut, Shelf
from app.layer.tile.style import Light, board
from app.layer.tile.workflow import asked_of_tile, matrices, named, tile
from app.layer.workflow import COLLECTIONS, BadQuery, Collection

router = LayerRouter(prefix="/ogc", tags=["layers"])
ALL = "联勤 Lianqin: all layers"
PLACE = "/{matrix_set}/{z}/{y}/{x}"
MatrixSet = Annotated[str, Path(description="A tile matrix set.", examples=["WebMercatorQuad"])]
Zoom = Annotated[str, Path(description="The tile matrix: the zoom.", examples=["15"])]
Row = Annotated[str, Path(description="The row, from the north.", examples=["13296"])]
Column = Annotated[str, Path(description="The column, from the west.", examples=["27180"])]
LIGHT: dict[str, Any] = {
    "name": "light",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": [*Light], "default": Light.DAY.value},
    "description": "Whether it is looked at by day or by night.",
    "example": Light.NIGHT.value,
}
COLLECTIONS_PARAMETER: dict[str, Any] = {
    "name": "collections",
    "in": "query",
    "required": False,
    "schema": {"type": "array", "items": {"type": "string", "enum": list(COLLECTIONS)}},
    "style": "form",
    "explode": False,
    "description": "Only these collections, as layers of one tile.",
    "example": ["areas", "beats"],
}
OF_ALL = {"parameters": [COLLECTIONS_PARAMETER]}


def shelf(request: Request) -> Shelf:
    """The tiles that this process keeps of its database."""
    state = request.app.state
    if getattr(state, "shelf_of", None) is not database(request):
        state.shelf, state.shelf_of = Shelf(), database(request)
    found: Shelf = state.shelf
    return found


@router.get("/tileMatrixSets", dependencies=[public], response_class=Response, responses=SCHEMES)
async def tile_matrix_sets(request: Request) -> Response:
    """The tile matrix sets that tiles are cut by."""
    return answer(request, orjson.dumps(document.schemes(root(request))), JSON)


@router.get(
    "/tileMatrixSets/{matrix_set}",
    dependencies=[public],
    response_class=Response,
    responses=SCHEME,
)
async def tile_matrix_set(request: Request, matrix_set: MatrixSet) -> Response:
    """One tile matrix set."""
    return answer(request, orjson.dumps(document.scheme(matrices(matrix_set))), JSON)


@router.get(
    "/collections/{collection_id}/tiles",
    dependencies=[READER],
    response_class=Response,
    responses=LISTED | REFUSED | problems(NotFound),
)
async def tilesets(request: Request, collection_id: CollectionId) -> Response:
    """The tilesets of a collection."""
    one = known(collection_id)
    told = document.tilesets(root(request), [one], _here(request, one), _title(one), await _box(request))
    return answer(request, orjson.dumps(told), JSON)


@router.get(
    "/collections/{collection_id}/tiles/{matrix_set}",
    dependencies=[READER],
    response_class=Response,
    responses=TILESET | REFUSED | problems(NotFound),
)
async def tileset(request: Request, collection_id: CollectionId, matrix_set: MatrixSet) -> Response:
    """One tileset of a collection: where it lies and how its tiles are named."""
    one, by, box = known(collection_id), matrices(matrix_set), await _box(request)
    told = document.tileset(root(request), [one], _here(request, one), _title(one), by, box)
    return answer(request, orjson.dumps(told), JSON)


@router.get(
    "/collections/{collection_id}/tiles/WebMercatorQuad/tilejson.json",
    dependencies=[READER],
    response_class=Response,
    responses=TILEJSON | REFUSED | problems(NotFound, BadQuery, InvalidFilter),
    openapi_extra=described(*OF_TILE),
)
async def tilejson(request: Request, collection_id: CollectionId) -> Response:
    """A collection's tiles as TileJSON; what is asked for here is asked of every tile."""
    one = known(collection_id)
    service.checked(one, asked_of_tile(one, request.query_params.multi_items()))
    template = document.address(f"{_here(request, one)}/WebMercatorQuad", _query(request))
    told = document.tilejson([one], template, _title(one), await _box(request))
    return answer(request, orjson.dumps(told), JSON, headers=_unshared(request))


@router.get(
    "/collections/{collection_id}/tiles" + PLACE,
    dependencies=[READER],
    response_class=Response,
    responses=FILTERED_TILE | REFUSED,
    openapi_extra=described(*OF_TILE),
)
async def collection_tile(  # as many parts as its path has
    request: Request, collection_id: CollectionId, matrix_set: MatrixSet, z: Zoom, y: Row, x: Column
) -> Response:
    """One tile of a collection. Every property of the collection is a parameter too, as of its items."""
    one, wanted = known(collection_id), tile(matrices(matrix_set), z, y, x)
    asked = asked_of_tile(one, request.query_params.multi_items())
    kept = shelf(request)
    order = await service.order(database(request), kept, caller(request), one, wanted, asked)
    if order.tag is not None and unchanged(request, order.tag):
        return _answer(request, Cut(b"", order.tag), is_ground=True)
    cut = await service.cut(database(request), kept, caller(request), one, order)
    return _answer(request, cut, is_ground=order.tag is not None)


@router.get("/tiles", dependencies=[READER], response_class=Response, responses=LISTED | REFUSED)
async def all_tilesets(request: Request) -> Response:
    """The tilesets of all collections together."""
    of, here = list(COLLECTIONS.values()), f"{root(request)}/tiles"
    told = document.tilesets(root(request), of, here, ALL, await _box(request))
    return answer(request, orjson.dumps(told), JSON)


@router.get(
    "/tiles/{matrix_set}",
    dependencies=[READER],
    response_class=Response,
    responses=TILESET | REFUSED | problems(NotFound),
)
async def tileset_of_all(request: Request, matrix_set: MatrixSet) -> Response:
    """One tileset of all collections together."""
    of, by, here = list(COLLECTIONS.values()), matrices(matrix_set), f"{root(request)}/tiles"
    told = document.tileset(root(request), of, here, ALL, by, await _box(request))
    return answer(request, orjson.dumps(told), JSON)


@router.get(
    "/tiles/WebMercatorQuad/tilejson.json",
    dependencies=[READER],
    response_class=Response,
    responses=TILEJSON | REFUSED | problems(NotFound, BadQuery),
    openapi_extra=OF_ALL,
)
async def tilejson_of_all(request: Request) -> Response:
    """The tiles of several collections together as TileJSON."""
    of = _asked_for(request)
    template = document.address(f"{root(request)}/tiles/WebMercatorQuad", _query(request))
    told = document.tilejson(of, template, ALL, await _box(request))
    return answer(request, orjson.dumps(told), JSON, headers=_unshared(request))


@router.get(
    "/tiles" + PLACE,
    dependencies=[READER],
    response_class=Response,
    responses=TILE | REFUSED,
    openapi_extra=OF_ALL,
)
async def tile_of_all(request: Request, matrix_set: MatrixSet, z: Zoom, y: Row, x: Column) -> Response:
    """One tile with several collections as its layers: all that are cut at its zoom, or those of `collections`."""
    wanted, kept, cuts = tile(matrices(matrix_set), z, y, x), shelf(request), []
    for one in _asked_for(request):
        if wanted.z < wanted.matrices.min_zoom(one):
            continue
        order = await service.order(database(request), kept, caller(request), one, wanted, asked_of_tile(one, []))
        cuts.append(await service.cut(database(request), kept, caller(request), one, order))
    body = b"".join(cut.body for cut in cuts)  # layers of a tile stand one after the other
    return _answer(request, Cut(body, tag_of(*(cut.tag.encode() for cut in cuts))), is_ground=False)


@router.get(
    "/styles/board",
    dependencies=[READER],
    response_class=Response,
    responses=BOARD | REFUSED | problems(BadQuery),
    openapi_extra={"parameters": [LIGHT]},
)
async def board_style(request: Request) -> Response:
    """The whole board as a MapLibre style, for the day or the night."""
    light = request.query_params.get("light", Light.DAY)
    if light not in [*Light]:
        raise BadQuery(f"light must be one of {', '.join(Light)}.")
    told = board(f"{root(request)}/collections", await _box(request), _key(request), Light(light))
    return answer(request, orjson.dumps(told), STYLE, headers=_unshared(request))


def _here(request: Request, one: Collection) -> str:
    return f"{root(request)}/collections/{one.id}/tiles"


def _title(one: Collection) -> str:
    return f"{one.en} {one.zh}"


async def _box(request: Request) -> document.Box:
    async with database(request).read_lane() as lane:
        return (await extent(lane, caller(request))).box


def _asked_for(request: Request) -> list[Collection]:
    unknown = sorted(set(request.query_params) - {"collections", "key", "f"})
    if unknown:
        raise BadQuery(f"Unknown: {', '.join(unknown)[:200]}.")
    return named(request.query_params.get("collections"))


def _key(request: Request) -> dict[str, str]:
    """The key, if the caller named itself by `?key=`: such a client can send it in no other way with each tile."""
    key = request.query_params.get("key")
    return {"key": key} if key else {}


def _query(request: Request) -> dict[str, str]:
    return {name: value for name, value in request.query_params.items() if name != "f"}


def _unshared(request: Request) -> dict[str, str]:
    """A document that holds a key is kept nowhere."""
    return {"Cache-Control": "private, no-store"} if _key(request) else {}


def _answer(request: Request, cut: Cut, *, is_ground: bool) -> Response:
    """A tile: unchanged, empty, packed or as it is. The ground may be shown a moment without asking again."""
    said = ORIGINS | {"ETag": cut.tag, "Vary": "Accept-Encoding, Authorization, X-API-Key"}
    said["Cache-Control"] = "private, max-age=3" if is_ground else "private, no-cache"
    if unchanged(request, cut.tag):
        return Response(None, 304, said)
    if not cut.body:
        return Response(None, 204, said)
    if len(cut.body) >= WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        return Response(cut.packed, 200, said | {"Content-Encoding": "gzip"}, MVT)
    return Response(cut.body, 200, said, MVT)
