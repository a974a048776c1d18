"""HTTP of warnings: a centre's own, what everybody reads of them, and the way in for those of others."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from app.agency.routes import ADDED, CHANGED, LISTED, ONE, BasedOn, tagged
from app.core.db import Read, Write
from app.core.http import bounded
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import DEFAULT_LIMIT, Cursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, TooLarge, Unreadable, problems
from app.core.settings import Settings
from app.exchange.gate import OutsideRead, OutsideWrite
from app.exchange.warning import queries, service, writing
from app.exchange.warning.reading import MAX_BYTES, NotCap
from app.exchange.warning.schemas import WarningIn, WarningOut, WarningPatch
from app.exchange.warning.service import NotIssued
from app.identity.access import OnceKey, needs, public
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1/warnings", tags=["warnings"])
Looking = Annotated[Actor, needs(Right.GROUND_READ)]
Warning_ = Annotated[Actor, needs(Right.WARNINGS_WRITE)]
Bringing = Annotated[Actor, needs(Right.WARNINGS_BRING)]
MOVED = CHANGED | problems(NotIssued, KeyMissing, KeyReused, StillRunning)
FOLLOWED = ADDED | problems(NotFound, NotIssued)
XML_BODY = {
    "requestBody": {
        "required": True,
        "content": {writing.CAP_TYPE: {"schema": {"type": "string"}, "example": "<alert>…</alert>"}},
    }
}


def _as_xml(media_type: str, example: str) -> dict[str, object]:
    return {"content": {media_type: {"schema": {"type": "string"}, "example": example}}}


def _issuer(request: Request) -> str:
    settings: Settings = request.app.state.settings
    return settings.issuer


@router.get(
    "/index.atom",
    response_class=Response,
    dependencies=[public],
    responses={200: _as_xml("application/atom+xml", "<feed>…</feed>")},
)
async def index(request: Request, session: OutsideRead) -> Response:
    """Our warnings in force, as an Atom feed whose entries lead to CAP messages."""
    found = await queries.current(session)
    updated = found[0].sent if found and found[0].sent else await queries.now(session)
    return Response(writing.atom(str(request.url), found, updated), media_type="application/atom+xml")


@router.get(
    "/{warning_id}/cap",
    response_class=Response,
    dependencies=[public],
    responses=problems(NotFound) | {200: _as_xml(writing.CAP_TYPE, "<alert>…</alert>")},
)
async def show_cap(warning_id: UUID, session: OutsideRead) -> Response:
    """A warning that was issued, as the CAP 1.2 message that it is: the same bytes for ever."""
    found = await queries.issued(session, warning_id)
    if found is None:
        raise NotFound
    return Response(found, media_type=writing.CAP_TYPE)


@router.post(
    "/cap",
    status_code=201,
    openapi_extra=XML_BODY,
    responses=problems(Unreadable, NotCap, TooLarge, Conflict) | {200: {"model": WarningOut}},
)
async def receive(request: Request, caller: Bringing, session: OutsideWrite, response: Response) -> WarningOut:
    """Take a CAP 1.2 message of others. Its own names make it safe to send twice: 201 when it is new, else 200."""
    taken, is_new = await service.receive(session, caller, await bounded(request, MAX_BYTES))
    response.status_code = 201 if is_new else 200
    return tagged(response, taken)


@router.get("", responses=LISTED)
async def list_warnings(
    caller: Looking,
    session: Read,
    active: Annotated[bool, Query(description="Only those in force.")] = True,  # noqa: FBT002  # a query
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Page[WarningOut]:
    """Warnings that concern the caller's places, our own and those of others, the newest first."""
    after = decode("warnings", cursor, UUID)
    rows = await queries.warnings(session, caller, after[0] if after else None, limit, active=active)
    return page_of("warnings", [service.show(row) for row in rows], limit, "id")


@router.post("", status_code=201, response_model=WarningOut, responses=ADDED)
async def draft_warning(body: WarningIn, caller: Warning_, session: Write, once: OnceKey) -> Response:
    """Draft a warning for areas of a centre's ground."""
    return await once.reply(session, await service.draft(session, caller, body), 201)


@router.get("/{warning_id}", responses=ONE)
async def show_warning(warning_id: UUID, caller: Looking, session: Read, response: Response) -> WarningOut:
    """One warning."""
    row = await queries.warning(session, caller, warning_id)
    if row is None:
        raise NotFound
    return tagged(response, service.show(row))


@router.post("/{warning_id}/issue", response_model=WarningOut, responses=MOVED)
async def issue_warning(
    warning_id: UUID, request: Request, caller: Warning_, session: Write, once: OnceKey, based_on: BasedOn
) -> Response:
    """Issue a draft: everybody may read it, and the centres that it concerns are told."""
    issued = await service.issue(session, caller, warning_id, based_on, _issuer(request))
    return await once.reply(session, issued)


@router.post("/{warning_id}/update", status_code=201, response_model=WarningOut, responses=FOLLOWED)
async def update_warning(
    warning_id: UUID, request: Request, body: WarningIn, caller: Warning_, session: Write, once: OnceKey
) -> Response:
    """Say anew what a warning in force says: a message that takes its place, issued at once."""
    made = await service.follow(session, caller, warning_id, body, _issuer(request))
    return await once.reply(session, made, 201)


@router.post("/{warning_id}/cancel", status_code=201, response_model=WarningOut, responses=FOLLOWED)
async def cancel_warning(
    warning_id: UUID, request: Request, body: WarningPatch, caller: Warning_, session: Write, once: OnceKey
) -> Response:
    """Call a warning in force off: a message that says so."""
    made = await service.call_off(session, caller, warning_id, body, _issuer(request))
    return await once.reply(session, made, 201)
