"""HTTP of the organisation: centres, departments, the tree they stand in."""

from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.agency import queries, service
from app.agency.schemas import (
    Agencies,
    CentreIn,
    CentreOut,
    CentrePatch,
    DepartmentIn,
    DepartmentOut,
    DepartmentPatch,
    Kept,
)
from app.agency.service import CENTRE, DEPARTMENT
from app.core.db import Read, Write
from app.core.once import KeyMissing, KeyReused, StillRunning, base_version
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import (
    Conflict,
    InvalidRequest,
    NotFound,
    Unprocessable,
    VersionMissing,
    VersionStale,
    problems,
)
from app.identity.access import OnceKey, doorman, needs
from app.identity.schemas import Code
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["organisation"])
BasedOn = Annotated[int, Depends(base_version)]
Reader = Annotated[Actor, needs(Right.ORGANISATION_READ)]
Writer = Annotated[Actor, needs(Right.ORGANISATION_WRITE)]
REFUSED = (NotSignedIn, Forbidden, InvalidRequest)
LISTED = problems(*REFUSED, InvalidCursor)
ADDED = problems(*REFUSED, Conflict, Unprocessable, KeyMissing, KeyReused, StillRunning)
CHANGES = (*REFUSED, NotFound, Conflict, Unprocessable, VersionStale, VersionMissing)
CHANGED = problems(*CHANGES)
ONE = problems(*REFUSED, NotFound)

Shown = TypeVar("Shown", bound=Kept)


def tagged(response: Response, body: Shown) -> Shown:
    """The answer, with its version as ETag."""
    response.headers["ETag"] = f'"{body.version}"'
    return body


@router.get("/agencies", responses=problems(*REFUSED))
async def show_agencies(caller: Reader, session: Read) -> Agencies:
    """The organisation as the caller may see it: centres and departments, as a tree."""
    return await service.agencies(session, caller)


@router.get("/centres", responses=LISTED)
async def list_centres(caller: Reader, session: Read, limit: Limit = 100, cursor: Cursor = None) -> Page[CentreOut]:
    """Centres: the caller's, those below, and those above."""
    after = decode("centres", cursor, UUID)
    rows = await queries.centres(session, caller, after[0] if after else None, limit)
    return page_of("centres", [CentreOut.model_validate(row) for row in rows], limit, "id")


@router.get("/centres/{code}", responses=ONE)
async def show_centre(code: Code, caller: Reader, session: Read, response: Response) -> CentreOut:
    """One centre."""
    id = await service.find(session, caller, code, CENTRE)
    return tagged(response, await service.show_centre(session, id))


@router.post("/centres", status_code=201, response_model=CentreOut, responses=ADDED)
async def open_centre(body: CentreIn, request: Request, caller: Writer, session: Write, once: OnceKey) -> Response:
    """Open a centre under another. The first one of a jurisdiction is made when the system is set up."""
    centre = await service.open_centre(session, caller, body)
    doorman(request).forget()  # who reaches what has changed
    return await once.reply(session, centre, 201)


@router.patch("/centres/{code}", responses=CHANGED)
async def change_centre(
    code: Code, body: CentrePatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> CentreOut:
    """Change a centre; further areas and settings given replace those it has."""
    return tagged(response, await service.change_centre(session, caller, code, body, based_on))


@router.get("/departments", responses=LISTED)
async def list_departments(
    caller: Reader, session: Read, limit: Limit = 100, cursor: Cursor = None
) -> Page[DepartmentOut]:
    """Departments: of the caller's centres, below them, and those that the centres above may call."""
    after = decode("departments", cursor, UUID)
    rows = await queries.departments(session, caller, after[0] if after else None, limit)
    return page_of("departments", [DepartmentOut.model_validate(row) for row in rows], limit, "id")


@router.get("/departments/{code}", responses=ONE)
async def show_department(code: Code, caller: Reader, session: Read, response: Response) -> DepartmentOut:
    """One department."""
    id = await service.find(session, caller, code, DEPARTMENT)
    return tagged(response, await service.show_department(session, id))


@router.post("/departments", status_code=201, response_model=DepartmentOut, responses=ADDED)
async def open_department(
    body: DepartmentIn, request: Request, caller: Writer, session: Write, once: OnceKey
) -> Response:
    """Open a department under a centre or another department."""
    department = await service.open_department(session, caller, body)
    doorman(request).forget()  # who reaches what has changed
    return await once.reply(session, department, 201)


@router.patch("/departments/{code}", responses=CHANGED)
async def change_department(
    code: Code, body: DepartmentPatch, caller: Writer, session: Write, based_on: BasedOn, response: Response
) -> DepartmentOut:
    """Change a department; its code and its place in the organisation stay."""
    return tagged(response, await service.change_department(session, caller, code, body, based_on))
