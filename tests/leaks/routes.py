"""Which answers are measured against the reference: every list and every path to one thing, or why a route is not."""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from app.identity.workflow import RIGHTS, Right
from tests.leaks.building import HOUR, NOW
from tests.leaks.reference import Eyes
from tests.leaks.things import Place, World

Sees = Callable[[Eyes, Any], bool]


class Kind(NamedTuple):
    """A kind of thing: all of them in a world, how a path or an item names one, and who sees it."""

    all: Callable[[World], Iterable[Any]]
    sees: Sees
    name: Callable[[Any], str] = str


def _of_incidents(part: str) -> Callable[[World], Iterable[Any]]:
    return lambda world: [one for incident in world.incidents for one in getattr(incident, part)]


def _with(part: str) -> Sees:
    """The incident is in sight that this is a part of."""

    def sees(eyes: Eyes, one: Any) -> bool:
        return any(eyes.incident(incident) for incident in eyes.world.incidents if one in getattr(incident, part))

    return sees


def _picture(eyes: Eyes, one: Any) -> bool:
    return any(eyes.picture_of(incident) for incident in eyes.world.incidents if one in incident.evidence)


def _of_centre(name: str) -> Kind:
    return Kind(lambda world: getattr(world, name), lambda eyes, one: eyes.at_centre(one.centre))


def _code(one: Any) -> str:
    return str(one.code)


def _teams(world: World) -> list[Place]:
    return [place for place in world.departments if place.kind != "government"]


INCIDENT = Kind(lambda world: world.incidents, Eyes.incident)
SHIFT = Kind(lambda world: world.shifts, Eyes.shift)
ROSTER = Kind(lambda world: world.rosters, Eyes.roster)
SUMMONS = Kind(_of_incidents("summons"), _with("summons"))
WHISTLE = Kind(_of_incidents("whistles"), _with("whistles"))
PATROL = Kind(lambda world: world.patrols, Eyes.patrol, _code)
CENTRE = Kind(lambda world: world.centres, Eyes.place, _code)
DEPARTMENT = Kind(lambda world: world.departments, Eyes.place, _code)
TEAM = Kind(_teams, Eyes.team, _code)
CALENDAR = Kind(lambda world: world.calendars, lambda eyes, one: eyes.jurisdiction(one.root), _code)
SCHEME = Kind(lambda world: world.schemes, lambda eyes, one: eyes.jurisdiction(one.root))
CATEGORY = SCHEME._replace(name=_code)
ACCOUNT = Kind(lambda world: world.accounts, Eyes.account)
KEY = Kind(lambda world: world.keys, lambda eyes, one: eyes.account(one.account))
WEBHOOK = Kind(lambda world: world.webhooks, Eyes.webhook)
OFFICER = Kind(lambda world: world.officers, Eyes.officer, lambda one: one.number)
SECONDMENT = Kind(lambda world: world.secondments, Eyes.secondment)
COMPETENCE = Kind(lambda world: world.competences, Eyes.competence)
LEAVE = Kind(lambda world: world.leaves, Eyes.leave)
SWAP = Kind(lambda world: world.swaps, Eyes.swap)
SOS = Kind(lambda world: world.sos, Eyes.sos)
WELFARE = Kind(lambda world: world.welfare, lambda eyes, one: eyes.welfare(one.shift))
ORDER, APPEAL = (Kind(_of_incidents(name), _with(name)) for name in ("orders", "appeals"))
PARKED, REQUEST = (Kind(_of_incidents(name), _with(name)) for name in ("parked", "requests"))
POLICY = Kind(lambda world: world.policies, lambda eyes, one: eyes.edition(one.centre))
RULES = POLICY._replace(all=lambda world: world.routing)
ALARM = Kind(lambda world: world.alarms, lambda eyes, one: eyes.edition(one.rules.centre))
NOTICE = Kind(lambda world: world.notices, Eyes.notice)
SHARE = Kind(lambda world: world.shares, Eyes.share)
FILL = Kind(lambda world: world.fills, lambda eyes, one: eyes.runs(one.roster.centre))
VOID = Kind(lambda world: world.voids, lambda eyes, one: eyes.at_centre(one.minimum.centre))
TEMPLATE, DEVICE, CHECKPOINT = _of_centre("templates"), _of_centre("devices"), _of_centre("checkpoints")
MINIMUM, BEAT = _of_centre("minimums"), _of_centre("beats")

KINDS: dict[str, Kind] = {
    "/v1/appeals/{appeal_id}": APPEAL,
    "/v1/escalation-policies/{policy_id}": POLICY,
    "/v1/notices/{notice_id}": NOTICE,
    "/v1/parked-work/{kind}/{subject_id}": PARKED,
    "/v1/routing-alarms/{alarm_id}": ALARM,
    "/v1/routing-sets/{set_id}": RULES,
    "/v1/supervision-orders/{order_id}": ORDER,
    "/v1/accounts/{account_id}": ACCOUNT,
    "/v1/api-keys/{key_id}": KEY,
    "/v1/assignments/{assignment_id}": Kind(_of_incidents("assignments"), _with("assignments")),
    "/v1/beats/{beat_id}": BEAT,
    "/v1/calendars/{code}": CALENDAR,
    "/v1/categories/{code}": CATEGORY,
    "/v1/category-schemes/{scheme_id}": SCHEME,
    "/v1/centres/{code}": CENTRE,
    "/v1/checkpoints/{checkpoint_id}": CHECKPOINT,
    "/v1/checks/{task_id}": Kind(_of_incidents("tasks"), _with("tasks")),
    "/v1/competences/{competence_id}": COMPETENCE,
    "/v1/coverage/minimums/{minimum_id}": MINIMUM,
    "/v1/departments/{code}": DEPARTMENT,
    "/v1/devices/{device_id}": DEVICE,
    "/v1/evidence/{evidence_id}": Kind(_of_incidents("evidence"), _picture),
    "/v1/incidents/{incident_id}": INCIDENT,
    "/v1/leaves/{leave_id}": LEAVE,
    "/v1/officers/{number}": OFFICER,
    "/v1/patrols/{patrol}": PATROL,
    "/v1/requests/{request_id}": REQUEST,
    "/v1/roster-fills/{fill_id}": FILL,
    "/v1/rosters/{roster_id}": ROSTER,
    "/v1/secondments/{secondment_id}": SECONDMENT,
    "/v1/shares/{share_id}": SHARE,
    "/v1/shift-templates/{template_id}": TEMPLATE,
    "/v1/shifts/{shift_id}": SHIFT,
    "/v1/sos/{sos_id}": SOS,
    "/v1/summons/{summons_id}": SUMMONS,
    "/v1/swaps/{swap_id}": SWAP,
    "/v1/teams/{code}": TEAM,
    "/v1/webhooks/{webhook_id}": WEBHOOK,
    "/v1/welfare-checks/{check_id}": WELFARE,
    "/v1/whistles/{whistle_id}": WHISTLE,
}
"""Paths to one thing, and everything below them: out of sight they are all 404, as if there were none."""


class Narrower(NamedTuple):
    """A path below a thing that fewer see (else 404), or that is refused with 403 to some who see the thing."""

    sees: Sees | None = None
    may: Sees | None = None
    asks: tuple[tuple[str, str], ...] = ()


def may_at(eyes: Eyes, right: Right, *places: Place | None) -> bool:
    """A role with this right was given at or above one of these places."""
    return any(
        right in RIGHTS[grant.role] and any(place is not None and grant.place in place.above for place in places)
        for grant in eyes.grants
    )


def _where(right: Right) -> Sees:
    """Only who has the right where the incident is, or at the department that leads it."""
    return lambda eyes, one: may_at(eyes, right, one.home, one.lead_department)


def _custody(eyes: Eyes, one: Any) -> bool:
    """Whoever audits, or may read originals, where the picture's incident is."""
    of = next(incident for incident in eyes.world.incidents if one in incident.evidence)
    return any(_where(right)(eyes, of) for right in (Right.AUDIT_READ, Right.ORIGINALS_READ))


def _original(eyes: Eyes, one: Any) -> bool:
    of = next(incident for incident in eyes.world.incidents if one in incident.evidence)
    return _where(Right.ORIGINALS_READ)(eyes, of)


TODAY = (("from", "2026-01-01T00:00:00Z"), ("to", "2026-01-01T12:00:00Z"), ("purpose", "looking for it"))
NARROWER: dict[str, Narrower] = {
    "/v1/incidents/{incident_id}/reporter": Narrower(
        may=_where(Right.CONTACTS_READ), asks=(("purpose", "calling back"),)
    ),
    "/v1/incidents/{incident_id}/reporter/readings": Narrower(may=_where(Right.AUDIT_READ)),
    "/v1/evidence/{evidence_id}/custody": Narrower(may=_custody),
    "/v1/evidence/{evidence_id}/original": Narrower(may=_original, asks=(("purpose", "calling back"),)),
    "/v1/incidents/{incident_id}/notices": Narrower(may=lambda eyes, one: eyes.watches(one.commanding)),
    "/v1/patrols/{patrol}/track": Narrower(
        sees=lambda eyes, one: eyes.at_centre(one.centre) or eyes.served(one),
        may=lambda eyes, one: may_at(eyes, Right.TRACKS_READ, one.centre),
        asks=TODAY,
    ),
    "/v1/rosters/{roster_id}/amendments": Narrower(
        sees=lambda eyes, one: eyes.roster(one) and eyes.at_centre(one.centre)
    ),
    "/v1/rosters/{roster_id}/check": Narrower(may=lambda eyes, one: may_at(eyes, Right.DUTY_WRITE, one.centre)),
    "/v1/rosters/{roster_id}/fills": Narrower(may=lambda eyes, one: may_at(eyes, Right.DUTY_WRITE, one.centre)),
    "/v1/rosters/{roster_id}/wishes": Narrower(may=lambda eyes, one: may_at(eyes, Right.DUTY_WRITE, one.centre)),
    "/v1/shares/{share_id}/readings": Narrower(may=Eyes.knows_readings),
    "/v1/shifts/{shift_id}/checkpoints": Narrower(sees=lambda eyes, one: eyes.at_centre(one.patrol.centre)),
}
WITHOUT_BYTES = {"/v1/evidence/{evidence_id}/content", "/v1/evidence/{evidence_id}/original"}
"""The pictures of these worlds have no bytes: where they may be looked at it is a 404 of another type."""


class Listed(NamedTuple):
    """A list: whose things stand in it, and how an item is read."""

    kind: Kind
    member: str = "id"
    asks: tuple[tuple[str, str], ...] = ()
    of: Sees | None = None


def _now(eyes: Eyes, shift: Any) -> bool:
    return shift.is_on and eyes.shift(shift)


def _settled(eyes: Eyes, shift: Any) -> bool:
    return not (shift.roster and shift.roster.is_draft) and eyes.shift(shift)


LISTS: dict[str, Listed] = {
    "/v1/appeals": Listed(APPEAL),
    "/v1/escalation-policies": Listed(POLICY),
    "/v1/notices": Listed(NOTICE),
    "/v1/parked-work": Listed(PARKED, "subject_id"),
    "/v1/requests": Listed(REQUEST),
    "/v1/routing-alarms": Listed(ALARM),
    "/v1/routing-sets": Listed(RULES),
    "/v1/supervision-orders": Listed(ORDER),
    "/v1/accounts": Listed(ACCOUNT),
    "/v1/api-keys": Listed(KEY),
    "/v1/beats": Listed(BEAT),
    "/v1/calendars": Listed(CALENDAR, "code"),
    "/v1/categories": Listed(CATEGORY, "code"),
    "/v1/category-schemes": Listed(SCHEME),
    "/v1/centres": Listed(CENTRE, "code"),
    "/v1/checkpoints": Listed(CHECKPOINT),
    "/v1/competences": Listed(COMPETENCE),
    "/v1/coverage": Listed(
        Kind(
            lambda world: world.places,
            lambda eyes, one: _commander(one) in eyes.centres(),
            lambda one: f"{one.code}-cell",
        ),
        "code",
        (("from", (NOW - 3 * HOUR).isoformat()), ("until", (NOW - HOUR).isoformat())),
    ),
    "/v1/coverage/minimums": Listed(MINIMUM),
    "/v1/coverage/voids": Listed(VOID),
    "/v1/departments": Listed(DEPARTMENT, "code"),
    "/v1/devices": Listed(DEVICE),
    "/v1/incidents": Listed(INCIDENT),
    "/v1/leaves": Listed(LEAVE),
    "/v1/officers": Listed(OFFICER, "number"),
    "/v1/patrols": Listed(PATROL, "code"),
    "/v1/rosters": Listed(ROSTER),
    "/v1/secondments": Listed(SECONDMENT),
    "/v1/shares": Listed(SHARE),
    "/v1/shift-templates": Listed(TEMPLATE),
    "/v1/shifts": Listed(SHIFT, of=_settled),
    "/v1/sos": Listed(SOS),
    "/v1/standards": Listed(SCHEME._replace(name=lambda one: f"{one.code}-1"), "code"),
    "/v1/summons": Listed(SUMMONS),
    "/v1/swaps": Listed(SWAP),
    "/v1/teams": Listed(TEAM, "code"),
    "/v1/webhooks": Listed(WEBHOOK),
    "/v1/welfare-checks": Listed(WELFARE),
}


def _commander(place: Place) -> Place:
    return next(one for one in reversed(place.above) if one.is_centre)


OPEN311 = "by a number that nobody can guess, or shown to everybody: tests/exchange/open311/test_looking.py"
FEED_PARTS = ("tickets", "tickets/{number}", "quarantine", "quarantine/retry", "unmapped")
OF_A_WARNING = tuple(f"{{warning_id}}{part}" for part in ("", "/cap", "/issue", "/update", "/cancel"))
WARNING_PARTS = ("index.atom", *OF_A_WARNING)
OPEN_GROUND = "areas, cells, plans and who commands them are open to everybody who may look at the ground"
ELSEWHERE: dict[str, str] = {
    "/v1/imports/{layer}": "names a layer; what its features name is judged by their use cases",
    "/livez": "says nothing of anybody",
    "/readyz": "says nothing of anybody",
    "/problems": "the kinds of problem, the same for all",
    "/problems/{slug}": "the kinds of problem, the same for all",
    "/v1/workflow": "the tables of the workflow, the same for all",
    "/v1/me": "the caller alone: tests/identity",
    "/v1/areas": OPEN_GROUND,
    "/v1/areas/{code}": OPEN_GROUND,
    "/v1/grid-cells": OPEN_GROUND,
    "/v1/grid-cells/{code}": OPEN_GROUND,
    "/v1/grid-plans": OPEN_GROUND,
    "/v1/grid-plans/{plan_id}": OPEN_GROUND,
    "/v1/locate": OPEN_GROUND,
    "/v1/beidou-grid-codes": OPEN_GROUND,
    "/v1/beidou-grid-codes/{code}": OPEN_GROUND,
    "/v1/evidence-uploads/{upload_id}": "its creator's alone: tests/incident/upload",
    "/v1/ingest/osmand": "takes positions by a device's key and answers nothing: tests/patrol/ingest",
    "/v1/escalation-policies/templates": "the ladders one may begin with, the same for all",
    "/v1/escalation-policies/in-force": "asked by centre: test_filters.py",
    "/v1/notices/unread": "counted: test_lists.py",
    "/v1/agencies": "compared as a tree: test_lists.py",
    "/v1/roll-call": "compared by shift: test_lists.py",
    "/v1/coverage/live": "compared by minimum: test_lists.py",
    "/v1/track-readings": "compared by patrol: test_lists.py",
    "/v1/shares/{share_id}/incidents": "compared incident by incident: test_shares.py",
    "/v1/shares/{share_id}/incidents/{incident_id}": "compared incident by incident: test_shares.py",
    "/v1/shares/{share_id}/incidents/{incident_id}/pictures/{evidence_id}": "compared by status: test_shares.py",
    "/v1/board": "compared item by item: test_board.py",
    "/v1/board/stream": "compared item by item: test_board.py",
    "/v1/stream": "compared entry by entry: test_stream.py",
    "/open311/v2/discovery.{format}": "says nothing of anybody",
    "/open311/v2/services.{format}": "what the public is offered, the same for all",
    "/open311/v2/services/{service_code}.{format}": "what the public is offered, the same for all",
    "/open311/v2/requests.{format}": OPEN311,
    "/open311/v2/requests/{service_request_id}.{format}": OPEN311,
    "/open311/v2/tokens/{token}.{format}": OPEN311,
    **dict.fromkeys(
        ("/v1/feeds", "/v1/feeds/{feed}", *(f"/v1/feeds/{{feed}}/{part}" for part in FEED_PARTS)),
        "a feed's own channel, and who administers its centre: tests/exchange/feed",
    ),
    **dict.fromkeys(
        ("/v1/warnings", *(f"/v1/warnings/{part}" for part in WARNING_PARTS)),
        "whom a warning concerns; what is issued is for everybody: tests/exchange/warning",
    ),
    "/ogc/": "the first page of layers, the same for all",
    "/ogc/api": "the document of the layers' API, the same for all",
    "/ogc/conformance": "the classes of the standards, the same for all",
    "/ogc/collections": "the table of collections, with the box of the caller's own ground: tests/layer",
    "/ogc/collections/{collection_id}": "the same, one of them",
    "/ogc/collections/{collection_id}/queryables": "the properties of a collection, the same for all",
    "/ogc/tileMatrixSets": "the tile matrix sets, the same for all",
    "/ogc/tileMatrixSets/{matrix_set}": "the same, one of them",
    "/ogc/tiles": "the table of collections, with the box of the caller's own ground: tests/layer/tile",
    "/ogc/tiles/{matrix_set}": "the same, by one tile matrix set",
    "/ogc/tiles/WebMercatorQuad/tilejson.json": "the same, as TileJSON",
    "/ogc/tiles/{matrix_set}/{z}/{y}/{x}": "made of the tiles of collections, compared with them: test_tiles.py",
    "/ogc/collections/{collection_id}/tiles": "about a collection, with the box of the caller's own ground",
    "/ogc/collections/{collection_id}/tiles/{matrix_set}": "the same, by one tile matrix set",
    "/ogc/collections/{collection_id}/tiles/WebMercatorQuad/tilejson.json": "the same, as TileJSON",
    "/ogc/collections/{collection_id}/tiles/{matrix_set}/{z}/{y}/{x}": "compared feature by feature: test_tiles.py",
    "/ogc/styles/board": "colours, with the box of the caller's own ground: tests/layer/tile",
    "/ogc/collections/{collection_id}/items": "compared feature by feature: test_layers.py, tests/layer",
    "/ogc/collections/{collection_id}/items/{feature_id}": "compared feature by feature: test_layers.py, tests/layer",
    "/v1/sync/bundle": "compared by incident and shift: test_phones.py",
    "/v1/sync/changes": "the difference to a bundle, by a token of the caller's own: test_phones.py, tests/sync",
    "/v1/wishes": "an officer's own, on drafts they could be seated on: tests/roster/wish",
    "/v1/wishes/standing": "an officer's own: tests/roster/wish",
    "/v1/rosters/{roster_id}/wishes/own": "an officer's own, on drafts they could be seated on: tests/roster/wish",
    "/v1/open-seats": "offers to officers by where they serve, out of drafts too: tests/roster/seat",
}
"""Routes that the tables above do not cover, and why."""
