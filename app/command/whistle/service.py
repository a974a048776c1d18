"""Blowing a whistle, calling further departments to it, closing it; and whom it would call."""

from typing import Any, ClassVar
from uuid import UUID

import orjson
from fastapi import Response

from app.agency.workflow import Part
from app.command import summoning
from app.command.move.asking import NeedsMissing
from app.command.move.effects import departments
from app.command.move.queries import LOAD, LOAD_BY_WHISTLE
from app.command.move.service import IllegalMove, NotYourMove, load
from app.command.record import service as record_service
from app.command.record.linked import Record, blowable, summons_shown, whistle_actions, whistle_shown
from app.command.record.service import calendar
from app.command.record.view import shown_clocks
from app.command.schemas import Call
from app.command.service import Change
from app.command.summoning import Called
from app.command.whistle.schemas import (
    CalledIn,
    ProposalOut,
    ProposedOut,
    WhistleIn,
    WhistlesOut,
    WhistleTransitionIn,
)
from app.core.db import Lane
from app.core.once import require_version
from app.core.problems import Conflict, Unprocessable
from app.identity.workflow import SENIORITY, Actor, Role
from app.incident.workflow import Action, Status
from app.linkage import queries
from app.linkage.workflow import (
    BLOWERS,
    CENTRE_ROLES,
    MOVES,
    Proposed,
    SummonsAction,
    SummonsState,
    propose,
    ruled_first,
)


class StillCalled(Conflict):
    """Departments of this whistle are not released yet: 事不完, 人不走."""

    members: ClassVar[dict[str, Any]] = {"departments": ["fire_rescue"]}


async def blow(call: Call, incident_id: UUID, body: WhistleIn) -> Response:
    """Blow a whistle for an incident, and call departments by it.

    A registered incident is dispatched by it. Who is named to lead leads at once; with nobody named, the first that
    acknowledges.

    Raises:
        IllegalMove, NotYourMove: no whistle of this kind is blown here now, or not by this caller.
        NeedsMissing: no department is named and none is competent.
    """
    record = await load(call, LOAD, incident_id, {"department_codes": [one.department for one in body.departments]})
    can = blowable(record, call.actor)
    role = _dispatcher(record, call.actor, can)
    if body.kind not in can:
        raise IllegalMove(f"No {body.kind} whistle now.", status_now=record["status"], allowed=can)
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    if body.arrive_by is not None and body.arrive_by <= change.now:
        raise Unprocessable("`arrive_by` has passed.")
    to_call = _named(record, body.departments) if body.departments else await _competent(call.lane, record)
    if not to_call:
        raise NeedsMissing("No department is named, and none is competent here.", missing=["departments"])
    place = body.place.wgs84(body.datum) if body.place else (record["lon"], record["lat"])
    said = {"id": body.id, "note": body.note, "arrive_by": body.arrive_by, "lon": place[0], "lat": place[1]}
    whistle = summoning.blow(change, body.kind, **said)
    details = {"whistle": body.kind.value, "departments": [one.department["code"] for one in to_call]}
    if record["status"] == Status.REGISTERED:
        change.move(Action.DISPATCH, role, note=body.note, details=details)
    else:
        change.amend(role, details, body.note, Action.WHISTLE)
    _call(change, whistle, to_call, role)
    return await _answer(call, change, whistle, 201)


def _dispatcher(record: Record, actor: Actor, can: list[str]) -> Role:
    roles = BLOWERS & actor.roles_at(record["commanding_centre_id"])
    if not roles:
        raise NotYourMove("Blown by the dispatcher of the commanding centre.", roles=sorted(BLOWERS), allowed=can)
    return min(roles)


def _named(record: Record, named: list[CalledIn]) -> list[Called]:
    found = departments(record, [one.department for one in named])
    here = {str(summons["department_id"]) for summons in summoning.live(record)}
    again = [department["code"] for department in found if department["id"] in here]
    if again:
        raise Conflict(f"Called to this incident already: {', '.join(again)}.")
    return [Called(of, one.role, one.required) for of, one in zip(found, named, strict=True)]


async def _competent(lane: Lane, record: Record) -> list[Called]:
    """Who is competent and not called yet; nobody becomes the lead in place of one who leads already."""
    here = {str(summons["department_id"]) for summons in summoning.live(record)}
    leads = record["lead_department_id"] is not None or record["lead_patrol_id"] is not None
    return [
        Called(dict(one.department), Part.ASSIST if leads else one.role, is_required=True)
        for one in await _proposed(lane, record)
        if str(one.department["id"]) not in here
    ]


async def _proposed(lane: Lane, record: Record) -> list[Proposed]:
    return ruled_first(await _ruled(lane, record), await _by_competence(lane, record))


async def _ruled(lane: Lane, record: Record) -> list[Proposed]:
    """Whom the routing rule that applies to the incident names."""
    routing = record["routing"] or {}
    parts = dict.fromkeys(routing.get("assists") or (), Part.ASSIST)
    if routing.get("lead_department"):
        parts |= {routing["lead_department"]: Part.LEAD}
    if not parts:
        return []
    where = {"root_centre_id": record["root_centre_id"], "centre_id": record["commanding_centre_id"]}
    found = await queries.BY_CODE.rows(lane, codes=sorted(parts), **where)
    because = {"category_prefix": None, "area": None, "rule": routing["rule"]}
    shown = [{name: row[name] for name in ("id", "code", "name", "name_en")} for row in found]
    proposed = [
        Proposed(of, parts[of["code"]], bool(row["is_local"]), None, because)
        for of, row in zip(shown, found, strict=True)
    ]
    return sorted(proposed, key=lambda one: (one.role is not Part.LEAD, one.department["code"]))


async def _by_competence(lane: Lane, record: Record) -> list[Proposed]:
    category = orjson.loads(record["category"]) if isinstance(record["category"], str) else record["category"]
    if category is None:
        return []
    where = {"area_id": record["area_id"], "centre_id": record["commanding_centre_id"]}
    rules = await queries.COMPETENT.rows(lane, category_code=category["code"], **where)
    codes = sorted({rule["department"] for rule in rules})
    branches = await queries.BRANCHES.rows(lane, codes=codes, centre_id=record["commanding_centre_id"])
    return propose(rules, branches)


def _call(change: Change, whistle: dict[str, Any], to_call: list[Called], role: Role) -> None:
    for one in to_call:
        summons = summoning.call(change, one, role, whistle)
        if one.role is Part.LEAD:
            summoning.lead(change, summons)


async def _answer(call: Call, change: Change, whistle: dict[str, Any], status: int = 200) -> Response:
    record = change.record
    record["clocks"] = list(change.clocks.current.values())
    clocks = shown_clocks(record)
    mine = [s for s in record["summons"] if str(s["whistle_id"]) == str(whistle["id"])]
    called = [summons_shown(record, summons, clocks, call.actor) for summons in mine]
    return await change.write_part(call, whistle_shown(record, whistle, call.actor) | {"summons": called}, status)


async def advance(call: Call, whistle_id: UUID, body: WhistleTransitionIn, based_on: int) -> Response:
    """Call further departments by a whistle, or close it; the departments that are done are released with it.

    Raises:
        IllegalMove, NotYourMove: it is closed, or another role does this.
        StillCalled: it cannot be closed while a department has not been released and is not done.
    """
    record = await load(
        call, LOAD_BY_WHISTLE, whistle_id, {"department_codes": [one.department for one in body.departments]}
    )
    whistle = next(w for w in record["whistles"] if w["id"] == str(whistle_id))
    require_version(based_on, whistle["version"], state=whistle["state"])
    can = whistle_actions(record, whistle, call.actor)
    if whistle["state"] == "closed":
        raise IllegalMove("It is closed.", status_now="closed", allowed=[])
    if body.action not in can:
        raise NotYourMove("Taken at the centre that blew it, or commands.", roles=sorted(CENTRE_ROLES), allowed=can)
    change = Change(record, call.actor, await calendar(call.lane, record["calendar_id"]))
    role = _acting(record, whistle, call.actor)
    if body.departments:
        to_call = _named(record, body.departments)
        details = {"whistle": whistle["kind"], "departments": [one.department["code"] for one in to_call]}
        change.amend(role, details, body.note, Action.WHISTLE)
        whistle["version"] += 1
        change.rows["whistle_changes"].append(_unchanged(whistle))
        _call(change, whistle, to_call, role)
    else:
        _close(change, whistle, role)
        change.amend(role, {"whistle": whistle["kind"], "closed": True}, body.note, Action.WHISTLE)
    return await _answer(call, change, whistle)


def _unchanged(whistle: dict[str, Any]) -> dict[str, Any]:
    return {name: whistle[name] for name in ("id", "version", "state", "closed_at")} | {"closed_by": None}


def _acting(record: Record, whistle: dict[str, Any], actor: Actor) -> Role:
    places = (record["commanding_centre_id"], UUID(str(whistle["centre_id"])))
    held = CENTRE_ROLES & {role for place in places for role in actor.roles_at(place)}
    return min(held, key=SENIORITY.__getitem__)


def _close(change: Change, whistle: dict[str, Any], role: Role) -> None:
    mine = [s for s in summoning.live(change.record) if str(s["whistle_id"]) == str(whistle["id"])]
    still = sorted(s["department"]["code"] for s in mine if s["state"] != SummonsState.DONE)
    if still:
        raise StillCalled(f"Not released yet: {', '.join(still)}.", departments=still)
    for summons in mine:
        summoning.step(change, summons, MOVES[SummonsAction.RELEASE], role, details={"because": "closed"})
    summoning.close(change, whistle)


async def listed(lane: Lane, caller: Actor, incident_id: UUID) -> WhistlesOut:
    """The whistles and summons of an incident."""
    record = await record_service.get(lane, caller, incident_id)
    clocks = shown_clocks(record)
    summons = [summons_shown(record, one, clocks, caller) for one in record["summons"]]
    whistles = [whistle_shown(record, one, caller) for one in record["whistles"]]
    return WhistlesOut.model_validate({"items": whistles, "summons": summons})


async def proposal(lane: Lane, caller: Actor, incident_id: UUID) -> ProposalOut:
    """Whom a whistle would call."""
    record = await record_service.get(lane, caller, incident_id)
    here = {str(summons["department_id"]) for summons in summoning.live(record)}
    return ProposalOut(
        items=[
            ProposedOut.model_validate(
                {
                    "department": dict(one.department),
                    "role": one.role,
                    "line": "territorial" if one.is_local else "functional",
                    "instead_of": one.instead_of,
                    "category_prefix": one.because["category_prefix"],
                    "area": one.because["area"],
                    "rule": one.because.get("rule"),
                    "is_called": str(one.department["id"]) in here,
                }
            )
            for one in await _proposed(lane, record)
        ]
    )
