"""Who sees what, worked out from the rules in words (docs/visibility.md) on plain things: what answers are held to."""

from collections.abc import Iterable

from app.identity.workflow import RIGHTS, Right, Role
from tests.leaks.things import (
    Account,
    Competence,
    Fact,
    Handover,
    Incident,
    Leave,
    Notice,
    Officer,
    Patrol,
    Place,
    Roster,
    Secondment,
    Share,
    Shift,
    Sos,
    Swap,
    Webhook,
    World,
)

OPENS_NOTHING = {Role.VOLUNTEER}
WATCHING = {Role.ACCEPTOR, Role.DISPATCHER, Role.SHIFT_LEADER, Role.LEADER, Role.AUDITOR}
SPEAK = {Role.LEADER, Role.SHIFT_LEADER, Role.DEPARTMENT_DESK}
TEAMS = {"volunteer", "company"}


class Eyes:
    """One caller of a world, and what they see of it."""

    def __init__(self, world: World, account: Account) -> None:
        self.world, self.me = world, account
        self.grants = [grant for grant in account.grants if not grant.is_expired] if account.is_active else []
        self.rights = {right for grant in self.grants for right in RIGHTS[grant.role]}

    # --- places -----------------------------------------------------------------------------------------------------

    def _given(self, right: Right) -> list[Place]:
        """Where a role with this right was given, roles that open nothing included."""
        return [grant.place for grant in self.grants if right in RIGHTS[grant.role]]

    def _opened(self, right: Right, *, centre: bool) -> set[Place]:
        """The centres opened by grants at centres, or the departments opened by grants at departments.

        A right counts where it is held, there and below, and nowhere else.
        """
        given = [
            grant.place
            for grant in self.grants
            if right in RIGHTS[grant.role] and grant.role not in OPENS_NOTHING and grant.place.is_centre == centre
        ]
        return {place for place in self.world.places if place.is_centre == centre and _meet(given, place.above)}

    def centres(self, right: Right = Right.DUTY_READ) -> set[Place]:
        """The centres whose matters of a kind are the caller's."""
        return self._opened(right, centre=True)

    def departments(self, right: Right = Right.DUTY_READ) -> set[Place]:
        """The same of departments."""
        return self._opened(right, centre=False)

    def runs(self, centre: Place) -> bool:
        """Whether the caller runs the duty of a centre."""
        return centre in self.centres(Right.DUTY_WRITE)

    def reaches(self, place: Place | None) -> bool:
        """At or below a place where a role that looks at the organisation was given."""
        return place is not None and _meet(self._given(Right.ORGANISATION_READ), place.above)

    def place(self, place: Place) -> bool:
        """An organisation: those reached, everything above them, and the departments of those above."""
        above = {one for given in self._given(Right.ORGANISATION_READ) for one in given.above}
        at_hand = not place.is_centre and place.parent in above
        return self.reaches(place) or place in above or at_hand

    def jurisdiction(self, root: Place | None) -> bool:
        """A catalogue or calendar of a jurisdiction where the caller was given a role, or for all."""
        return root is None or any(given.above[0] is root for given in self._given(Right.CATALOGUE_READ))

    def watches(self, centre: Place) -> bool:
        """Whether the caller has a duty role at a centre, by which one may know who was told of what."""
        return any(grant.role in WATCHING and grant.place in centre.above for grant in self.grants)

    def edition(self, centre: Place) -> bool:
        """What a centre publishes: it holds where the caller works, or is published there or below."""
        given = self._given(Right.CATALOGUE_READ)
        return _meet(given, centre.above) or any(centre in one.above for one in given)

    # --- incidents --------------------------------------------------------------------------------------------------

    def _crews_with_me(self) -> set[Patrol]:
        return {
            shift.patrol
            for shift in self.world.shifts
            if shift.is_on and any(seat.account is self.me and not seat.has_left for seat in shift.seats)
        }

    def by_office(self, incident: Incident) -> bool:
        """By the caller's centre, at or above its ground; by a department that leads it, or is called or was lately."""
        called = {summons.department for summons in incident.summons if summons.reads != "over"}
        departments = self.departments(Right.INCIDENTS_READ)
        return (
            incident.home in self.centres(Right.INCIDENTS_READ)
            or incident.lead_department in departments
            or bool(called & departments)
        )

    def by_person(self, incident: Incident) -> bool:
        """Reported it, holds its open task, or is on duty with a patrol that is sent to it or holds the task."""
        mine = self._crews_with_me()
        sent = any(one.is_live and one.patrol in mine for one in incident.assignments)
        held = any(task.is_open and (task.account is self.me or task.patrol in mine) for task in incident.tasks)
        return incident.reporter is self.me or sent or held

    def incident(self, incident: Incident) -> bool:
        """An incident."""
        return self.by_office(incident) or self.by_person(incident)

    def picture_of(self, incident: Incident) -> bool:
        """A picture: of an incident in sight, or of one merged into one in sight."""
        return self.incident(incident) or (incident.master is not None and self.incident(incident.master))

    def notice(self, notice: Notice) -> bool:
        """What one was told, while all still holds that made it theirs: the role, the incident's sight, the seat."""
        if notice.to is not self.me:
            return False
        by_role = notice.by is None or any(
            grant.role is notice.by.role and grant.place in notice.by.place.above for grant in self.grants
        )
        if notice.incident is not None:
            return by_role and self.incident(notice.incident)
        seated = notice.shift is None or (
            notice.shift.is_on and any(seat.account is self.me and not seat.has_left for seat in notice.shift.seats)
        )
        return by_role and seated

    def fact(self, fact: Fact) -> bool:
        """An entry of the log: for whom it names; of an incident, only while that is in their sight.

        What it tells all at its home, it tells those whose own the incident is as well.
        """
        places = self.centres(Right.STREAM_READ) | self.departments(Right.STREAM_READ)
        named = not places.isdisjoint(fact.scope) or self.me in fact.scope
        if fact.incident is None:
            return named
        own = self.by_person(fact.incident)
        return (named and self.incident(fact.incident)) or (own and fact.incident.home in fact.scope)

    def share(self, share: Share) -> bool:
        """An agreement of a place for which the caller looks at incidents, on either side."""
        return not {share.giver, share.receiver}.isdisjoint(self._looks())

    def reads(self, share: Share) -> bool:
        """For its receiver, while it is agreed and in its time."""
        return share.receiver in self._looks() and share.state == "accepted" and share.when == "now"

    def shared(self, share: Share) -> list[Incident]:
        """What a share shows the caller: of the giver's own, its incident, or the open ones of its ground."""
        own = [one for one in self.world.incidents if self.reads(share) and share.giver in one.home.above]
        return [one for one in own if one is share.incident or (one.is_open and share.ground in one.home.above)]

    def knows_readings(self, share: Share) -> bool:
        """Who speaks for the giver, and its auditors."""
        return any(
            grant.place in share.giver.above and (grant.role in SPEAK or Right.AUDIT_READ in RIGHTS[grant.role])
            for grant in self.grants
        )

    def _looks(self) -> set[Place]:
        return self.centres(Right.INCIDENTS_READ) | self.departments(Right.INCIDENTS_READ)

    # --- the ground -------------------------------------------------------------------------------------------------

    def commands(self, ground: Place) -> bool:
        """Its cell lies where a centre of the caller's commands."""
        return next(one for one in reversed(ground.above) if one.is_centre) in self.centres()

    def cell(self, ground: Place) -> bool:
        """Its cell is on the caller's ground: where a centre of theirs commands, or at or below a department's area."""
        return self.commands(ground) or not self.departments().isdisjoint(ground.above)

    def out_now(self, patrol: Patrol) -> bool:
        """A patrol on duty, of the caller's centres or with its people."""
        return any(shift.patrol is patrol and shift.is_on for shift in self.world.shifts) and self.patrol(patrol)

    # --- duty -------------------------------------------------------------------------------------------------------

    def with_own(self, shift: Shift) -> bool:
        """The caller, or somebody of the caller's departments, sits there."""
        departments = self.departments()
        return any(
            not seat.has_left and (seat.account is self.me or seat.officer.department in departments)
            for seat in shift.seats
        )

    def shift(self, shift: Shift) -> bool:
        """Of the caller's centres, or with its people; a draft only for who runs the duty there."""
        is_draft = shift.roster is not None and shift.roster.is_draft
        settled = not is_draft and (shift.patrol.centre in self.centres() or self.with_own(shift))
        return settled or self.runs(shift.patrol.centre)

    def patrol(self, patrol: Patrol) -> bool:
        """Of the caller's centres, or on duty with its people."""
        on = [shift for shift in self.world.shifts if shift.patrol is patrol and shift.is_on]
        return patrol.centre in self.centres() or any(self.with_own(shift) for shift in on)

    def roster(self, roster: Roster) -> bool:
        """For who runs the duty; once published, for the centre and for those whose people sit on it."""
        own = any(shift.roster is roster and self.with_own(shift) for shift in self.world.shifts)
        published = not roster.is_draft and (roster.centre in self.centres() or own)
        return published or self.runs(roster.centre)

    def leave(self, leave: Leave) -> bool:
        """One's own, and those one plans for; approved ones of one's centre, department or crew."""
        whole = leave.officer.account is self.me or self.runs(leave.centre)
        near = leave.centre in self.centres() or leave.officer.department in self.departments()
        together = any(
            any(seat.account is self.me for seat in shift.seats)
            and any(seat.officer is leave.officer for seat in shift.seats)
            for shift in self.world.shifts
        )
        return whole or (leave.state == "approved" and (near or together))

    def swap(self, swap: Swap) -> bool:
        """One's own, those named to one, those one decides, and open ones where one may be sent."""
        own = self.me in (swap.officer.account, swap.to and swap.to.account)
        centre = swap.shift.patrol.centre
        open_here = swap.is_open and swap.state == "proposed" and _meet(self._serves(), centre.above)
        return own or self.runs(centre) or open_here

    def _serves(self) -> set[Place]:
        me = next((officer for officer in self.world.officers if officer.account is self.me), None)
        if me is None:
            return set()
        hosts = [one.host for one in self.world.secondments if one.officer is me]
        posted = {place for host in hosts for place in ([host] if host.is_centre else host.above)}
        return posted | ({me.centre} if me.centre else set(me.department.above))

    def at_centre(self, centre: Place) -> bool:
        """A thing that belongs to a centre."""
        return centre in self.centres()

    def sos(self, sos: Sos) -> bool:
        """At a centre of the caller's, of a crew with its people, or its own call."""
        ours = sos.shift is not None and self.with_own(sos.shift)
        return sos.centre in self.centres() or sos.account is self.me or ours

    def welfare(self, shift: Shift) -> bool:
        """At a centre of the caller's, or of a crew with its people."""
        return shift.patrol.centre in self.centres() or self.with_own(shift)

    def handed(self, handover: Handover) -> bool:
        """With the shift it came from or goes to."""
        return any(shift is not None and self.shift(shift) for shift in (handover.from_shift, handover.to_shift))

    def served(self, patrol: Patrol) -> bool:
        """Whether the caller ever sat on a shift of this patrol that was on at some time."""
        return any(
            shift.patrol is patrol and shift.state != "planned" and any(seat.account is self.me for seat in shift.seats)
            for shift in self.world.shifts
        )

    def track_readings(self, patrol: Patrol) -> bool:
        """Who read the track of a patrol: an auditor of its centre, or who sat with it in that hour."""
        aboard = any(
            shift.patrol is patrol and shift.is_on and any(seat.account is self.me for seat in shift.seats)
            for shift in self.world.shifts
        )
        return patrol.centre in self.centres(Right.AUDIT_READ) or aboard

    # --- people -----------------------------------------------------------------------------------------------------

    def officer(self, officer: Officer) -> bool:
        """Of a department or centre reached, or serving with one."""
        hosts = [one.host for one in self.world.secondments if one.officer is officer]
        return any(map(self.reaches, (officer.department, officer.centre, *hosts)))

    def secondment(self, one: Secondment) -> bool:
        """One's own; by home, host or base reached."""
        mine = one.officer.account is self.me
        return mine or any(map(self.reaches, (one.officer.department, one.host, one.officer.centre)))

    def competence(self, one: Competence) -> bool:
        """Of a department in sight."""
        return self.place(one.department)

    def team(self, place: Place) -> bool:
        """A team in sight, or one's own."""
        mine = any(officer.account is self.me and officer.department is place for officer in self.world.officers)
        return place.kind in TEAMS and (self.place(place) or mine)

    def account(self, account: Account) -> bool:
        """One that holds, or held, a role where the caller administers accounts."""
        return any(_meet(self._given(Right.ACCOUNTS_WRITE), grant.place.above) for grant in account.grants)

    def webhook(self, webhook: Webhook) -> bool:
        """One of a place where the caller sets up webhooks."""
        return _meet(self._given(Right.WEBHOOKS_WRITE), webhook.place.above)


def _meet(some: Iterable[Place], others: Iterable[Place]) -> bool:
    return not set(some).isdisjoint(others)
