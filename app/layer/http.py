"""How layers are asked and answered: who calls, with which address, compressed or unchanged, from which origin."""

import gzip
import hashlib
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Depends, Request, Response

from app.core.direct import Direct
from app.core.problems import Unavailable, raises
from app.identity.access import Needs, basic_password, bearer_and_key
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.layer.page.workflow import page
from app.layer.workflow import FILES, GEOJSON, BadQuery, File

JSON, SCHEMA = "application/json", "application/schema+json"
OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
MVT = "application/vnd.mapbox-vector-tile"
HTML = "text/html"
FORMS = ("json", "html")
Handler = TypeVar("Handler", bound=Callable[..., Any])
WORTH_PACKING = 1024
ORIGINS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Content-Crs, ETag, Link",
}
"""Any page may ask: it must show a key or token of its own, since no cookie lets anybody in."""


class LayerRouter(APIRouter):
    """A router of direct routes: tiles come by the hundred, and what a query may say is told by collections.

    Its GETs answer HEAD as well: GIS clients ask so what has changed.
    """

    def __init__(self, **told: Any) -> None:
        super().__init__(route_class=Direct, **told)

    def get(self, path: str, **told: Any) -> Callable[[Handler], Handler]:
        """Declare a route for GET and HEAD; only GET stands in the document of the API."""
        as_get = super().get(path, **told)
        as_head = super().head(path, **told | {"include_in_schema": False})
        return lambda handler: as_get(as_head(handler))


class KeyNeeded(NotSignedIn):
    """Layers need a key or a token: a key may be the password of HTTP Basic."""

    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": 'Basic realm="Lianqin layers", charset="UTF-8"'}


class LayerNeeds(Needs):
    """The same as everywhere, and a key as the password of HTTP Basic or as `?key=`, as GIS clients can send it."""

    def shown(self, request: Request) -> tuple[str | None, str | None]:
        """The token and the key that the caller shows.

        Raises:
            KeyNeeded: nothing is shown; GIS clients then send the name and password that they were given.
        """
        token, key = bearer_and_key(request)
        if token or key:
            return token, key
        key = request.query_params.get("key") or basic_password(request)
        if not key:
            raise KeyNeeded
        return None, key


READER = Depends(raises(KeyNeeded, NotSignedIn, Forbidden, Unavailable)(LayerNeeds(Right.LAYERS_READ)))


def caller(request: Request) -> Actor:
    """Who asks, once the door has let them in."""
    found: Actor = request.state.actor
    return found


def root(request: Request) -> str:
    """The absolute address of the layers, as the caller named this server."""
    return f"{str(request.base_url).rstrip('/')}/ogc"


def again(request: Request, **changes: str | None) -> str:
    """The address that was asked for with some parameters changed or left out (None), and never with the key."""
    given = {name: value for name, value in request.query_params.items() if name != "key"} | changes
    kept = {name: value for name, value in given.items() if value is not None}
    address = f"{str(request.base_url).rstrip('/')}{request.url.path}"
    return f"{address}?{urlencode(kept)}" if kept else address


def link(rel: str, href: str, media_type: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """A link."""
    return {"rel": rel, "href": href, "type": media_type} | ({"title": title} if title else {}) | more


def tag_of(*parts: bytes) -> str:
    """The ETag of content."""
    digest = hashlib.blake2b(digest_size=12)
    for part in parts:
        digest.update(part)
    return f'W/"{digest.hexdigest()}"'


def unchanged(request: Request, tag: str) -> bool:
    """Whether the caller has this already."""
    held = request.headers.get("if-none-match", "")
    return held == "*" or tag in (one.strip() for one in held.split(","))


def answer(
    request: Request, body: bytes, media_type: str, tag: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """The body, packed if the caller can unpack it; or only that it has not changed."""
    tag = tag or tag_of(body)
    said = ORIGINS | {"ETag": tag, "Vary": "Accept, Accept-Encoding, Authorization, X-API-Key"}
    said |= {"Cache-Control": "private, no-cache"} | dict(headers or {})
    if unchanged(request, tag):
        return Response(None, 304, said)
    if len(body) >= WORTH_PACKING and "gzip" in request.headers.get("accept-encoding", ""):
        body, said = gzip.compress(body, 1), said | {"Content-Encoding": "gzip"}
    return Response(body, 200, said, media_type)


def told(request: Request, document: Mapping[str, Any], media_type: str, title: str = "") -> Response:
    """A document as what the caller reads: JSON, or a page."""
    if wants_html(request):
        return answer(request, page(document, title, ""), HTML)
    return answer(request, orjson.dumps(document), media_type)


def wants_file(request: Request) -> File | None:
    """The file that the caller would rather have than a page: by `f`, else by what it accepts first."""
    form = request.query_params.get("f")
    if form is not None:
        return FILES.get(form)
    first = _plain(request.headers.get("accept", "").partition(",")[0])
    return next((one for one in FILES.values() if _plain(one.media_type) == first != GEOJSON), None)


def _plain(media_type: str) -> str:
    return media_type.partition(";")[0].strip().lower()


def wants_html(request: Request, *more: str) -> bool:
    """Whether the caller would rather have a page: by `f`, else by what it accepts first.

    Raises:
        BadQuery: `f` is neither that, nor one of the other forms that there are.
    """
    form = request.query_params.get("f")
    if form is not None:
        if form not in FORMS:
            raise BadQuery(f"f must be one of {', '.join((*FORMS, *more))}.")
        return form == "html"
    accepted = request.headers.get("accept", "*/*")
    return HTML in accepted and "json" not in accepted.partition(HTML)[0]
