"""Amending an incident: the desk corrects what was reported; a moved place may belong to another street."""

from typing import Any
from uuid import UUID

import orjson
from fastapi import Response

from app.command import queries as writing
from app.command.amend.schemas import IncidentPatch
from app.command.intake.queries import READ
from app.command.intake.service import OutsideGround, parent_of
from app.command.move.asking import UnknownName
from app.command.move.queries import LOAD
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.routing.service import NOTHING, UNDECIDED, Routed, hand_up, route
from app.command.schemas import Call
from app.command.service import Change
from app.core.once import require_version
from app.identity.workflow import SENIORITY, Actor, Role
from app.incident.workflow import ENDS, Action, Status

AMENDERS = frozenset({Role.ACCEPTOR, Role.DISPATCHER, Role.SHIFT_LEADER, Role.SYSTEM})


async def amend(call: Call, incident_id: UUID, body: IncidentPatch, based_on: int) -> Response:
    """Change what an open incident says; the old values stay in its history.

    Raises:
        NotYourMove: not a desk role at the commanding centre, or no rights where the place is moved to.
        IllegalMove: the incident has ended.
    """
    actor = call.actor
    named = {"category": body.category_code, "action": Action.AMEND.value, "direction": "up"}
    record = await load(call, LOAD, incident_id, named)
    require_version(based_on, record["version"], status_now=record["status"])
    if Status(record["status"]) in ENDS:
        raise IllegalMove(f"Not from {record['status']}.", status_now=record["status"], allowed=[])
    roles = AMENDERS & actor.roles_at(record["commanding_centre_id"])
    if not roles:
        raise NotYourMove("Amended at the commanding centre.", roles=sorted(AMENDERS - {Role.SYSTEM}), allowed=[])
    words = body.model_dump(include={"priority", "title", "description"}, exclude_none=True)
    before: dict[str, Any] = {name: record[name] for name in words}
    before |= _recategorise(record, body)
    before |= await _move_place(call, record, body)
    record |= words
    routed = await _routed(call, record, body)
    change = Change(record, actor, await calendar(call.lane, record["calendar_id"]))
    change.amend(min(roles, key=SENIORITY.__getitem__), {"before": before} | routed.details, body.note)
    if routed.hands_up:
        hand_up(change, orjson.loads(record["target"]), routed.details)
    return await change.write(call, writing.AMEND)


async def _routed(call: Call, record: Record, body: IncidentPatch) -> Routed:
    """What routing rules say now, while nobody is on the way; a priority given by hand is kept whatever they say."""
    if Status(record["status"]) not in UNDECIDED:
        return NOTHING
    return await route(call.lane, record, record["routing_sets"], by_hand=body.priority is not None)


def _recategorise(record: Record, body: IncidentPatch) -> dict[str, Any]:
    if body.category_code is None:
        return {}
    if record["named_category"] is None:
        raise UnknownName(f"There is no category {body.category_code}.")
    if record["standard_id"] is not None:
        raise UnknownName("The category is fixed by the standard; send the incident back first.")
    category = orjson.loads(record["named_category"])
    old = orjson.loads(record["category"]) if record["category"] else None
    record |= {"category_id": UUID(category["id"]), "category": orjson.dumps(category["shown"]).decode()}
    record["rules"] = category["rules"]
    return {"category": old and old["code"]}


async def _move_place(call: Call, record: Record, body: IncidentPatch) -> dict[str, Any]:
    actor, once = call.actor, call.once
    if body.location is None:
        return {}
    place = body.location.wgs84(body.datum)
    row = await READ.row(
        call.lane,
        lon=place.lon,
        lat=place.lat,
        category_code=None,
        auto=False,
        granted=[grant.organisation_id for grant in actor.grants],
        centres=[],
        actor_id=actor.account_id,
        key=once.key,
        key_lock=once.lock,
    )
    if row is None or row["home_centre_id"] is None:
        raise OutsideGround
    old = {"location": [record["lon"], record["lat"]], "cell": record["cell_id"]}
    given = {"datum": body.datum.value, "coordinates": list(body.location.coordinates)}
    record |= {name: row[name] for name in ("cell_id", "area_id", "area_lineage", "cell", "places")}
    record |= {"lon": place.lon, "lat": place.lat, "given": given}
    record["routing_sets"] = row["routing_sets"]
    if row["home_centre_id"] != record["home_centre_id"]:
        _hand_over(actor, record, row)
    return old


def _hand_over(actor: Actor, record: Record, row: Any) -> None:
    """The place is another centre's: that centre commands, unless one above both does already."""
    if not AMENDERS & actor.roles_at(row["home_centre_id"]):
        raise NotYourMove("The place is moved to a centre you have no rights at.", allowed=[])
    at_home = record["commanding_centre_id"] == record["home_centre_id"]
    record |= {"home_centre_id": row["home_centre_id"], "home_centre": row["home_centre"]}
    if at_home:
        centre = orjson.loads(row["home_centre"])
        record |= {"commanding_centre_id": row["home_centre_id"], "commanding_centre": centre}
        record |= {"settings": orjson.loads(row["settings"] or "{}"), "parent_id": row["parent_id"]}
        record |= {"has_child": row["has_child"], "calendar_id": row["calendar_id"]}
        record["target"] = row["parent_id"] and orjson.dumps(parent_of(row)).decode()
