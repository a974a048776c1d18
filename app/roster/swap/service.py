"""The use cases of swaps: a seat offered, taken over, and exchanged in one recorded change once it is approved."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app.agency.models import Officer
from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.identity.queries import now as instant
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.roster.amendment import queries as changing
from app.roster.amendment.schemas import Edit, Why
from app.roster.amendment.service import amend
from app.roster.models import Shift
from app.roster.queries import officers_by_number, visible_shift_id
from app.roster.schemas import Named, Seat
from app.roster.seat.queries import officer_of
from app.roster.swap import queries
from app.roster.swap.models import Swap
from app.roster.swap.schemas import Colleague, SwapFilter, SwapIn, SwapOut, SwapShift, SwapTransitionIn
from app.roster.swap.workflow import MOVES, By, Standing, SwapAction, allowed, same_seat
from app.roster.workflow import AmendmentKind, RosterStatus, Serving, SwapState, Wanted

NOWHERE = Serving(frozenset())


class SwapSettled(Conflict):
    """This swap cannot be moved so any more; `allowed` lists what the caller may still do."""


class SeatsChanged(Conflict):
    """A seat or a shift of this swap is not what it was when the swap was proposed."""


class _Me(NamedTuple):
    """The caller as an officer, if one: number, departments nearest first, whom they serve."""

    officer: Any
    serving: Serving

    @classmethod
    async def of(cls, session: Session, caller: Actor) -> "_Me":
        found = await officer_of(session, caller.account_id)
        if found is None:
            return cls(None, NOWHERE)
        return cls(found, (await officers_by_number(session, [found.number]))[found.number][1])


async def propose(session: Session, by: Actor, body: SwapIn) -> SwapOut:
    """Offer one's own seat on a shift that has not begun.

    Raises:
        Forbidden: the caller is no officer.
        Unprocessable: the caller does not sit there, or there is no such colleague or seat.
        Conflict: the seat is offered already (the database's own constraint).
    """
    me = await _Me.of(session, by)
    if me.officer is None:
        raise Forbidden("Your account is not an active officer's.")
    shifts = await _offered(session, by, body)
    crews = await _crews(session, shifts)
    if me.officer.number not in crews[body.shift_id]:
        raise Unprocessable("There is no such shift ahead that you sit on.")
    colleague = None if body.to is None else await _colleague(session, me, body, crews)
    made = Swap(
        id=body.id or uuid7(),
        shift_id=body.shift_id,
        officer_id=me.officer.id,
        to_officer_id=None if colleague is None else colleague.id,
        for_shift_id=body.for_shift_id,
        centre_id=shifts[body.shift_id].centre_id,
        state=SwapState.PROPOSED.value,
        is_open=colleague is None,
        terms=_terms(shifts),
        note=body.note,
    )
    session.add(made)
    await session.flush()
    return await _announced(session, by, me, made)


async def _offered(session: Session, by: Actor, body: SwapIn) -> Mapping[UUID, Shift]:
    wanted = [one for one in (body.shift_id, body.for_shift_id) if one]
    seen = [one for one in wanted if await visible_shift_id(session, by, one)]
    rosters, shifts = await changing.hold(session, seen)
    now = await instant(session)
    is_ahead = all(shift.signed_on_at is None and shift.starts_at > now for shift in shifts.values())
    drafts = any(roster.status == RosterStatus.DRAFT for roster in rosters.values())
    if len(shifts) < len(wanted) or drafts or not is_ahead:
        raise Unprocessable("There is no such shift ahead that you sit on.")
    if len({shift.centre_id for shift in shifts.values()}) > 1:
        raise Unprocessable("Seats are exchanged within one centre.")
    return shifts


async def _crews(session: Session, shifts: Mapping[UUID, Shift]) -> dict[UUID, dict[str, bool]]:
    """Who sits on these shifts, by number, and whether they lead."""
    aboard: dict[UUID, dict[str, bool]] = {shift_id: {} for shift_id in shifts}
    for shift_id, number, leads in await changing.members(session, list(shifts)):
        aboard[shift_id][number] = leads
    return aboard


async def _colleague(session: Session, me: _Me, body: SwapIn, crews: Mapping[UUID, Mapping[str, bool]]) -> Officer:
    found = (await officers_by_number(session, [body.to or ""])).get(body.to or "")
    fits = found is not None and found[0].is_active and found[0].id != me.officer.id
    if found is None or not fits or not _fit(crews, body.shift_id, body.for_shift_id, (me.officer.number, body.to)):
        raise Unprocessable(f"There is no colleague {body.to} with whom you can swap these seats.")
    return found[0]


def _fit(
    crews: Mapping[UUID, Mapping[str, bool]], given: UUID, taken: UUID | None, officers: tuple[str, str | None]
) -> bool:
    """Whether the seats are as a swap has them: who gives sits there, who takes does not; and the other way round."""
    giver, taker = officers
    fits = giver in crews[given] and taker not in crews[given]
    return fits and (taken is None or (taker in crews[taken] and giver not in crews[taken]))


def _terms(shifts: Mapping[UUID, Shift]) -> dict[str, Any]:
    """What both agree to: when and on which beat each shift is."""
    return {
        str(shift.id): [shift.starts_at.isoformat(), shift.ends_at.isoformat(), shift.beat_id and str(shift.beat_id)]
        for shift in shifts.values()
    }


async def move(session: Session, by: Actor, swap_id: UUID, body: SwapTransitionIn, based_on: int) -> SwapOut:
    """Accept, decline, withdraw, approve or refuse a swap. Approving exchanges the seats, as a recorded change.

    Raises:
        SwapSettled: it is settled, or a shift has begun.
        SeatsChanged: a seat or shift is not what it was.
        RulesUnmet, SeatTaken, NotAvailable: with the seats exchanged a hard rule would be unmet.
    """
    me, action = await _Me.of(session, by), SwapAction(body.action)
    found = await queries.swap(session, by, me.serving.places, swap_id)
    if found is None:
        raise NotFound
    # Held in the order of all who change shifts: rosters, shifts, then what hangs on them.
    _, shifts = await changing.hold(session, _shift_ids(found[0]))
    row = await queries.swap(session, by, me.serving.places, swap_id, is_held=True)
    if row is None:
        raise SwapSettled("Somebody else took it meanwhile.", allowed=[])
    swap, standing = row[0], _standing(by, me, row)
    require_version(based_on, swap.version, state=swap.state)
    # A key that may only read must not give anybody's seat away.
    reads_only = MOVES[action].by is not By.PLANNER and Right.POSITIONS_WRITE not in by.rights
    if reads_only or not standing.makes(MOVES[action]):
        raise Forbidden(f"Done by the {MOVES[action].by}.")
    can = allowed(SwapState(swap.state), standing, has_begun=row.has_begun)
    if action not in can:
        raise SwapSettled(f"It is {swap.state}.", state=swap.state, allowed=can)
    await _carry_out(session, by, me, row, shifts, body)
    swap.state = MOVES[action].target.value
    swap.version += 1
    await session.flush()
    return await _announced(session, by, me, swap)


async def _carry_out(
    session: Session, by: Actor, me: _Me, row: Any, shifts: Mapping[UUID, Shift], body: SwapTransitionIn
) -> None:
    swap: Swap = row[0]
    if body.action in (SwapAction.ACCEPT, SwapAction.APPROVE):
        taker = me.officer.number if body.action is SwapAction.ACCEPT else row[2].number
        crews = await _crews(session, shifts)
        if swap.terms != _terms(shifts) or not _fit(crews, swap.shift_id, swap.for_shift_id, (row[1].number, taker)):
            raise SeatsChanged
        if body.action is SwapAction.ACCEPT:
            swap.to_officer_id = me.officer.id
        else:
            await amend(session, by, _edits(swap, crews, (row[1].number, taker)), _why(row, body))
    if body.action in (SwapAction.APPROVE, SwapAction.REFUSE):
        swap.decided_by, swap.decided_at, swap.decision_note = by.account_id, await instant(session), body.note


def _edits(swap: Swap, crews: Mapping[UUID, Mapping[str, bool]], officers: tuple[str, str]) -> list[Edit]:
    """Who takes a seat leads if who had it led."""
    giver, taker = officers
    ways = [(swap.shift_id, giver, taker)]
    if swap.for_shift_id is not None:
        ways.append((swap.for_shift_id, taker, giver))
    return [
        Edit(
            shift_id,
            AmendmentKind.SWAPPED,
            seat=(Seat(officer=comes, is_leader=crews[shift_id][leaves]),),
            unseat=frozenset({leaves}),
        )
        for shift_id, leaves, comes in ways
    ]


def _why(row: Any, body: SwapTransitionIn) -> Why:
    said = body.note or row[0].note
    return Why(f"换班 swap {row[1].number} → {row[2].number}" + (f": {said}" if said else ""))


def _shift_ids(swap: Swap) -> list[UUID]:
    return [one for one in (swap.shift_id, swap.for_shift_id) if one]


async def expire(session: Session, batch: int) -> int:
    """End the live swaps of which a shift has begun; says how many."""
    ended = await queries.expire(session, batch)
    for row in ended:
        outbox.record(session, "swap.expired", row.id, [row.centre_id, *row.own], version=row.version)
    return len(ended)


async def swap(session: Session, caller: Actor, swap_id: UUID) -> SwapOut:
    """One swap."""
    me = await _Me.of(session, caller)
    row = await queries.swap(session, caller, me.serving.places, swap_id)
    if row is None:
        raise NotFound
    return _shown(caller, me, row)


async def swaps(
    session: Session, caller: Actor, wanted: SwapFilter, after: UUID | None, limit: int
) -> Sequence[SwapOut]:
    """Swaps the caller may see in the order they were proposed, one more than asked for."""
    me = await _Me.of(session, caller)
    rows = await queries.swaps(session, caller, me.serving.places, wanted, (after, limit))
    return [_shown(caller, me, row) for row in rows]


async def _announced(session: Session, by: Actor, me: _Me, swap: Swap) -> SwapOut:
    await session.flush()
    row = await queries.swap(session, by, me.serving.places, swap.id)
    assert row is not None, "who moves it sees it"  # noqa: S101  # a programming error
    own = [one.account_id for one in row[1:3] if one and one.account_id]
    facts = {"version": swap.version, "shift_id": str(swap.shift_id), "officer_id": str(swap.officer_id)}
    outbox.record(session, f"swap.{swap.state}", swap.id, [swap.centre_id, *own], **facts)
    return _shown(by, me, row)


def _standing(caller: Actor, me: _Me, row: Any) -> Standing:
    swap, giver, taker, given, _, centre = row[:6]
    wanted = Wanted.of(given.wanted) if given.wanted else None
    may_fill = (
        swap.is_open
        and me.officer is not None
        and me.officer.id != giver.id
        and me.serving.serves(frozenset(centre.lineage), given.starts_at)
        and not me.serving.is_away(given.starts_at, given.ends_at)
        and same_seat(wanted, me.officer.departments, row.departments)
    )
    return Standing(
        is_proposer=giver.account_id == caller.account_id,
        is_named=taker is not None and taker.account_id == caller.account_id,
        may_fill=may_fill,
        is_planner=caller.may_at(Right.DUTY_WRITE, swap.centre_id),
    )


def _shown(caller: Actor, me: _Me, row: Any) -> SwapOut:
    swap, giver, taker, given, taken, centre = row[:6]
    own = ("id", "version", "created_at", "updated_at", "is_open", "note", "decided_at", "decision_note")
    state = SwapState(swap.state)
    return SwapOut(
        **{name: getattr(swap, name) for name in own},
        state=state,
        centre=Named.model_validate(centre),
        officer=_officer(giver),
        to=_officer(taker) if taker else None,
        shift=_shift(given, row.patrol),
        for_shift=_shift(taken, row.for_patrol) if taken else None,
        decided_by=row.decided_by,
        allowed_actions=allowed(state, _standing(caller, me, row), has_begun=row.has_begun),
    )


def _officer(one: Officer) -> Colleague:
    return Colleague(officer_id=one.id, number=one.number, display_name=one.display_name)


def _shift(one: Shift, patrol: str) -> SwapShift:
    return SwapShift(id=one.id, patrol=patrol, starts_at=one.starts_at, ends_at=one.ends_at)
