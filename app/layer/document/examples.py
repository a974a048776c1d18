"""What the routes of layers answer, shown in the document of the whole API by examples."""

from typing import Any

from app.core.problems import NotFound, problems
from app.layer.document import workflow as documents
from app.layer.document.workflow import Extent
from app.layer.http import HTML, JSON, OPENAPI, SCHEMA
from app.layer.workflow import COLLECTIONS, FILES, GEOJSON, BadQuery

Responses = dict[int | str, dict[str, Any]]
ROOT = "https://lianqin.example/ogc"
GROUND = Extent((118.34, 31.83, 118.79, 32.27), dict.fromkeys(COLLECTIONS, "2026-01-01T00:00:00.000Z"))
BEATS = COLLECTIONS["beats"]
FEATURE = {
    "type": "Feature",
    "id": "019ab2f0-0000-7000-8000-000000000001",
    "geometry": {"type": "Point", "coordinates": [118.6251, 32.0551]},
    "properties": {"number": "PK01-2026-000001", "status": "handling", "is_open": True, "priority": 3},
}


def answers(media_type: str, example: Any, *, is_page_too: bool = True) -> Responses:
    """This, or a page for people; or that nothing has changed."""
    content: dict[str, Any] = {media_type: {"schema": {"type": "object"}, "example": example}}
    if is_page_too:
        content[HTML] = {"schema": {"type": "string"}, "example": "<!doctype html>…"}
    return {200: {"description": "As asked for.", "content": content}, 304: {"description": "As it was."}}


LANDING = answers(JSON, documents.landing(ROOT)) | problems(BadQuery)
CONFORMANCE = answers(JSON, documents.conformance()) | problems(BadQuery)
OPENAPI_DOCUMENT = answers(OPENAPI, {"openapi": "3.0.3", "info": {}, "paths": {}}, is_page_too=False)
ALL = answers(JSON, documents.collections(ROOT, GROUND)) | problems(BadQuery)
ONE = answers(JSON, documents.collection(ROOT, BEATS, GROUND)) | problems(NotFound, BadQuery)
QUERYABLES = answers(SCHEMA, documents.queryables(ROOT, BEATS)) | problems(NotFound, BadQuery)
PAGE = answers(GEOJSON, {"type": "FeatureCollection", "features": [FEATURE], "links": [], "numberReturned": 1})
PAGE[200]["content"] |= {
    one.media_type: {"schema": {"type": "string", "format": "binary"}, "example": f"{one.about}, as a file"}
    for one in FILES.values()
    if one.media_type != GEOJSON
}
ALONE = answers(GEOJSON, FEATURE | {"links": []})
