"""HTTP of what a phone takes along."""

import gzip
from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from app.core.db import database
from app.core.problems import InvalidRequest, Unavailable, problems
from app.identity.access import needs
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right
from app.sync.view import service
from app.sync.view.schemas import BundleOut, ChangesOut
from app.sync.view.service import TokenGone

router = APIRouter(prefix="/v1/sync", tags=["mobile"])
Officer = Annotated[Actor, needs(Right.INCIDENTS_READ, Right.DUTY_READ, Right.GROUND_READ, Right.CATALOGUE_READ)]
Coding = Annotated[str, Header(description="With `gzip` in it the answer is compressed, where that is worth it.")]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest, Unavailable)
WORTH_IT = 1024
LEVEL = 5


def _packed(body: bytes, accepted: str, **headers: str) -> Response:
    """The answer, a fifth as long for who can unpack it: a phone may be far out."""
    known = {"Cache-Control": "private, no-cache", "Vary": "Accept-Encoding"} | headers
    if "gzip" in accepted.lower() and len(body) > WORTH_IT:
        body, known = gzip.compress(body, LEVEL), known | {"Content-Encoding": "gzip"}
    return Response(body, headers=known, media_type="application/json")


@router.get(
    "/bundle",
    response_model=BundleOut,
    responses={304: {"description": "As it was."}, **problems(*REFUSED)},
)
async def bundle(
    request: Request,
    caller: Officer,
    accept_encoding: Coding = "",
    if_none_match: Annotated[str, Header(description="The ETag that is known: 304 if it still holds.")] = "",
) -> Response:
    """All that an officer's phone needs for a shift without a network, and the token from which `changes` goes on."""
    body, tag = await service.bundle(database(request), caller)
    if tag in if_none_match:
        return Response(None, 304, {"ETag": tag})
    return _packed(body, accept_encoding, ETag=tag)


@router.get("/changes", response_model=ChangesOut, responses=problems(*REFUSED, TokenGone))
async def changes(
    request: Request,
    caller: Officer,
    since: Annotated[str, Query(max_length=12_000, description="The token of a bundle, or of the changes before.")],
    limit: Annotated[int, Query(ge=1, le=1000, description="Changes on a page.")] = 100,
    accept_encoding: Coding = "",
) -> Response:
    """What has been created, updated, deleted, or lost to the caller since: bundle + changes = fresh bundle.

    The same token may be used as often as one likes. 410: take a new bundle.
    """
    return _packed(await service.changes(database(request), caller, since, limit), accept_encoding)
