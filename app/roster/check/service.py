"""The use case of checking: the facts of a roster read, its rules looked at."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import time, timedelta
from typing import Any, ClassVar
from uuid import UUID

from app.agency.schemas import DutyRules
from app.catalogue.calendar.service import calendar_of_centre
from app.core.db import Session
from app.core.problems import Conflict, NotFound
from app.identity.workflow import Actor
from app.roster.check import queries, workflow
from app.roster.check.facts import Duty, Facts, Limits, Planned, Severity, Sitter
from app.roster.check.schemas import EXAMPLE, CheckOut, UnmetOut
from app.roster.check.workflow import Unmet
from app.roster.models import Roster
from app.roster.queries import lineages, officers_by_number, roster_seen
from app.roster.service import must_run
from app.roster.workflow import Wanted

AROUND = timedelta(days=9)
"""So far before and after a roster's days an officer's other shifts bear on its rules: a week and a long rest."""


class RulesUnmet(Conflict):
    """A roster keeps to its hard rules; `unmet` names every one it would not."""

    members: ClassVar[dict[str, Any]] = {"unmet": [EXAMPLE]}


async def check(session: Session, caller: Actor, roster_id: UUID) -> CheckOut:
    """Every rule a roster does not keep to, for who runs the duty of its centre."""
    roster = await roster_seen(session, caller, roster_id)
    if roster is None:
        raise NotFound
    must_run(caller, roster.centre_id)
    return report(await unmet(session, roster))


def report(found: Sequence[Unmet]) -> CheckOut:
    """What is unmet, as it is shown."""
    items = [UnmetOut.model_validate(item) for item in found]
    hard = sum(item.severity is Severity.HARD for item in items)
    return CheckOut(is_publishable=not hard, hard=hard, soft=len(items) - hard, unmet=items)


def refusal(found: Iterable[Unmet]) -> RulesUnmet:
    """The problem that names these rules."""
    items = [UnmetOut.model_validate(item).model_dump(mode="json") for item in found]
    return RulesUnmet("; ".join(item["en"] for item in items[:3]) + ("; …" if len(items) > 3 else ""), unmet=items)  # noqa: PLR2004  # the sentence stays short


async def unmet(session: Session, roster: Roster) -> list[Unmet]:
    """Every rule this roster does not keep to now."""
    return workflow.unmet(await facts(session, roster))


async def facts(session: Session, roster: Roster) -> Facts:
    """All that the rules look at, in thirteen statements whatever the roster's size."""
    zone = (await calendar_of_centre(session, roster.centre_id)).zone
    bare = Facts(zone, roster.starts_on, roster.ends_on, limits(roster), ())
    first, last = (bare.instant(on, time()) for on in (roster.starts_on, roster.ends_on))
    between = first - AROUND, last + AROUND
    rows = await queries.shifts(session, roster.id)
    members = await queries.crews(session, [row.id for row in rows])
    further = await queries.duties_elsewhere(session, roster, {row.officer_id for row in members}, between)
    beside = await queries.shifts_elsewhere(session, roster, {row.patrol_id for row in rows}, between)
    officers = await officers_by_number(session, {row.number for row in members})
    cells = await _cells(session, {row.beat_id for row in [*rows, *beside] if row.beat_id})
    aboard = defaultdict[UUID, list[Sitter]](list)
    for row in members:
        aboard[row.shift_id].append(sitter(row))
    return replace(
        bare,
        shifts=[planned(row, row.patrol, aboard[row.id], cells[row.beat_id]) for row in rows],
        elsewhere=_by_name((row.number, row) for row in further),
        patrols=_by_name((row.patrol, row) for row in beside),
        cells=await queries.cells_of_centre(session, roster.centre_id),
        centre=(await lineages(session, [roster.centre_id]))[roster.centre_id],
        serving={number: serving for number, (_, serving) in officers.items()},
        others=[(row.starts_at, row.ends_at, cells[row.beat_id]) for row in beside if row.is_covering],
    )


def limits(roster: Roster) -> Limits:
    """What a roster keeps to, by the settings it was made with."""
    rules = DutyRules.model_validate(roster.settings)
    bands = tuple((time.fromisoformat(starts), time.fromisoformat(ends)) for starts, ends in rules.coverage_bands)
    coverage = Severity.HARD if rules.coverage_is_hard else Severity.SOFT
    hours = timedelta(hours=rules.rest_hours), timedelta(hours=rules.weekly_hours)
    return Limits(*hours, rules.night_spread, bands, coverage)


async def _cells(session: Session, beat_ids: Iterable[UUID]) -> dict[UUID | None, frozenset[str]]:
    found = defaultdict[UUID | None, set[str]](set)
    for row in await queries.cells_of_beats(session, list(beat_ids)):
        found[row.beat_id].add(row.code)
    return defaultdict(frozenset, {beat: frozenset(codes) for beat, codes in found.items()})


def sitter(row: Any) -> Sitter:
    """An officer on a shift, of a row of `crews`."""
    return Sitter(row.number, tuple(row.departments), frozenset(row.skills), row.is_leader, row.is_active)


def planned(row: Any, patrol: str, crew: Sequence[Sitter], cells: frozenset[str] = frozenset()) -> Planned:
    """A shift with its crew, of a row with its own columns."""
    return Planned(row.id, patrol, row.starts_at, row.ends_at, Wanted.of(row.wanted), tuple(crew), cells)


def _by_name(rows: Iterable[tuple[str, Any]]) -> dict[str, list[Duty]]:
    found: dict[str, list[Duty]] = defaultdict(list)
    for name, row in rows:
        is_standby = bool(row.wanted and row.wanted["is_standby"])
        found[name].append(Duty(row.id, row.starts_at, row.ends_at, is_own=False, is_standby=is_standby))
    return found
