"""The use cases of changing shifts: freely before their roster is published, after it with a reason and a record."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.roster import service as roster
from app.roster.amendment import effects, queries
from app.roster.amendment.schemas import AmendmentOut, Edit, ShiftChange, Why
from app.roster.amendment.workflow import OVERRIDES, acting_as
from app.roster.check import service as checking
from app.roster.check.schemas import UnmetOut
from app.roster.check.workflow import Unmet, worse
from app.roster.models import Roster, RosterAmendment, Shift
from app.roster.queries import roster_seen, visible_shift_id
from app.roster.schemas import ShiftOut
from app.roster.workflow import AmendmentKind, RosterStatus


class ShiftBegun(Conflict):
    """A shift is changed before it starts only."""


class ReasonMissing(Unprocessable):
    """A shift of a published roster is changed with a `reason`."""


async def amend(session: Session, by: Actor, edits: Sequence[Edit], why: Why) -> list[ShiftOut]:
    """Change shifts together, all or none; who calls this has made sure that the caller may.

    Those of a published roster need a reason, keep to its hard rules unless overridden, and are recorded. Signing up
    keeps to the rules in a draft too. Answers the shifts that are left, in the order they were made.

    Raises:
        ReasonMissing, ShiftBegun, SeatTaken.
        RulesUnmet: a hard rule would be unmet, or by more than before, and nobody overrides it; names every one.
        Unprocessable: a beat or officer cannot be had, or the crew of a shift without a roster would not be whole.
    """
    rosters, shifts = await queries.hold(session, [edit.shift_id for edit in edits])
    published = {found.id for found in rosters.values() if found.status == RosterStatus.PUBLISHED}
    if published and why.reason is None:
        raise ReasonMissing
    signing_up = {shifts[edit.shift_id].roster_id for edit in edits if edit.kind is AmendmentKind.SIGNED_UP}
    guarded = [found for found in rosters.values() if found.id in published | signing_up]
    before = {shift.id: shift for shift in await roster.shown(session, list(shifts))}
    now = await instant(session)
    # Nobody is on duty on a draft: its shifts are planned from when it begins, though that be an hour ago.
    if any(shift.signed_on_at or now >= shift.starts_at for shift in before.values() if not shift.is_draft):
        raise ShiftBegun
    known = await _unmet(session, guarded)
    await effects.carry_out(session, by, shifts, edits)
    broken = worse(known, await _unmet(session, guarded))
    if broken and not _overrides(by, guarded, why):
        raise checking.refusal(broken)
    left = [edit.shift_id for edit in edits if edit.kind is not AmendmentKind.CANCELLED]
    after = {shift.id: shift for shift in await roster.announce(session, "shift.changed", left)}
    for edit in edits:
        record(session, by, (before[edit.shift_id], after.get(edit.shift_id)), edit.kind, why, broken)
    await session.flush()
    return list(after.values())


async def _unmet(session: Session, rosters: Sequence[Roster]) -> list[Unmet]:
    return [item for found in rosters for item in await checking.unmet(session, found)]


def _overrides(by: Actor, rosters: Sequence[Roster], why: Why) -> bool:
    if why.override is None:
        return False
    if not all(OVERRIDES & by.roles_at(found.centre_id) for found in rosters):
        raise Forbidden("A hard rule is overridden by a shift leader or leader.")
    return True


def record(
    session: Session,
    by: Actor,
    shift: tuple[ShiftOut, ShiftOut | None],
    kind: AmendmentKind,
    why: Why,
    broken: Sequence[Unmet] = (),
) -> None:
    """Record what a shift of a published roster was before and is after; of others nothing is recorded.

    Whoever changes a shift by itself, as a crew that is on duty, calls this with the shift shown before and after.
    """
    before, after = shift
    if before.roster_id is None or before.is_draft:
        return
    role = acting_as(by.roles_at(before.centre.id) or by.held)
    made = RosterAmendment(
        roster_id=before.roster_id,
        shift_id=before.id,
        kind=kind.value,
        before=_snapshot(before),
        after=after and _snapshot(after),
        reason=why.reason,
        override=why.override if broken else None,
        overridden=[UnmetOut.model_validate(item).model_dump(mode="json") for item in broken],
        account_id=by.account_id,
        role=role.value,
    )
    session.add(made)
    departments = {group.department.id for one in shift if one for group in one.crew}
    scope = [before.centre.id, *sorted(departments)]
    facts = {"shift_id": str(before.id), "kind": kind.value, "reason": why.reason, "role": role.value}
    outbox.record(session, "roster.amended", before.roster_id, scope, **facts)


def _snapshot(shift: ShiftOut) -> dict[str, Any]:
    members = [member for group in shift.crew for member in group.members]
    facts = shift.model_dump(mode="json", include={"version", "starts_at", "ends_at"})
    crew = [{"officer": member.number, "is_leader": member.is_leader} for member in members]
    return facts | {"patrol": shift.patrol.code, "beat": shift.beat and shift.beat.code, "crew": crew}


async def held(session: Session, by: Actor, shift_id: UUID, based_on: int) -> Shift:
    """The shift, its roster held before it, for who runs the duty of its centre.

    Raises:
        NotFound, Forbidden, VersionStale.
    """
    if await visible_shift_id(session, by, shift_id) is None:
        raise NotFound
    _, shifts = await queries.hold(session, [shift_id])
    if shift_id not in shifts:
        raise NotFound
    roster.must_run(by, shifts[shift_id].centre_id)
    require_version(based_on, shifts[shift_id].version)
    return shifts[shift_id]


async def change_shift(session: Session, by: Actor, shift_id: UUID, body: ShiftChange, based_on: int) -> ShiftOut:
    """Change a shift that has not begun; a crew given takes the place of the one it has."""
    await held(session, by, shift_id, based_on)
    return (await amend(session, by, [Edit(shift_id, AmendmentKind.CHANGED, body)], body.why()))[0]


async def cancel_shift(session: Session, by: Actor, shift_id: UUID, why: Why, based_on: int) -> None:
    """Take a shift that has not begun off the plan."""
    await held(session, by, shift_id, based_on)
    await amend(session, by, [Edit(shift_id, AmendmentKind.CANCELLED)], why)


async def amendments(
    session: Session, caller: Actor, roster_id: UUID, after: UUID | None, limit: int
) -> list[AmendmentOut]:
    """A roster's amendments, the oldest first, one more than asked for; for its centre and those above."""
    found = await roster_seen(session, caller, roster_id)
    if found is None or found.centre_id not in caller.centres:
        raise NotFound
    return [_shown(*row) for row in await queries.amendments(session, roster_id, after, limit)]


def _shown(made: RosterAmendment, username: str) -> AmendmentOut:
    facts = {name: getattr(made, name) for name in AmendmentOut.model_fields if name != "by"}
    return AmendmentOut.model_validate(facts | {"by": username})
