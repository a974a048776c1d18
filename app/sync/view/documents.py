"""What an officer's phone holds, document by document. Nothing in one changes by the mere passing of time."""

from collections.abc import AsyncIterator, Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

import orjson

from app.agency.schemas import CentreSettings
from app.catalogue import queries as catalogue
from app.catalogue.schemas import CategoryFilter
from app.command.record.view import POOL, parsed, shown
from app.command.tables.service import tables
from app.core.db import Lane, Session
from app.core.geo import Datum
from app.coverage.checkpoint import service as checkpoint
from app.coverage.checkpoint.schemas import CheckpointFilters
from app.grid.cell import queries as cells
from app.grid.cell.schemas import CellFilters
from app.identity import queries as accounts
from app.identity import service as identity
from app.identity.workflow import Actor, Role
from app.incident.queries import sight
from app.patrol.schemas import MAX_FIXES
from app.roster import service as roster
from app.roster.schemas import ShiftOut
from app.sync.view import queries
from app.sync.view.workflow import Kind, Name, written

ALL = 1000
NOBODY = UUID(int=0)
"""The id of a document of which there is one alone."""
DESK = frozenset({Role.DEPARTMENT_DESK, Role.DEPARTMENT_HANDLER})
OF_CENTRE = {"scene_radius_m", "sign_on_tolerance_m", "sign_off_grace_min", "requests"}
OF_CELL = ("code", "kind", "community", "boundary")
OF_CATEGORY = ("code", "domain", "main_class", "name", "name_en", "default_priority", "rules")
OF_STANDARD = (
    "category", "code", "filing_condition", "filing_condition_en", "closing_condition", "closing_condition_en",
    "limits", "is_default",
)  # fmt: skip
PASSING = {"presence", "is_overdue", "last_visit_at", "due_at"}
"""What of a shift or checkpoint changes by the hour: the phone reckons it itself."""
Documents = dict[Name, bytes]


async def of_duty(session: Session, caller: Actor) -> Documents:
    """Who the caller is, and the ground and rules of their shifts."""
    own = await roster.shown(session, list(await queries.shifts(session, caller)))
    found = {Name(Kind.WORKFLOW, NOBODY): _workflow(caller.held)}
    found[Name(Kind.ME, NOBODY)] = written(await _me(session, caller))
    found[Name(Kind.SETTINGS, NOBODY)] = written(await _settings(session, caller, own))
    for edition in await queries.editions(session, caller):
        found[Name(Kind.CATALOGUE, edition.id)] = await _catalogue(session, caller, edition)
    for shift in own:
        found[Name(Kind.SHIFT, shift.id)] = written(shift.model_dump(mode="json", exclude=PASSING))
    return found | {name: document async for name, document in _grounds(session, caller, own)}


async def of_incidents(lane: Lane, caller: Actor) -> Documents:
    """The open incidents that are the caller's to work on, or that they reported."""
    at = {name: [place for place, held in caller.roles.items() if POOL[kind] & held] for name, kind in POOLS.items()}
    desks = [place for place in caller.incident_departments if DESK & caller.roles_at(place)]
    ids = [row["id"] for row in await queries.MINE.rows(lane, **sight(caller), **at, desks=desks)]
    rows = await queries.MANY.rows(lane, **sight(caller), ids=ids) if ids else []
    return {Name(Kind.INCIDENT, row["id"]): _incident(parsed(row), caller) for row in rows}


POOLS = {"verifies": "verify", "checks": "check"}


def _incident(record: dict[str, Any], caller: Actor) -> bytes:
    """As `GET /v1/incidents/{id}` shows it, but whether it is late: that is for the phone's own clock."""
    told: dict[str, Any] = orjson.loads(shown(record, caller))
    told["evidence"].sort(key=lambda one: str(one["id"]))
    for part in (told, *told["clocks"], *(clock for one in told["summons"] for clock in one["clocks"])):
        del part["overdue"]
    return written(told)


async def _me(session: Session, caller: Actor) -> dict[str, Any]:
    account = await accounts.account(session, caller.account_id)
    if account is None:
        raise identity.NotSignedIn
    grants = (await identity.show_account(session, account)).model_dump(mode="json")["grants"]
    who = {"account_id": account.id, "username": account.username, "display_name": account.display_name}
    return who | {"rights": sorted(caller.rights), "grants": grants}


async def _settings(session: Session, caller: Actor, own: list[ShiftOut]) -> dict[str, Any]:
    places = {*(grant.organisation_id for grant in caller.grants), *(shift.centre.id for shift in own)}
    return {
        "datums": list(Datum),
        "positions_most": MAX_FIXES,
        "centres": {
            row.code: {"id": row.id, "level": row.level}
            | CentreSettings.model_validate(row.settings).model_dump(mode="json", include=OF_CENTRE)
            for row in await queries.centres(session, places)
        },
    }


async def _grounds(session: Session, caller: Actor, own: list[ShiftOut]) -> AsyncIterator[tuple[Name, bytes]]:
    """The cells of each beat, and the checkpoints in it."""
    for beat in {shift.beat.id: shift.beat for shift in own if shift.beat}.values():
        held = await cells.page(session, CellFilters(beat=beat.id, boundary=True, limit=ALL), None)
        ground = [{name: getattr(row, name) for name in OF_CELL} for row in held[:ALL]]
        yield Name(Kind.GROUND, beat.id), written(beat.model_dump(mode="json") | {"cells": ground})
        wanted = CheckpointFilters(beat=beat.id, active=True, limit=ALL)
        points = (await checkpoint.checkpoints(session, caller, wanted, None)).items
        listed = [one.model_dump(mode="json", exclude=PASSING) for one in points]
        if listed:
            yield Name(Kind.CHECKPOINTS, beat.id), written({"items": listed})


_editions: dict[UUID, bytes] = {}


async def _catalogue(session: Session, caller: Actor, edition: Any) -> bytes:
    """An edition's categories and standards; once published it never changes."""
    if edition.id not in _editions:
        wanted = CategoryFilter(scheme=edition.code, edition=edition.edition)
        categories = await catalogue.categories(session, caller, wanted, None, MOST_CATEGORIES)
        standards = await catalogue.standards(session, caller, wanted, None, MOST_CATEGORIES)
        _editions[edition.id] = written(
            {
                "scheme": edition.code,
                "edition": edition.edition,
                "categories": [_part(row, OF_CATEGORY) for row in categories if row.scheme_id == edition.id],
                "standards": [_part(row, OF_STANDARD) for row in standards],
            }
        )
    return _editions[edition.id]


MOST_CATEGORIES = 20_000


def _part(row: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    return {name: getattr(row, name) for name in names}


@lru_cache(maxsize=64)
def _workflow(held: frozenset[Role]) -> bytes:
    """The rows of the workflow tables that somebody in these roles may take, so that a phone offers nothing else."""
    whole = tables().model_dump(mode="json", by_alias=True)
    roles = {role.value for role in held}
    moves = [move for move in whole["incident"]["moves"] if roles & set(move["who"]["roles"])]
    parts = {name: whole[name] for name in ("assignment", "request", "summons", "note")}
    return written(parts | {"incident": {"statuses": whole["incident"]["statuses"], "moves": moves}})
