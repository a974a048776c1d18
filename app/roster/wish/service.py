"""The use cases of wishes: said by officers about drafts they could be seated on, read by planners, answered."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from app.agency.schemas import DutyRules
from app.core import outbox
from app.core.db import Session
from app.core.once import require_version
from app.core.pages import Page, encode
from app.core.problems import NotFound, Unprocessable
from app.identity.models import Organisation
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.roster.models import Roster
from app.roster.period.service import RosterPublished
from app.roster.queries import officers_by_number, roster_seen
from app.roster.seat.queries import officer_of
from app.roster.service import must_run
from app.roster.wish import queries
from app.roster.wish.models import RosterWish, StandingWish
from app.roster.wish.schemas import (
    AnswerOut,
    OfficerWishes,
    OwnWishes,
    RosterOfOwn,
    Side,
    StandingIn,
    StandingOut,
    TurnIn,
    TurnOut,
    WishesAnswered,
    WishesIn,
)
from app.roster.wish.workflow import Trait, Turn, clash, most_turns, refusal
from app.roster.workflow import RosterStatus, Serving


@dataclass(frozen=True, slots=True)
class _Own:
    """An officer who asks: who they are, and whom they serve when."""

    officer: Any
    serving: Serving

    @classmethod
    async def of(cls, session: Session, caller: Actor) -> "_Own":
        officer = await officer_of(session, caller.account_id)
        if officer is None:
            raise Forbidden("Your account is not an active officer's.")
        return cls(officer, (await officers_by_number(session, [officer.number]))[officer.number][1])

    def seat(self, mix: Mapping[str, int]) -> str | None:
        """The department whose seat the officer would take: the nearest that is wanted."""
        return next((code for code in self.officer.departments if code in mix), None)

    def is_there(self, turn: Turn, centre: Organisation) -> bool:
        """Whether the officer serves the centre then, and is not away."""
        serves = self.serving.serves(frozenset(centre.lineage), turn.starts_at)
        return serves and not self.serving.is_away(turn.starts_at, turn.ends_at)


async def own(session: Session, caller: Actor, roster_id: UUID) -> OwnWishes:
    """The caller's wishes about one roster, with the turns they could be given.

    Raises:
        NotFound: there is no such roster on which the caller could be seated.
    """
    me = await _Own.of(session, caller)
    row = await queries.roster(session, roster_id, me.serving.places)
    if row is None or not (shown := await _shown(session, me, [row])):
        raise NotFound
    return shown[0]


async def all_own(session: Session, caller: Actor, after: list[Any] | None, limit: int) -> Page[OwnWishes]:
    """The drafts the caller may say wishes about, and what they have said. A page may hold fewer than asked for."""
    me = await _Own.of(session, caller)
    place: tuple[date, UUID] | None = (after[0], after[1]) if after else None
    rows = await queries.rosters(session, me.officer.id, me.serving.places, place, limit)
    last = rows[limit - 1][0] if len(rows) > limit else None
    following = encode("own-wishes", last.starts_on, last.id) if last else None
    return Page(items=await _shown(session, me, rows[:limit]), next=following)


async def say(session: Session, by: Actor, roster_id: UUID, body: WishesIn, based_on: int) -> OwnWishes:
    """Say what the caller would rather do, and rather not, on a draft; what was said before is replaced.

    Raises:
        NotFound, VersionStale, RosterPublished.
        Unprocessable: a turn is not offered to them, there are too many, or nobody could do two that are wished for.
    """
    me = await _Own.of(session, by)
    row = await queries.roster(session, roster_id, me.serving.places, is_held=True)
    offered = await _offered(session, me, [row] if row else [])
    if row is None or not offered[roster_id]:
        raise NotFound
    roster, _ = row
    said = (await queries.said(session, me.officer.id, [roster_id])).get(roster_id)
    facts = {side.value: [turn.model_dump(mode="json") for turn in getattr(body, side)] for side in Side}
    if said is None or any(getattr(said, name) != value for name, value in facts.items()):
        require_version(based_on, said.version if said else 0)
        if roster.status != RosterStatus.DRAFT:
            raise RosterPublished
        _check(roster, body, offered[roster_id])
        _keep(session, said or RosterWish(roster_id=roster_id, officer_id=me.officer.id), facts)
        await session.flush()
        outbox.record(session, "wish.said", roster_id, [by.account_id], roster_id=str(roster_id))
    return (await _shown(session, me, [row]))[0]


def _keep(session: Session, row: RosterWish | StandingWish, facts: Mapping[str, Any]) -> None:
    for name, value in facts.items():
        setattr(row, name, value)
    row.version = (row.version or 0) + 1
    if isinstance(row, RosterWish):
        row.answers = row.share = row.answered_at = None
    session.add(row)


def _check(roster: Roster, body: WishesIn, offered: Mapping[Turn, tuple[int, bool]]) -> None:
    ahead = {turn[:2]: turn for turn, (_, is_ahead) in offered.items() if is_ahead}
    rather, rather_not = (
        [ahead.get((turn.starts_at, turn.ends_at), Turn(turn.starts_at, turn.ends_at)) for turn in turns]
        for turns in (body.rather, body.rather_not)
    )
    if why := refusal(rather, rather_not, ahead.values(), _most(roster)):
        raise Unprocessable(why)
    if both := clash(rather, timedelta(hours=DutyRules.model_validate(roster.settings).rest_hours)):
        raise Unprocessable(
            "Nobody can do two of the turns wished for, with the rest between them.",
            turns=[TurnIn.model_validate(turn).model_dump(mode="json") for turn in both],
        )


def _most(roster: Roster) -> int:
    days = (roster.ends_on - roster.starts_on).days + 1
    return most_turns(days, DutyRules.model_validate(roster.settings).wishes_a_week)


async def _offered(
    session: Session, me: _Own, rows: Sequence[queries.RosterRow]
) -> defaultdict[UUID, dict[Turn, tuple[int, bool]]]:
    """The turns of rosters that the officer could be given: how many seats they have, and whether they are ahead."""
    centres = {roster.id: centre for roster, centre in rows}
    found: defaultdict[UUID, dict[Turn, tuple[int, bool]]] = defaultdict(dict)
    for row in await queries.shifts(session, centres):
        turn = Turn(row.starts_at, row.ends_at, row.wanted["is_standby"])
        seat = me.seat(row.wanted["mix"])
        if seat is not None and me.is_there(turn, centres[row.roster_id]):
            seats, _ = found[row.roster_id].get(turn, (0, False))
            found[row.roster_id][turn] = seats + row.wanted["mix"][seat], row.is_ahead
    return found


async def _shown(session: Session, me: _Own, rows: Sequence[queries.RosterRow]) -> list[OwnWishes]:
    """Those of the rosters on which the officer could be seated, or about which they have said something."""
    offered = await _offered(session, me, rows)
    said = await queries.said(session, me.officer.id, [roster.id for roster, _ in rows])
    return [
        _one(roster, centre, offered[roster.id], said.get(roster.id))
        for roster, centre in rows
        if offered[roster.id] or roster.id in said
    ]


def _one(
    roster: Roster, centre: Organisation, offered: Mapping[Turn, tuple[int, bool]], said: RosterWish | None
) -> OwnWishes:
    sides = {
        (turn.starts_at, turn.ends_at): side
        for side in Side
        for turn in map(TurnIn.model_validate, getattr(said, side) if said else ())
    }
    is_draft = roster.status == RosterStatus.DRAFT
    facts = {name: getattr(roster, name) for name in ("id", "title", "starts_on", "ends_on", "status")}
    return OwnWishes(
        roster=RosterOfOwn.model_validate(facts | {"centre": centre}),
        version=said.version if said else 0,
        most=_most(roster),
        may_change=is_draft and any(is_ahead for _, is_ahead in offered.values()),
        turns=[
            TurnOut(**turn._asdict(), seats=seats, wish=sides.get(turn[:2])) for turn, (seats, _) in offered.items()
        ],
        share=said.share if said else None,
        answered_at=said.answered_at if said else None,
        answers=_answers(said),
    )


def _answers(said: RosterWish | None) -> list[AnswerOut]:
    return [AnswerOut.model_validate(one) for one in (said.answers if said else None) or ()]


async def standing(session: Session, caller: Actor) -> StandingOut:
    """The caller's standing wishes."""
    me = await _Own.of(session, caller)
    found = (await queries.standing(session, [me.officer.id])).get(me.officer.id)
    return StandingOut.model_validate(found) if found else StandingOut(version=0, rather=[], rather_not=[])


async def say_standing(session: Session, by: Actor, body: StandingIn, based_on: int) -> StandingOut:
    """Say what duties the caller would rather have, and rather not, on every roster; it replaces what was said."""
    me = await _Own.of(session, by)
    found = (await queries.standing(session, [me.officer.id])).get(me.officer.id)
    facts = body.model_dump(mode="json")
    if found is None or any(getattr(found, name) != value for name, value in facts.items()):
        require_version(based_on, found.version if found else 0)
        found = found or StandingWish(officer_id=me.officer.id)
        _keep(session, found, facts)
        await session.flush()
        outbox.record(session, "wish.said", found.id, [by.account_id], version=found.version)
    return StandingOut.model_validate(found)


async def of_roster(
    session: Session, caller: Actor, roster_id: UUID, after: str | None, limit: int
) -> list[OfficerWishes]:
    """What officers wish of a roster, one more than asked for, for who runs the duty of its centre.

    Raises:
        NotFound, Forbidden.
    """
    roster = await roster_seen(session, caller, roster_id)
    if roster is None:
        raise NotFound
    must_run(caller, roster.centre_id)
    return [
        OfficerWishes(
            officer=officer.number,
            display_name=officer.display_name,
            rather=[TurnIn.model_validate(turn) for turn in said.rather] if said else [],
            rather_not=[TurnIn.model_validate(turn) for turn in said.rather_not] if said else [],
            standing_rather=[Trait(trait) for trait in lasting.rather] if lasting else [],
            standing_rather_not=[Trait(trait) for trait in lasting.rather_not] if lasting else [],
            share=said.share if said else None,
            answered_at=said.answered_at if said else None,
            answers=_answers(said),
        )
        for officer, said, lasting in await queries.page(session, roster, after, limit)
    ]


async def answer(session: Session, roster_id: UUID, answered: Collection[WishesAnswered]) -> None:
    """Keep what a proposal that is applied makes of wishes, and tell those whose they are."""
    people = await queries.officers(session, [one.officer for one in answered])
    rows = [
        {
            "officer_id": people[one.officer].id,
            "share": one.share,
            "answers": [answer.model_dump(mode="json") for answer in one.answers],
        }
        for one in answered
    ]
    if rows:
        await queries.answer(session, roster_id, rows)
        told = sorted({person.account_id for person in people.values() if person.account_id})
        outbox.record(session, "wish.answered", roster_id, told, roster_id=str(roster_id))
