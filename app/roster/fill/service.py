"""The use cases of filling a roster: asked for, looked at, cancelled, and its proposal applied to the draft."""

from collections import defaultdict
from collections.abc import Sequence
from importlib.util import find_spec
from typing import ClassVar
from uuid import UUID

from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import ANY_VERSION, require_version
from app.core.problems import Conflict, NotFound, Problem
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.roster.amendment import queries as changing
from app.roster.amendment.schemas import Edit
from app.roster.amendment.service import amend
from app.roster.fill import queries
from app.roster.fill.models import RosterFill
from app.roster.fill.schemas import FillIn, FillOut, ProposalOut
from app.roster.fill.workflow import LIVE, FillState
from app.roster.period.service import draft_held
from app.roster.queries import roster_seen
from app.roster.schemas import Seat
from app.roster.seat.service import NO_REASON
from app.roster.service import must_run
from app.roster.wish.service import answer
from app.roster.workflow import AmendmentKind


class SolverMissing(Problem):
    """This service is installed without a solver: filling rosters needs the extra `optimize`."""

    status: ClassVar[int] = 501


class FillEnded(Conflict):
    """The fill has ended: there is nothing left to cancel."""


class NothingToApply(Conflict):
    """The fill has no proposal, or it was applied before."""


class RosterMoved(Conflict):
    """Shifts of the roster changed after the solver had looked at them; fill it again. `shifts` names them."""


async def ask(session: Session, by: Actor, roster_id: UUID, body: FillIn) -> FillOut:
    """Ask for a draft to be filled; a worker takes it up.

    Raises:
        SolverMissing, NotFound, Forbidden, RosterPublished.
        Conflict: it is being filled already (the database's own constraint).
    """
    if find_spec("ortools") is None:
        raise SolverMissing("Install it with: pip install 'lianqin[optimize]'.")
    await draft_held(session, by, roster_id, ANY_VERSION)
    facts = body.model_dump(include={"seconds", "nights_in_a_row", "seed"})
    fill = RosterFill(
        id=body.id or uuid7(), roster_id=roster_id, asked_by=by.account_id, keeps_seats=body.keep_seats, **facts
    )
    session.add(fill)
    return await _shown(session, fill)


async def fill(session: Session, caller: Actor, fill_id: UUID) -> FillOut:
    """One fill."""
    return FillOut.model_validate(await _seen(session, caller, fill_id))


async def fills(
    session: Session, caller: Actor, roster_id: UUID, before: UUID | None, limit: int
) -> Sequence[RosterFill]:
    """The fills of a roster, the latest first, one more than asked for, for who runs the duty of its centre."""
    roster = await roster_seen(session, caller, roster_id)
    if roster is None:
        raise NotFound
    must_run(caller, roster.centre_id)
    return await queries.fills(session, roster_id, before, limit)


async def cancel(session: Session, by: Actor, fill_id: UUID, based_on: int) -> FillOut:
    """Stop a fill; its solver ends within seconds."""
    found = await _seen(session, by, fill_id, is_held=True)
    require_version(based_on, found.version)
    if found.state not in LIVE:
        raise FillEnded(state=found.state)
    found.state, found.ended_at = FillState.CANCELLED.value, await instant(session)
    found.version += 1
    return await _shown(session, found)


async def apply(session: Session, by: Actor, fill_id: UUID, based_on: int) -> FillOut:
    """Seat the proposal in the draft, all or none.

    Raises:
        NotFound, Forbidden, VersionStale, RosterPublished, NothingToApply.
        RosterMoved: shifts changed since.
        SeatTaken, NotAvailable, Unprocessable: an officer cannot be had any more.
    """
    # The roster is held before the fill, as where a roster is thrown away with its fills.
    await draft_held(session, by, (await _seen(session, by, fill_id)).roster_id, ANY_VERSION)
    found = await _seen(session, by, fill_id, is_held=True)
    require_version(based_on, found.version)
    if found.proposal is None or found.basis is None or found.applied_at is not None:
        raise NothingToApply(state=found.state)
    basis = {UUID(id): version for id, version in found.basis.items()}
    versions = await queries.versions(session, basis, is_held=True)
    if moved := sorted(id for id, version in basis.items() if versions.get(id) != version):
        raise RosterMoved(shifts=moved)
    await answer(session, found.roster_id, ProposalOut.model_validate(found.proposal).wishes)
    if edits := await _edits(session, found, list(basis)):
        await amend(session, by, edits, NO_REASON)
    found.applied_at = await instant(session)
    found.version += 1
    return await _shown(session, found)


async def _edits(session: Session, found: RosterFill, shift_ids: Sequence[UUID]) -> list[Edit]:
    """What the proposal changes; whoever sits there stays if seats are kept, else only if proposed."""
    come, go = defaultdict[UUID, list[Seat]](list), defaultdict[UUID, set[str]](set)
    for seat in ProposalOut.model_validate(found.proposal).seats:
        come[seat.shift_id].append(Seat(officer=seat.officer, is_leader=seat.is_leader))
    if not found.keeps_seats:
        for shift_id, number, _ in await changing.members(session, shift_ids):
            if number not in {seat.officer for seat in come[shift_id]}:
                go[shift_id].add(number)
    return [
        Edit(id, AmendmentKind.SEATED, seat=tuple(come[id]), unseat=frozenset(go[id]))
        for id in shift_ids
        if come[id] or go[id]
    ]


async def _seen(session: Session, caller: Actor, fill_id: UUID, *, is_held: bool = False) -> RosterFill:
    found = await queries.fill(session, caller, fill_id, is_held=is_held)
    if found is None:
        raise NotFound
    return found


async def _shown(session: Session, fill: RosterFill) -> FillOut:
    await session.flush()
    await session.refresh(fill)
    return FillOut.model_validate(fill)
