"""Filing an incident: where it is, who commands, and whether the system may accept, register and dispatch at once."""

from collections.abc import Collection
from typing import Any, ClassVar
from uuid import UUID

import orjson
from asyncpg.exceptions import UniqueViolationError
from fastapi import Response

from app.agency.workflow import number_of
from app.command import queries as writing
from app.command.intake import queries
from app.command.intake.schemas import ReportIn
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.routing.service import hand_up, route, verify_first
from app.command.schemas import Call
from app.command.service import Change
from app.command.summoning import call_to_lead
from app.core.db import Lane
from app.core.geo import Datum, LonLat
from app.core.ids import uuid7
from app.core.once import Once, Replay, StillRunning, answer
from app.core.problems import Problem, Unprocessable
from app.dispatch.workflow import WEIGHTS, rank
from app.identity.workflow import SENIORITY, Actor, Role
from app.incident.workflow import MOVES, VOIDABLE, Action, Facts, Standing, Status, acting_role

NUMBER_FORMAT = "{code}-{year}-{serial:06d}"
LOWEST_PRIORITY = 3
TRIES = 3
ONE_ACTIVE = "assignment_one_active"
STILL_WORKED_ON = frozenset(status.value for status in VOIDABLE)
"""Whose handling is not over: what is reported after it may be there again."""
COUNTS = {"round": 1, "rework_count": 0, "failed_count": 0}
GROUND = ("cell_id", "cell", "places", "area_id", "area_lineage", "home_centre_id", "home_centre", "root_centre_id")
UNKNOWN = dict.fromkeys(
    (
        "title", "standard_id", "standard", "lead_patrol_id", "lead_patrol", "lead_department_id", "lead_department",
        "master_id", "master_number", "task_id", "task_patrol_id", "task_account_id", "task", "due_at",
        "suspended_until", "closed_at", "evidence", "routing",
    )
)  # fmt: skip


class OutsideGround(Problem):
    """The place lies in no cell of a grid plan in force, in no jurisdiction of the caller's."""

    status = 422

    @classmethod
    def slug(cls) -> str:
        """The same type as when a place is looked up."""
        return "outside-jurisdiction"


class PatrolTaken(Exception):  # not an error: the best patrol was taken meanwhile, the next is tried
    """Another request got the patrol first."""


class UnknownCategory(Unprocessable):
    """The jurisdiction's catalogue in force has no category with this code."""

    members: ClassVar[dict[str, Any]] = {"category_code": "E9999"}


def settle_key(row: dict[str, Any] | Any, once: Once) -> None:
    """Answer a repeat from store, refuse a key that is being worked on."""
    if row["stored_body"] is not None:
        once.check(bytes(row["stored_fingerprint"]))
        raise Replay(answer(row["stored_body"].encode(), row["stored_status"], row["stored_etag"]))
    if not row["key_free"]:
        raise StillRunning


async def report(call: Call, body: ReportIn, *, within: Collection[UUID] = ()) -> Response:
    """File an incident.

    `within` is the centres among whose incidents a channel from outside, which sees none of them, may have reported
    one that is reported already: its report is merged into that one at once (并单), and an acceptor may undo it.

    Raises:
        OutsideGround: no cell in force holds the place.
        UnknownCategory: the catalogue in force has no such code.
    """
    place = await place_of(call.lane, body)
    for _ in range(TRIES):
        try:
            return await _file(call, body, place, within, offers=True)
        except PatrolTaken:
            continue
    return await _file(call, body, place, within, offers=False)


async def _file(call: Call, body: ReportIn, place: LonLat, within: Collection[UUID], *, offers: bool) -> Response:
    actor = call.actor
    row = await _read(call, body, place, within)
    record = _record(row, body, place, actor)
    routed = await route(call.lane, record, row["routing_sets"])
    change = Change(record, actor, await calendar(call.lane, row["calendar_id"]))
    change.move(Action.REPORT, _reporting_role(actor), details=routed.details)
    if body.reporter is not None:
        change.rows["contacts"].append({"incident_id": change.record["id"], **body.reporter.model_dump()})
    if within and (master := await _master(call.lane, row)):
        change.record |= {"master_id": UUID(master["id"]), "master_number": master["number"]}
        change.move(Action.MERGE, Role.SYSTEM, details={"master": master["number"]})
        return await change.write(call, writing.FILE, 201)
    if routed.hands_up:
        hand_up(change, parent_of(row), routed.details)
    if routed.verifies:
        await verify_first(change, call.lane, routed.details)
    elif row["candidates"] is not None:
        _go_on(change, row, routed.lead, offers=offers)
    filing = change.write(call, writing.FILE, 201, duplicates=orjson.Fragment(row["duplicates"]))
    if not change.rows["assignments"]:
        return await filing
    try:
        async with call.lane.transaction():
            return await filing
    except UniqueViolationError as error:
        raise PatrolTaken if error.constraint_name == ONE_ACTIVE else error from None


async def _master(lane: Lane, row: Any) -> dict[str, Any] | None:
    """The nearest incident that this report repeats and that is still worked on, kept as it is until commit."""
    for near in orjson.loads(row["duplicates"]):
        found: dict[str, Any] = near
        if near["status"] in STILL_WORKED_ON and await queries.HELD.row(lane, id=UUID(near["id"])):
            return found
    return None


async def _read(call: Call, body: ReportIn, place: LonLat, within: Collection[UUID]) -> Any:
    actor, once = call.actor, call.once
    row = await queries.READ.row(
        call.lane,
        lon=place.lon,
        lat=place.lat,
        category_code=body.category_code,
        auto=body.auto,
        granted=[grant.organisation_id for grant in actor.grants],
        centres=list(within) or actor.incident_centres,
        actor_id=actor.account_id,
        key=once.key,
        key_lock=once.lock,
    )
    assert row is not None  # noqa: S101  # the statement always has one row
    settle_key(row, once)
    if row["home_centre_id"] is None:
        raise OutsideGround
    if body.category_code is not None and row["category_id"] is None:
        raise UnknownCategory(category_code=body.category_code)
    return row


async def place_of(lane: Lane, body: ReportIn) -> LonLat:
    """Where the report is, in WGS 84; of a cell, a point inside it.

    Raises:
        OutsideGround: no cell in force has this code.
    """
    if body.location is not None:
        return body.location.wgs84(body.datum)
    found = await queries.POINT_IN_CELL.row(lane, code=body.cell)
    if found is None:
        raise OutsideGround
    return LonLat(found["lon"], found["lat"])


def _reporting_role(actor: Actor) -> Role:
    facts = Facts(Status.REPORTED, held=actor.held, standings=frozenset({Standing.REPORTER}))
    return acting_role(MOVES[Action.REPORT], facts) or min(actor.held, key=SENIORITY.__getitem__)


def goes_to_parent(rules: dict[str, Any] | None, *, on_border: bool) -> bool:
    """Whether the district commands at once: a vertical department's matter, an emergency, a place across a border."""
    rules = rules or {}
    return on_border or bool(rules.get("vertical")) or bool(rules.get("emergency"))


def _record(row: Any, body: ReportIn, place: LonLat, actor: Actor) -> Record:
    rules = orjson.loads(row["rules"]) if row["rules"] else None
    upwards = row["parent_id"] is not None and goes_to_parent(rules, on_border=row["on_border"])
    settings = orjson.loads(row["settings"] or "{}")
    serial = number_of(settings.get("number_format", NUMBER_FORMAT), row["home_code"], row["now"], row["serial"])
    given = None if body.location and body.datum is Datum.WGS84 else _as_given(body)
    return (
        UNKNOWN
        | _new(row["now"])
        | _command(row, settings, upwards=upwards)
        | {name: row[name] for name in GROUND}
        | {
            "id": body.id or uuid7(),
            "number": serial,
            "title": body.title,
            "description": body.description,
            "priority": body.priority or row["default_priority"] or LOWEST_PRIORITY,
            "category_id": row["category_id"],
            "category": row["category"],
            "rules": rules,
            "source": body.source,
            "external_ref": body.external_ref,
            "occurred_at": body.occurred_at,
            "reporter_id": actor.account_id,
            "lon": place.lon,
            "lat": place.lat,
            "given": given,
            "my_patrols": frozenset(row["my_patrols"] or ()),
        }
    )


def _new(now: Any) -> dict[str, Any]:
    """What every new incident starts with."""
    instants = dict.fromkeys(("now", "status_since", "reported_at", "created_at", "updated_at"), now)
    lists: dict[str, Any] = {name: [] for name in ("clocks", "assignments", "requests", "summons", "whistles")}
    flags = dict.fromkeys(("is_returned", "self_handled", "force_closed", "is_involved"), False)
    return instants | lists | flags | {"version": 0, "status": Status.REPORTED.value} | COUNTS


def _command(row: Any, settings: dict[str, Any], *, upwards: bool) -> dict[str, Any]:
    """Who commands it at first: the centre of its ground, or that centre's parent."""
    if upwards:
        settings = orjson.loads(row["parent_settings"] or "{}")
    return {
        "commanding_centre_id": row["parent_id"] if upwards else row["home_centre_id"],
        "commanding_centre": orjson.loads(row["parent_centre"] if upwards else row["home_centre"]),
        "settings": settings,
        "ladders": row["parent_ladders"] if upwards else row["ladders"],
        "parent_id": row["grandparent_id"] if upwards else row["parent_id"],
        "has_child": upwards or row["has_child"],
    }


def parent_of(row: Any) -> dict[str, Any]:
    """The centre above the one whose ground the place is, as a level move takes it."""
    above: dict[str, Any] = orjson.loads(row["parent_centre"])
    settings = orjson.loads(row["parent_settings"] or "{}")
    own = {"settings": settings, "ladders": row["parent_ladders"]}
    return above | own | {"parent_id": _text(row["grandparent_id"]), "has_child": True}


def _text(id: Any) -> str | None:
    return None if id is None else str(id)


def _as_given(body: ReportIn) -> dict[str, Any]:
    if body.location is None:
        return {"cell": body.cell}
    return {"datum": body.datum.value, "coordinates": list(body.location.coordinates)}


def _go_on(change: Change, row: Any, lead: dict[str, Any] | None, *, offers: bool) -> None:
    """Accept, register and dispatch as the system, as far as the facts allow; what stays is for the centre.

    `lead` is the department that a routing rule lets lead.
    """
    record = change.record
    if record["category_id"] is None or row["standard"] is None:
        return
    change.move(Action.ACCEPT, Role.SYSTEM)
    record["standard"] = orjson.loads(row["standard"])
    record["standard_id"] = record["standard"]["id"]
    change.move(Action.REGISTER, Role.SYSTEM, details={"standard": record["standard"]["code"]})
    weights, rules = record["settings"].get("weights", WEIGHTS), record["rules"]
    best = rank(
        orjson.loads(row["candidates"]),
        rules.get("response_mix") or {},
        weights,
        skills=rules.get("skills") or (),
        services=rules.get("services") or (),
        needs_authority=row["needs_authority"],
    )
    going = best.suggested if offers else []
    if not going:
        change.log("incident.shortfall", record["id"], record["version"], {"incident_id": record["id"]})
    if not going and lead is None:
        return
    if lead is not None:
        call_to_lead(change, lead, Role.SYSTEM)
    code = None if lead is None else lead["code"]
    details = {"patrols": [p["code"] for p in going], "lead_department": code, "shortfall": best.shortfall}
    change.move(Action.DISPATCH, Role.SYSTEM, details=details)
    for patrol in going:
        change.offer(patrol, stacked=False, override_reason=None)
