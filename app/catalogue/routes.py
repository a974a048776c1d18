"""HTTP of the catalogue: categories with their standards, and the editions they stand in."""

import re
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Response

from app.agency.routes import ADDED, CHANGES, LISTED, ONE, BasedOn
from app.catalogue import queries, service
from app.catalogue.schemas import (
    CategoryDetail,
    CategoryFilter,
    CategoryOut,
    EditionFilter,
    Language,
    SchemeIn,
    SchemeOut,
    StandardOut,
)
from app.catalogue.service import PublishedAlready
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning
from app.core.pages import Cursor, Limit, Page, decode, page_of
from app.core.problems import problems
from app.identity.access import OnceKey, needs
from app.identity.schemas import Code
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["catalogue"])
Reader = Annotated[Actor, needs(Right.CATALOGUE_READ)]
Writer = Annotated[Actor, needs(Right.CATALOGUE_WRITE)]
MOVED = problems(*CHANGES, PublishedAlready, KeyMissing, KeyReused, StillRunning)
DROPPED = problems(*CHANGES, PublishedAlready)

_RANGE = re.compile(r"\s*(zh|en)(?:-[A-Za-z0-9-]{1,40})?\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*", re.IGNORECASE)


async def language(
    response: Response,
    accept_language: Annotated[str | None, Header(max_length=500, description="zh or en, for labels.")] = None,
) -> Language:
    """The language of labels: the one of zh and en that the caller likes better, zh if it does not say."""
    named = [match for part in (accept_language or "").split(",") if (match := _RANGE.fullmatch(part))]
    liked = sorted((match for match in named if float(match[2] or 1)), key=lambda match: -float(match[2] or 1))
    chosen: Language = "en" if liked and liked[0][1].lower() == "en" else "zh"
    response.headers["Content-Language"], response.headers["Vary"] = chosen, "Accept-Language"
    return chosen


Speaking = Annotated[Language, Depends(language)]
Wanted = Annotated[CategoryFilter, Depends()]


@router.get("/categories", responses=LISTED)
async def list_categories(  # a page, and what is asked for
    caller: Reader, session: Read, wanted: Wanted, speaking: Speaking, limit: Limit = 100, cursor: Cursor = None
) -> Page[CategoryOut]:
    """Categories of the caller's jurisdictions: of the edition in force, or the one named."""
    after = decode("categories", cursor, UUID)
    rows = await queries.categories(session, caller, wanted, after[0] if after else None, limit)
    return page_of("categories", [service.show_category(row, speaking) for row in rows], limit, "id")


@router.get("/categories/{code}", responses=ONE)
async def show_category(
    code: Code, caller: Reader, session: Read, of: Annotated[EditionFilter, Depends()], speaking: Speaking
) -> CategoryDetail:
    """One category with its standards, the default first."""
    return await service.find_category(session, caller, CategoryFilter(of.scheme, of.edition, of.area, code), speaking)


@router.get("/standards", responses=LISTED)
async def list_standards(
    caller: Reader, session: Read, wanted: Wanted, limit: Limit = 100, cursor: Cursor = None
) -> Page[StandardOut]:
    """Standards: when a category is filed, when it is closed, how long each step may take."""
    after = decode("standards", cursor, UUID)
    rows = await queries.standards(session, caller, wanted, after[0] if after else None, limit)
    return page_of("standards", [StandardOut.model_validate(row) for row in rows], limit, "id")


@router.get("/category-schemes", responses=LISTED)
async def list_schemes(caller: Reader, session: Read, limit: Limit = 100, cursor: Cursor = None) -> Page[SchemeOut]:
    """Editions of the caller's jurisdictions: drafts, the one in force, and those before it."""
    after = decode("category-schemes", cursor, UUID)
    rows = await queries.schemes(session, caller, after[0] if after else None, limit)
    return page_of("category-schemes", [SchemeOut.model_validate(row) for row in rows], limit, "id")


@router.post("/category-schemes", status_code=201, response_model=SchemeOut, responses=ADDED)
async def import_scheme(body: SchemeIn, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Take a whole edition in, as a draft: categories with rules and standards, all of it or nothing."""
    return await once.reply(session, await service.import_scheme(session, caller, body), 201)


@router.post("/category-schemes/{scheme_id}/publish", response_model=SchemeOut, responses=MOVED)
async def publish_scheme(scheme_id: UUID, caller: Writer, session: Write, once: OnceKey, based_on: BasedOn) -> Response:
    """Put an edition in force. The one before stays, for the incidents that were filed by it."""
    return await once.reply(session, await service.publish_scheme(session, caller, scheme_id, based_on))


@router.delete("/category-schemes/{scheme_id}", status_code=204, responses=DROPPED)
async def drop_scheme(scheme_id: UUID, caller: Writer, session: Write, based_on: BasedOn) -> None:
    """Throw a draft away; a published edition stays."""
    await service.drop_scheme(session, caller, scheme_id, based_on)
