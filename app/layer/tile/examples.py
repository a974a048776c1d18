"""What the routes of tiles answer, shown in the document of the whole API by examples."""

from app.core.problems import NotFound, problems
from app.layer.document.examples import BEATS, GROUND, ROOT, Responses, answers
from app.layer.filter.workflow import InvalidFilter
from app.layer.http import JSON, MVT
from app.layer.tile import document, style
from app.layer.tile.workflow import MATRICES
from app.layer.workflow import BadQuery

STYLE = "application/vnd.mapbox.style+json"
HERE, QUAD = f"{ROOT}/collections/{BEATS.id}/tiles", MATRICES["WebMercatorQuad"]
SCHEMES = answers(JSON, document.schemes(ROOT), is_page_too=False)
SCHEME = answers(JSON, document.scheme(QUAD), is_page_too=False) | problems(NotFound)
LISTED = answers(JSON, document.tilesets(ROOT, [BEATS], HERE, BEATS.en, GROUND.box), is_page_too=False)
TILESET = answers(JSON, document.tileset(ROOT, [BEATS], HERE, BEATS.en, QUAD, GROUND.box), is_page_too=False)
TILEJSON = answers(
    JSON, document.tilejson([BEATS], document.address(f"{HERE}/{QUAD.id}", {}), BEATS.en, GROUND.box), is_page_too=False
)
BOARD = answers(STYLE, style.board(f"{ROOT}/collections", GROUND.box, {}), is_page_too=False)
CUT: Responses = {
    200: {
        "description": "The tile.",
        "content": {MVT: {"schema": {"type": "string", "format": "binary"}, "example": "bytes"}},
    },
    204: {"description": "Nothing is there."},
    304: {"description": "As it was."},
}
TILE = CUT | problems(NotFound, BadQuery)
FILTERED_TILE = CUT | problems(NotFound, BadQuery, InvalidFilter)
