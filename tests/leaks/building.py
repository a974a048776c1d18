"""A made-up world put into the database, row by row, as it would stand there after years of ordinary requests."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from geoalchemy2 import WKTElement

from app.agency import models as agency
from app.agency.schemas import DutyRules
from app.agency.secondment.models import Secondment as SecondmentRow
from app.catalogue import models as catalogue
from app.catalogue.schemas import CategoryRules
from app.command.handover import models as handover
from app.core.geo import SRID
from app.core.ids import uuid7
from app.coverage import models as coverage
from app.exchange.share.models import Share as ShareRow
from app.exchange.webhook import models as webhook
from app.grid import models as grid
from app.identity import models as identity
from app.patrol.device.models import Device
from app.patrol.models import LatestPosition, TrackReading
from app.policy import models as policy
from app.roster import models as roster
from app.roster.fill.models import RosterFill
from app.roster.swap.models import Swap as SwapRow
from app.safety.sos.models import Sos as SosRow
from app.safety.welfare.models import WelfareCheck, WelfareEntry
from tests.leaks.things import Place, Shift, World
from tests.make import CLEAN

NOW = datetime.now(UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
STEP = 0.01
STATES = {"over": (-9, -3), "on": (-2, 6), "planned": (30, 38)}
"""From when to when a shift is, in hours from now."""
WANTED = {"mix": {"d": 1}, "skills": [], "needs_leader": True, "is_standby": False}
LADDERS = {"arrive": [{"share": 1, "do": ["card"]}]}
RULES = [{"code": "r", "name": "r", "name_en": "r", "when": {"categories": ["E"]}, "then": {"priority": 1}}]
Rows = Iterator[Any]


def _names(code: str) -> dict[str, str]:
    return {"code": code, "name": code, "name_en": code}


def _number(world: World, place: Place) -> int:
    return world.places.index(place)


def corner(world: World, place: Place) -> tuple[float, float]:
    """Where the one cell of a place begins, in degrees: nothing of two worlds or places is near one another."""
    return 90 + STEP * (2 * _number(world, place)), 20 + STEP * 2 * (world.seed % 1000)


def middle(world: World, place: Place) -> WKTElement:
    """The middle of the cell of a place."""
    lon, lat = corner(world, place)
    return WKTElement(f"POINT({lon + STEP / 2} {lat + STEP / 2})", srid=SRID)


def areas(world: World) -> Rows:
    """The areas of every place."""
    for place in world.places:
        lineage = [one.area_id for one in place.above]
        levels = ("district", "street", "community", "village", "block", "house")
        level = levels[len(lineage) - 1]
        parent = place.parent and place.parent.area_id
        yield grid.Area(id=place.area_id, level=level, parent_id=parent, lineage=lineage, **_names(f"{place.code}-a"))


def grounds(world: World) -> Rows:
    """The grid plans, with one cell a place."""
    for scheme in world.schemes:
        root, plan = scheme.root, uuid7()
        effective = NOW - DAY
        yield grid.GridPlan(
            id=plan, area_id=root.area_id, name="plan", scheme="free", source="test", read_as="wgs84",
            status="published", effective_from=effective, report=CLEAN,
        )  # fmt: skip
        for place in (one for one in world.places if one.above[0] is root):
            west, south = corner(world, place)
            east, north = west + STEP, south + STEP
            ring = f"POLYGON(({west} {south},{east} {south},{east} {north},{west} {north},{west} {south}))"
            yield grid.GridCell(
                id=place.cell_id, plan_id=plan, area_id=place.area_id, code=f"{place.code}-cell",
                community_code=f"{place.code}-a", kind="unit", boundary=WKTElement(ring, srid=SRID), area_m2=1e6,
                places=[{"level": "community", **_names(f"{place.code}-a")}], valid_from=effective,
            )  # fmt: skip


def places(world: World) -> Rows:
    """Calendars, and the organisations of every place."""
    for calendar in world.calendars:
        area = calendar.root and calendar.root.area_id
        yield catalogue.Calendar(
            id=calendar.id, area_id=area, time_zone="Asia/Shanghai", weekly={"1": [["08:00", "18:00"]]},
            **_names(calendar.code),
        )  # fmt: skip
    for place in world.places:
        kind = "centre" if place.is_centre else "department"
        lineage = [one.id for one in place.above]
        parent = place.parent and place.parent.id
        yield identity.Organisation(id=place.id, kind=kind, parent_id=parent, lineage=lineage, **_names(place.code))
    for account in world.accounts:
        yield identity.Account(
            id=account.id, username=account.username, display_name=account.username, is_active=account.is_active
        )
    for scheme in world.schemes:
        yield catalogue.CategoryScheme(
            id=scheme.id, area_id=scheme.root.area_id, code=f"s-{scheme.root.code}", edition="1", title="s",
            title_en="s", source="test", is_current=True, published_at=NOW - DAY,
        )  # fmt: skip


def people(world: World) -> Rows:
    """Accounts with their grants, and officers."""
    for place in world.places:
        if place.is_centre:
            level = 9 - len(place.above)
            yield agency.Centre(id=place.id, level=level, area_id=place.area_id, settings={})
        else:
            yield agency.Department(id=place.id, kind=place.kind, area_id=place.area_id)
    for account in world.accounts:
        for grant in account.grants:
            until = NOW - HOUR if grant.is_expired else None
            yield identity.RoleGrant(
                account_id=account.id, role=grant.role.value, organisation_id=grant.place.id, valid_until=until
            )
    for key in world.keys:
        yield identity.ApiKey(id=key.id, account_id=key.account.id, label="k", secret_sha256=b"x", scopes=[])
    for one in world.webhooks:
        yield webhook.Webhook(
            id=one.id, place_id=one.place.id, answers_id=one.account.id, label="w", url="https://example.com/",
            topics=[], salt=b"x",
        )  # fmt: skip
    for scheme in world.schemes:
        yield catalogue.Category(
            id=scheme.category_id, scheme_id=scheme.id, domain="urban_management", main_class="E04",
            default_priority=2, rules=CategoryRules().model_dump(mode="json"), **_names(scheme.code),
        )  # fmt: skip


def ground(world: World) -> Rows:
    """What lies on the ground of a place."""
    for scheme in world.schemes:
        words = dict.fromkeys(
            ("filing_condition", "filing_condition_en", "closing_condition", "closing_condition_en"), "w"
        )
        yield catalogue.Standard(
            category_id=scheme.category_id, code=f"{scheme.code}-1", limits={}, is_default=True, **words
        )
    for place in world.places:
        commands = next(one for one in reversed(place.above) if one.is_centre)
        yield agency.CentreArea(area_id=place.area_id, centre_id=commands.id)
    for officer in world.officers:
        yield agency.Officer(
            id=officer.id, number=officer.number, display_name=officer.number, department_id=officer.department.id,
            centre_id=officer.centre and officer.centre.id, account_id=officer.account and officer.account.id,
            skills=[],
        )  # fmt: skip
    for patrol in world.patrols:
        yield roster.Patrol(id=patrol.id, centre_id=patrol.centre.id, vehicle="car", **_names(patrol.code))
    for beat in world.beats:
        yield grid.Beat(id=beat.id, organisation_id=beat.centre.id, **_names(beat.code))
    for one in world.competences:
        department = one.department
        yield agency.Competence(
            id=one.id, category_prefix="E04", area_id=department.area_id, department_id=department.id, part="assist"
        )


def duty(world: World) -> Rows:
    """Patrols and their shifts."""
    for template in world.templates:
        yield roster.ShiftTemplate(
            id=template.id, centre_id=template.centre.id, starts=(NOW).time(), length_s=3600, weekdays=[1],
            every_days=1, valid_from=NOW.date(), allows_sign_up=False, is_standby=False, crews=[],
            **_names(f"{template.centre.code}-t"),
        )  # fmt: skip
    for one in world.rosters:
        yield roster.Roster(
            id=one.id, centre_id=one.centre.id, starts_on=NOW.date(), ends_on=NOW.date() + 7 * DAY, title="r",
            status="draft" if one.is_draft else "published", published_at=None if one.is_draft else NOW,
            settings=DutyRules().model_dump(mode="json"),
        )  # fmt: skip
    for sent in world.secondments:
        yield SecondmentRow(
            id=sent.id, officer_id=sent.officer.id, department_id=sent.officer.department.id, host_id=sent.host.id,
            starts_on=(NOW - 30 * DAY).date(), ends_on=(NOW + 30 * DAY).date(),
        )  # fmt: skip
    for minimum in world.minimums:
        yield coverage.CoverageMinimum(
            id=minimum.id, centre_id=minimum.centre.id, area_id=minimum.centre.area_id, weekdays=[1],
            starts=NOW.time(), ends=NOW.time(), needed=1,
        )  # fmt: skip
    for point in world.checkpoints:
        yield coverage.Checkpoint(
            id=point.id, centre_id=point.centre.id, location=middle(world, point.centre), radius_m=50, every_s=3600,
            **_names(point.code),
        )  # fmt: skip


def during(shift: Shift) -> tuple[datetime, datetime]:
    """The planned time of a shift."""
    starts, ends = STATES[shift.state]
    return NOW + starts * HOUR, NOW + ends * HOUR


def aboard(world: World) -> Rows:
    """Who sits on a shift."""
    for shift in world.shifts:
        starts, ends = during(shift)
        begun = shift.state != "planned"
        yield roster.Shift(
            id=shift.id, patrol_id=shift.patrol.id, centre_id=shift.patrol.centre.id, starts_at=starts, ends_at=ends,
            signed_on_at=starts if begun else None, signed_off_at=ends if shift.state == "over" else None,
            roster_id=shift.roster and shift.roster.id, wanted=WANTED if shift.roster else None,
        )  # fmt: skip
        if shift.is_on:
            place = middle(world, shift.patrol.centre)
            yield LatestPosition(patrol_id=shift.patrol.id, location=place, observed_at=NOW)
    for fill in world.fills:
        yield RosterFill(
            id=fill.id, roster_id=fill.roster.id, asked_by=world.accounts[0].id, seconds=1, keeps_seats=True,
            nights_in_a_row=1, seed=1, state="failed",
        )  # fmt: skip
    for leave in world.leaves:
        decided = leave.state in ("approved", "refused")
        decider = next(one for one in world.accounts if one is not leave.asked_by)
        yield roster.Leave(
            id=leave.id, officer_id=leave.officer.id, centre_id=leave.centre.id, kind="annual", state=leave.state,
            starts_at=NOW + 29 * HOUR, ends_at=NOW + 40 * HOUR, asked_by=leave.asked_by.id,
            decided_by=decider.id if decided else None,
        )  # fmt: skip
    for device in world.devices:
        yield Device(
            id=device.id, code=device.code, app="osmand", centre_id=device.centre.id, key_sha256=b"k",
            officer_id=world.officers[0].id,
        )  # fmt: skip
    for void in world.voids:
        yield coverage.CoverageVoid(
            id=void.id, minimum_id=void.minimum.id, centre_id=void.minimum.centre.id, since_at=NOW, opened_at=NOW,
            lowest=0,
        )  # fmt: skip


def of_shifts(world: World) -> Rows:
    """What hangs on a shift."""
    for swap in world.swaps:
        yield SwapRow(
            id=swap.id, shift_id=swap.shift.id, officer_id=swap.officer.id, to_officer_id=swap.to and swap.to.id,
            centre_id=swap.shift.patrol.centre.id, state=swap.state, is_open=swap.is_open, terms={},
        )  # fmt: skip
    for call in world.sos:
        yield SosRow(
            id=call.id, cause="called", state="raised", account_id=call.account and call.account.id,
            patrol_id=call.shift and call.shift.patrol.id, shift_id=call.shift and call.shift.id,
            centre_id=call.centre.id, due_at=None,
        )  # fmt: skip
    for check in world.welfare:
        shift = check.shift
        yield WelfareCheck(
            id=check.id, shift_id=shift.id, patrol_id=shift.patrol.id, centre_id=shift.patrol.centre.id,
            state="paused", every_s=600, grace_s=60,
        )  # fmt: skip
        yield WelfareEntry(check_id=check.id, seq=1, action="set", state="paused")
    for one in world.handovers:
        to = one.to_shift and one.to_shift.id
        yield handover.Handover(
            id=one.id, from_shift_id=one.from_shift.id, to_shift_id=to, account_id=world.accounts[0].id
        )
        for about in one.incidents:
            yield handover.HandoverItem(
                handover_id=one.id, incident_id=about.id, kind="assignment", state="returned", part_id=uuid7()
            )
    for patrol in world.patrols:
        yield TrackReading(
            patrol_id=patrol.id, account_id=world.accounts[0].id, from_at=NOW - 2 * HOUR, to_at=NOW - HOUR, purpose="r"
        )


def published(world: World) -> Rows:
    """Policies and rules."""
    named = {"edition": 1, "name": "n", "name_en": "n", "state": "published", "published_at": NOW}
    by = {"published_by": world.accounts[0].id}
    for one in world.policies:
        yield policy.EscalationPolicy(id=one.id, centre_id=one.centre.id, ladders=LADDERS, **named, **by)
    for one in world.routing:
        yield policy.RoutingSet(id=one.id, centre_id=one.centre.id, rules=RULES, **named, **by)
    for alarm in world.alarms:
        yield policy.RoutingAlarm(
            id=alarm.id, set_id=alarm.rules.id, rule="r", why="department", severity="error", what=[], detail="d",
            breaks=True,
        )  # fmt: skip


BOXES = {"before": (1, 2), "now": (-1, 1), "over": (-2, -1)}
"""From when to when a share is, in days from now."""


def shared(world: World) -> Rows:
    """Shares."""
    for one in world.shares:
        starts, ends = BOXES[one.when]
        yield ShareRow(
            id=one.id, giver_id=one.giver.id, receiver_id=one.receiver.id, incident_id=one.incident and one.incident.id,
            area_id=one.ground and one.ground.area_id, tier=one.tier, masks=[], purpose="p", state=one.state,
            proposed_by="giver", proposer_id=world.accounts[0].id, starts_at=NOW + starts * DAY,
            ends_at=NOW + ends * DAY,
        )  # fmt: skip
