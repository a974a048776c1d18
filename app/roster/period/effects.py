"""How a roster's shifts are made of its templates: again and again, keeping what still fits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

from app.catalogue.calendar.service import calendar_of_centre
from app.core.db import Session
from app.core.problems import Unprocessable
from app.identity.queries import now as instant
from app.roster.check import queries as checking
from app.roster.check.service import sitter
from app.roster.models import CrewMember, Roster, Shift
from app.roster.period import queries
from app.roster.period.schemas import Generated
from app.roster.period.workflow import Free, Key, Slot, Span, fitting, slots
from app.roster.queries import beats_by_code
from app.roster.template import service as templates

MOST_SHIFTS = 5000


async def generate(session: Session, roster: Roster) -> Generated:
    """Make the shifts that the templates give and that are not over.

    A shift whose template has changed since is changed, and keeps the seats that still fit; others stay as they are,
    so does what has begun. One that no template gives any more goes.

    Raises:
        Unprocessable: a template or beat is not there, no patrol is free, or there are too many shifts.
        Conflict: another roster has shifts of a template on one of the days.
    """
    now = await instant(session)
    wanted = await _wanted(session, roster, now)
    there = {_key(shift): shift for shift in await queries.shifts_held(session, roster.id)}
    ahead = {key: shift for key, shift in there.items() if shift.starts_at > now}
    gone = [shift for key, shift in ahead.items() if key not in wanted]
    for shift in gone:
        await session.delete(shift)
    await session.flush()
    stale = [
        key for key, shift in ahead.items() if key in wanted and shift.template_version != wanted[key].template.version
    ]
    new = [key for key in wanted if key not in there]
    planner = await _Planner.of(session, roster, [wanted[key] for key in (*stale, *new)])
    left = await _change(session, planner, {ahead[key]: wanted[key] for key in stale})
    session.add_all(
        [planner.shift(wanted[key]) for key in sorted(new, key=lambda key: wanted[key].crew.patrol is None)]
    )
    await session.flush()
    kept = len(ahead) - len(gone) - len(stale)
    return Generated(made=len(new), changed=len(stale), kept=kept, removed=len(gone), unseated=left)


def _key(shift: Shift) -> Key:
    assert shift.template_id and shift.planned_on and shift.slot is not None  # noqa: S101, PT018  # a roster's shift has all
    return Key(shift.template_id, shift.planned_on, shift.slot)


async def _wanted(session: Session, roster: Roster, now: datetime) -> dict[Key, Slot]:
    zone = (await calendar_of_centre(session, roster.centre_id)).zone
    of_centre = await templates.of_centre(session, roster.centre_id, roster.templates)
    found = {slot.key: slot for slot in slots(of_centre, roster.starts_on, roster.ends_on, zone) if slot.ends_at > now}
    if len(found) > MOST_SHIFTS:
        raise Unprocessable(f"A roster has at most {MOST_SHIFTS} shifts; this one would have {len(found)}.")
    return found


class _Planner:
    """Gives slots patrols and beats of the roster's centre."""

    def __init__(self, roster: Roster, patrols: Mapping[str, UUID], beats: Mapping[str, UUID], free: Free) -> None:
        self.roster, self.patrols, self.beats, self.free = roster, patrols, beats, free

    @classmethod
    async def of(cls, session: Session, roster: Roster, wanted: Sequence[Slot]) -> "_Planner":
        """Look everything up."""
        centre, free = roster.centre_id, Free()
        if wanted:
            for row in await queries.patrols_taken(session, centre, _around(wanted)):
                free.take(row.patrol_id, (row.starts_at, row.ends_at))
        beats = await beats_by_code(session, [centre], {slot.beat for slot in wanted if slot.beat})
        return cls(roster, await queries.patrols(session, centre), {code: id for (_, code), id in beats.items()}, free)

    def shift(self, slot: Slot) -> Shift:
        """A new shift."""
        facts = self.facts(slot) | {
            "template_id": slot.key.template_id,
            "planned_on": slot.key.on,
            "slot": slot.key.slot,
        }
        return Shift(roster_id=self.roster.id, centre_id=self.roster.centre_id, patrol_id=self._patrol(slot), **facts)

    def facts(self, slot: Slot) -> dict[str, object]:
        """What of a shift follows its template."""
        if slot.beat is not None and slot.beat not in self.beats:
            raise Unprocessable(f"The centre has no beat {slot.beat}.", template=slot.template.code)
        return {
            "beat_id": slot.beat and self.beats[slot.beat],
            "starts_at": slot.starts_at,
            "ends_at": slot.ends_at,
            "wanted": asdict(slot.wanted),
            "template_version": slot.template.version,
        }

    def named(self, slot: Slot) -> UUID | None:
        """The patrol that the template names."""
        if slot.crew.patrol is None:
            return None
        if slot.crew.patrol not in self.patrols:
            raise Unprocessable(f"The centre has no patrol {slot.crew.patrol}.", template=slot.template.code)
        return self.patrols[slot.crew.patrol]

    def _patrol(self, slot: Slot) -> UUID:
        span = slot.starts_at, slot.ends_at
        found = self.named(slot) or self.free.first(self.patrols, span)
        if found is None:
            raise Unprocessable(
                "No patrol of the centre is free.", template=slot.template.code, starts_at=slot.starts_at
            )
        self.free.take(found, span)
        return found


async def _change(session: Session, planner: _Planner, stale: Mapping[Shift, Slot]) -> list[str]:
    """Let shifts follow their templates; says whose seat no longer fitted."""
    if not stale:
        return []
    ids = [shift.id for shift in stale]
    rows, seats = await checking.crews(session, ids), await queries.members(session, ids)
    await queries.empty(session, ids)
    for shift, slot in stale.items():
        facts = planner.facts(slot) | {
            "patrol_id": planner.named(slot) or shift.patrol_id,
            "version": shift.version + 1,
        }
        for name, value in facts.items():
            setattr(shift, name, value)
    await session.flush()
    busy = Free()
    for row in await queries.officers_taken(session, {row.officer_id for row in rows}, _around(list(stale.values()))):
        busy.take(row.officer_id, (row.starts_at, row.ends_at))
    left: list[str] = []
    for shift, slot in stale.items():
        span, aboard = (shift.starts_at, shift.ends_at), [row for row in rows if row.shift_id == shift.id]
        fits = fitting(slot.wanted, [sitter(row) for row in aboard])
        for row in aboard:
            if row.number in fits and busy.at(row.officer_id, span):
                busy.take(row.officer_id, span)
                session.add(_again(seats[shift.id, row.officer_id], shift))
            else:
                left.append(row.number)
    await session.flush()
    return sorted(left)


def _again(seat: CrewMember, shift: Shift) -> CrewMember:
    """The same seat at the shift's time now."""
    same = {name: getattr(seat, name) for name in ("officer_id", "department_id", "account_id", "is_leader")}
    return CrewMember(shift_id=shift.id, during=shift.during, **same)


def _around(wanted: Sequence[Slot]) -> Span:
    day = timedelta(days=1)
    return min(slot.starts_at for slot in wanted) - day, max(slot.ends_at for slot in wanted) + day
