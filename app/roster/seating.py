"""Who may sit on a shift: what the codes and numbers of wished-for shifts mean, whom a centre may send, who is away."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self
from uuid import UUID

from app.agency.models import Officer
from app.core.db import Session
from app.core.ids import uuid7
from app.core.problems import Conflict, Unprocessable
from app.identity.workflow import Actor, Right
from app.roster import queries
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.schemas import Seat, ShiftIn
from app.roster.workflow import Serving


class NotAvailable(Conflict):
    """An officer is not available at the time of a shift."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the codes and numbers in some wished-for shifts mean to this caller, read in six statements."""

    by: Actor
    patrols: Mapping[str, Patrol]
    beats: Mapping[tuple[UUID, str], UUID]
    officers: Mapping[str, tuple[Officer, Serving]]
    lineages: Mapping[UUID, frozenset[UUID]]

    @classmethod
    async def of(cls, session: Session, by: Actor, wanted: Sequence[ShiftIn]) -> Self:
        """Look everything up."""
        patrols = await queries.patrols_by_code(session, by, {shift.patrol for shift in wanted})
        centres = {patrol.centre_id for patrol in patrols.values()}
        return cls(
            by,
            patrols,
            await queries.beats_by_code(session, centres, {shift.beat for shift in wanted if shift.beat}),
            await queries.officers_by_number(
                session, {seat.officer for shift in wanted for seat in shift.crew}, is_held=True
            ),
            await queries.lineages(session, centres),
        )

    def shift(self, at: int, body: ShiftIn) -> Shift:
        """The shift, if its patrol is one whose duty the caller runs and its beat one of that patrol's centre."""
        patrol = self.patrols.get(body.patrol)
        if patrol is None or not self.by.may_at(Right.DUTY_WRITE, patrol.centre_id):
            raise Unprocessable(f"There is no patrol {body.patrol} whose duty you run.", shift=at)
        beat_id = self.beat_id(at, patrol.centre_id, body.beat)
        period = {"starts_at": body.starts_at, "ends_at": body.ends_at}
        shift_id = body.id or uuid7()
        return Shift(id=shift_id, patrol_id=patrol.id, centre_id=patrol.centre_id, beat_id=beat_id, **period)

    def beat_id(self, at: int, centre_id: UUID, code: str | None) -> UUID | None:
        """The beat with this code, if there is to be one."""
        if code is None:
            return None
        found = self.beats.get((centre_id, code))
        if found is None:
            raise Unprocessable(f"The patrol's centre has no beat {code}.", shift=at)
        return found

    def crew(self, at: int, shift: Shift, seats: list[Seat]) -> list[CrewMember]:
        """The crew, if every officer is active, one this centre may send, and available at that time.

        Raises:
            Unprocessable, NotAvailable.
        """
        crew = []
        for seat in seats:
            found = self.officers.get(seat.officer)
            if found is None or not found[0].is_active or not self._may_send(found[1], shift):
                raise Unprocessable(f"There is no active officer {seat.officer} whom this centre may send.", shift=at)
            crew.append(CrewMember.seated(found[0], shift, is_leader=seat.is_leader))
        # After that: whether somebody is away is not said of those the caller may not send.
        self.check_free(shift, [seat.officer for seat in seats])
        return crew

    def check_free(self, shift: Shift, numbers: Iterable[str]) -> None:
        """Refuse officers who have approved leave at the time of a shift; why, is not said."""
        for number in numbers:
            if number in self.officers and self.officers[number][1].is_away(shift.starts_at, shift.ends_at):
                raise NotAvailable(f"Officer {number} is not available at that time.", officer=number)

    def check_led(self, at: int, crew: Mapping[str, bool]) -> None:
        """Refuse a volunteer or a guard as the leader of an authority's people; `crew` says of each who leads."""
        of_authority = {number: self.officers[number][1].is_authority for number in crew if number in self.officers}
        leader = next((number for number, leads in crew.items() if leads), None)
        if not of_authority.get(leader or "", True) and any(of_authority.values()):
            raise Unprocessable(f"Officer {leader} is of a team and may not lead an authority's people.", shift=at)

    def _may_send(self, officer: Serving, shift: Shift) -> bool:
        """Whom the centre of the shift is served by when it starts, and those whose base or host the caller runs."""
        if officer.serves(self.lineages[shift.centre_id], shift.starts_at):
            return True
        return any(self.by.may_at(Right.DUTY_WRITE, place) for place in officer.places_at(shift.starts_at))
