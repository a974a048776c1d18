"""The use cases of rosters: made from templates, generated again, published, looked at."""

from collections.abc import Sequence
from itertools import chain
from typing import Any
from uuid import UUID

from app.agency.schemas import CentreSettings, DutyRules
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.workflow import Actor, Right
from app.roster import service as duty
from app.roster.check import service as checking
from app.roster.check.facts import Severity
from app.roster.models import Roster, Shift
from app.roster.period import effects, queries
from app.roster.period.schemas import RosterFilter, RosterIn, RosterOut, RosterPatch
from app.roster.queries import centre_by_code, centre_settings, roster_seen, told
from app.roster.schemas import Named, ShiftFilter, ShiftOut
from app.roster.workflow import RosterStatus


class RosterPublished(Conflict):
    """The roster is published: its shifts change by amendments only."""


async def make(session: Session, by: Actor, body: RosterIn) -> RosterOut:
    """Draft a roster for a centre whose duty the caller runs, with the shifts its templates give.

    Raises:
        Unprocessable: there is no such centre or template, or a shift cannot be made.
        Conflict: another roster has shifts of a template on one of the days.
    """
    centre = await centre_by_code(session, body.centre)
    if centre is None or not by.may_at(Right.DUTY_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} whose duty you run.")
    rules = CentreSettings.model_validate(await centre_settings(session, centre.id)).duty
    facts = body.model_dump(exclude={"id", "centre"})
    roster = Roster(id=body.id or uuid7(), centre_id=centre.id, settings=rules.model_dump(mode="json"), **facts)
    session.add(roster)
    await session.flush()
    made = await effects.generate(session, roster)
    await session.refresh(roster)
    return (await _shown(session, [roster]))[0].model_copy(update={"generated": made})


async def generate(session: Session, by: Actor, roster_id: UUID, based_on: int) -> RosterOut:
    """Make a draft's shifts again after its templates have changed; what fits is kept."""
    roster = await draft_held(session, by, roster_id, based_on)
    made = await effects.generate(session, roster)
    return (await _changed(session, roster)).model_copy(update={"generated": made})


async def rename(session: Session, by: Actor, roster_id: UUID, body: RosterPatch, based_on: int) -> RosterOut:
    """Change a draft's title."""
    roster = await draft_held(session, by, roster_id, based_on)
    roster.title = body.title
    return await _changed(session, roster)


async def discard(session: Session, by: Actor, roster_id: UUID, based_on: int) -> None:
    """Throw a draft away."""
    await draft_held(session, by, roster_id, based_on)
    await queries.discard(session, roster_id)


async def publish(session: Session, by: Actor, roster_id: UUID, based_on: int) -> RosterOut:
    """Make a roster everybody's: its crews see their shifts, and it changes by amendments only.

    Raises:
        RulesUnmet: it does not keep to a hard rule; names every one.
        Unprocessable: it has no shifts.
    """
    roster = await draft_held(session, by, roster_id, based_on)
    found = await checking.unmet(session, roster)
    if hard := [item for item in found if item.severity is Severity.HARD]:
        raise checking.refusal(hard)
    roster.status, roster.published_at = RosterStatus.PUBLISHED.value, await instant(session)
    shown = await _changed(session, roster)
    if not shown.shifts:
        raise Unprocessable("The roster has no shifts.")
    facts = {"version": shown.version, "starts_on": str(shown.starts_on), "ends_on": str(shown.ends_on)}
    crews = await told(session, Shift.roster_id == roster.id)
    scope = list(dict.fromkeys([roster.centre_id, *chain.from_iterable(crews.values())]))
    outbox.record(session, "roster.published", roster.id, scope, title=shown.title, shifts=shown.shifts, **facts)
    return shown


async def draft_held(session: Session, by: Actor, roster_id: UUID, based_on: int) -> Roster:
    """The draft, held until commit, for who runs the duty of its centre.

    Raises:
        NotFound, Forbidden, VersionStale, RosterPublished.
    """
    roster = await roster_seen(session, by, roster_id, is_held=True)
    if roster is None:
        raise NotFound
    duty.must_run(by, roster.centre_id)
    require_version(based_on, roster.version)
    if roster.status != RosterStatus.DRAFT:
        raise RosterPublished
    return roster


async def roster(session: Session, caller: Actor, roster_id: UUID) -> RosterOut:
    """One roster."""
    found = await roster_seen(session, caller, roster_id)
    if found is None:
        raise NotFound
    return (await _shown(session, [found]))[0]


async def rosters(
    session: Session, caller: Actor, wanted: RosterFilter, after: list[Any] | None, limit: int
) -> list[RosterOut]:
    """Rosters the caller may see by their first day, one more than asked for."""
    rows = await queries.rosters(session, caller, wanted, (after[0], after[1]) if after else None, limit)
    return await _shown(session, rows)


async def shifts(
    session: Session, caller: Actor, roster_id: UUID, after: list[Any] | None, limit: int
) -> list[ShiftOut]:
    """A roster's shifts that the caller may see by their start, one more than asked for."""
    if await roster_seen(session, caller, roster_id) is None:
        raise NotFound
    return await duty.shifts(session, caller, ShiftFilter(roster=roster_id), after, limit)


async def _changed(session: Session, roster: Roster) -> RosterOut:
    roster.version += 1
    await session.flush()
    await session.refresh(roster)
    return (await _shown(session, [roster]))[0]


async def _shown(session: Session, rows: Sequence[Roster]) -> list[RosterOut]:
    centres = await queries.centres(session, {row.centre_id for row in rows})
    counts = await queries.counts(session, {row.id for row in rows})
    return [
        RosterOut(
            id=row.id,
            version=row.version,
            created_at=row.created_at,
            updated_at=row.updated_at,
            centre=Named.model_validate(centres[row.centre_id]),
            title=row.title,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            status=RosterStatus(row.status),
            published_at=row.published_at,
            templates=row.templates,
            settings=DutyRules.model_validate(row.settings),
            shifts=counts[row.id].shifts if row.id in counts else 0,
            seats=counts[row.id].seats if row.id in counts else 0,
            open_seats=counts[row.id].open_seats if row.id in counts else 0,
        )
        for row in rows
    ]
