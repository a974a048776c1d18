"""Worlds by chance, the same for the same seed: trees, grants, crews, incidents and links as nobody would plan them."""

import random
from collections.abc import Callable, Sequence
from itertools import cycle
from typing import TypeVar

from app.identity.workflow import Role
from app.incident.workflow import Status
from tests.leaks.things import (
    Account,
    Alarm,
    ApiKey,
    Assignment,
    Calendar,
    Competence,
    Fact,
    Fill,
    Grant,
    Handover,
    Incident,
    Leave,
    Notice,
    OfCentre,
    Officer,
    Part,
    Patrol,
    Place,
    Roster,
    Scheme,
    Seat,
    Secondment,
    Share,
    Shift,
    Sos,
    Summons,
    Swap,
    Task,
    Template,
    Void,
    Webhook,
    Welfare,
    Whistle,
    World,
)

T = TypeVar("T")
ROLES = [role for role in Role if role is not Role.SYSTEM]
MANY = [
    Role.DISPATCHER,
    Role.PATROL_MEMBER,
    Role.VOLUNTEER,
    Role.DEPARTMENT_DESK,
    Role.SHIFT_LEADER,
    Role.ADMINISTRATOR,
]
ENDED = (Status.CLOSED, Status.REJECTED, Status.VOIDED)


class Maker:
    """Makes one world."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.world = World(seed)
        self.busy: set[Patrol] = set()

    def make(self) -> World:
        """The whole of it."""
        steps: Sequence[Callable[[], None]] = (
            self._tree, self._accounts, self._webhooks, self._officers, self._duty, self._people, self._ground,
            self._safety, self._incidents, self._merged, self._handovers, self._notices, self._facts, self._shares,
        )  # fmt: skip
        for step in steps:
            step()
        return self.world

    def _code(self, word: str, number: int) -> str:
        return f"w{self.world.seed}-{word}{number}"

    def _often(self, share: float) -> bool:
        return self.chance.random() < share

    def _tree(self) -> None:
        """One or two roots; below each, one to four levels of centres and departments."""
        for _ in range(self.chance.choice([1, 2, 2])):
            root = self._place(None, is_centre=True)
            level = [root]
            for _ in range(self.chance.randint(1, 4)):
                above = self.chance.sample(level, min(len(level), 2))
                level = [self._place(one, is_centre=one.is_centre and self._often(0.6)) for one in above for _ in "ab"]
                level = level[:3]
            if not any(root in place.above for place in self.world.departments):
                self._place(root, is_centre=False)
            self.world.schemes.append(Scheme(root, self._code("E", len(self.world.schemes))))
            self.world.calendars.append(Calendar(self._code("cal", len(self.world.calendars)), root))

    def _place(self, parent: Place | None, *, is_centre: bool) -> Place:
        kind = "government" if is_centre else self.chance.choice(["government", "government", "volunteer", "company"])
        code = self._code("c" if is_centre else "d", len(self.world.places))
        place = Place(code, is_centre, parent, kind)
        self.world.places.append(place)
        return place

    def _accounts(self) -> None:
        """Accounts with up to three grants, one switched off, one without any."""
        for number in range(10):
            account = Account(self._code("u", number), is_active=number != 1)
            roles = [self.chance.choice(MANY if self._often(0.6) else ROLES) for _ in range(min(number, 3))]
            for role in dict.fromkeys(roles[: self.chance.choice([1, 2, 2, 3])]):
                account.grants.append(Grant(role, self.chance.choice(self.world.places), self._often(0.12)))
            self.world.accounts.append(account)
            if self._often(0.3):
                self.world.keys.append(ApiKey(account))

    def _webhooks(self) -> None:
        """One at every other place."""
        for place, account in zip(self.world.places[::2], cycle(self.world.accounts), strict=False):
            self.world.webhooks.append(Webhook(place, account))

    def _officers(self) -> None:
        with_phone = self.chance.sample(self.world.accounts, 6)
        for account in (*with_phone, None, None):
            officer = self._officer(account)
            if self._often(0.35):
                self.world.secondments.append(Secondment(officer, self.chance.choice(self.world.places)))

    def _officer(self, account: Account | None) -> Officer:
        department, number = self.chance.choice(self.world.departments), len(self.world.officers)
        centre = self.chance.choice([None, *self.world.centres])
        officer = Officer(self._code("o", number), department, centre, account)
        self.world.officers.append(officer)
        return officer

    def _duty(self) -> None:
        """Patrols with shifts that are on, over, planned, or in somebody's draft."""
        world = self.world
        for centre in world.centres:
            if self._often(0.5):
                world.templates.append(Template(centre))
            for is_draft in (False, True):
                if self._often(0.5):
                    roster = Roster(centre, is_draft)
                    world.rosters.append(roster)
                    world.fills += [Fill(roster)] if self._often(0.5) else []
        for number in range(5):
            patrol = Patrol(self._code("p", number), self.chance.choice(world.centres))
            world.patrols.append(patrol)
            own = [roster for roster in world.rosters if roster.centre is patrol.centre]
            for state in self.chance.sample(["on", "on", "over", "planned"], 2):
                if state == "on" and any(shift.patrol is patrol and shift.is_on for shift in world.shifts):
                    continue
                draft = state == "planned"
                fitting = [roster for roster in own if draft or not roster.is_draft]
                world.shifts.append(Shift(patrol, self.chance.choice([None, *fitting]), state, self._crew()))

    def _crew(self) -> list[Seat]:
        return [
            Seat(self._officer(None), self.chance.choice([None, *self.world.accounts]), self._often(0.2))
            for _ in range(self.chance.randint(0, 3))
        ]

    def _people(self) -> None:
        """Leave and swaps."""
        world, states = self.world, ["asked", "approved", "refused", "cancelled"]
        for officer in world.officers:
            if self._often(0.35):
                asker = officer.account or self.chance.choice(world.accounts)
                centre = officer.centre or self.chance.choice(world.centres)
                world.leaves.append(Leave(officer, centre, self.chance.choice(states), asker))
        planned = [shift for shift in world.shifts if shift.state == "planned" and shift.seats]
        for shift in planned:
            giver = self.chance.choice(shift.seats).officer
            is_open = self._often(0.5)
            others = [one for one in world.officers if one is not giver]
            to = None if is_open else self.chance.choice(others)
            world.swaps.append(Swap(shift, giver, to, is_open, "proposed"))

    def _ground(self) -> None:
        """Beats, checkpoints, minimums with voids, devices: each is a centre's."""
        world = self.world
        for name in ("beats", "checkpoints", "minimums", "devices", "policies", "routing"):
            kept: list[OfCentre] = getattr(world, name)
            kept += [
                OfCentre(self._code(name[0] * 2, at), centre) for at, centre in enumerate(self._some(world.centres))
            ]
        world.voids += [Void(minimum) for minimum in self._some(world.minimums)]
        world.alarms += [Alarm(rules) for rules in self._some(world.routing)]
        world.competences += [Competence(department) for department in self._some(world.departments)]

    def _some(self, of: Sequence[T]) -> list[T]:
        return [one for one in of if self._often(0.5)]

    def _safety(self) -> None:
        world = self.world
        callers = list(world.accounts)
        self.chance.shuffle(callers)
        for shift in world.shifts:
            if shift.state != "planned" and self._often(0.5):
                world.sos.append(Sos(shift.patrol.centre, shift, callers.pop() if self._often(0.6) else None))
            if shift.is_on and self._often(0.6):
                world.welfare.append(Welfare(shift))
        world.sos.append(Sos(self.chance.choice(world.centres), None, callers.pop()))

    def _incidents(self) -> None:
        world, statuses = self.world, [status for status in Status if status is not Status.MERGED]
        for number in range(7):
            home = self.chance.choice(world.centres)
            incident = Incident(
                self._code("N", number),
                self.chance.choice(statuses).value,
                home,
                self.chance.choice([place for place in home.above if place.is_centre]),
                self.chance.choice(world.accounts),
            )
            self._led(incident)
            self._worked_on(incident)
            world.incidents.append(incident)

    def _led(self, incident: Incident) -> None:
        """Who leads, who is sent, who is called; a department may lead without being called, as of old."""
        root = incident.home.above[0]
        near = [place for place in self.world.departments if place.above[0] is root or self._often(0.2)]
        if self._often(0.35):
            incident.lead_department = self.chance.choice(near or self.world.departments)
        elif self._often(0.3):
            incident.lead_patrol = self.chance.choice(self.world.patrols)
        for patrol in self.chance.sample(self.world.patrols, self.chance.randint(0, 2)):
            live = self._often(0.6)
            incident.assignments.append(Assignment(patrol, live, live and patrol in self.busy))
            self.busy |= {patrol} if live else set()
        if self._often(0.5):
            incident.whistles.append(Whistle(is_closed=self._often(0.4)))
        for department in self.chance.sample(self.world.departments, self.chance.randint(0, min(2, len(near)))):
            reads = self.chance.choice(["acting", "reading", "over"])
            incident.summons.append(Summons(department, reads, self.chance.choice([None, *incident.whistles])))

    def _worked_on(self, incident: Incident) -> None:
        for parts in (incident.notes, incident.evidence, incident.requests, incident.clocks, incident.orders):
            parts += [Part(self.chance.choice(self.world.accounts)) for _ in range(self.chance.randint(0, 1))]
        incident.appeals += [Part(clock.by) for clock in self._some(incident.clocks)]
        incident.parked += [Part(clock.by) for clock in self._some(incident.clocks)]
        is_open = self._often(0.6)
        holder = self.chance.randint(0, 2)
        patrol = self.chance.choice(self.world.patrols) if holder == 1 else None
        account = self.chance.choice(self.world.accounts) if holder == 2 else None  # of three ways
        incident.tasks += [Task(patrol, account, is_open)] if self._often(0.4) else []

    def _merged(self) -> None:
        """One or two duplicates, merged into an open incident of the same jurisdiction."""
        for duplicate in self.chance.sample(self.world.incidents, 2):
            root = duplicate.home.above[0]
            masters = [
                one for one in self.world.incidents
                if one is not duplicate and one.home.above[0] is root and one.master is None
                and one.status not in (*ENDED, Status.MERGED)
            ]  # fmt: skip
            is_master = any(one.master is duplicate for one in self.world.incidents)
            if masters and not is_master:
                duplicate.status, duplicate.master = Status.MERGED.value, self.chance.choice(masters)

    def _handovers(self) -> None:
        on = [shift for shift in self.world.shifts if shift.state != "planned"]
        for shift in self._some(on):
            to = self.chance.choice([None, *(other for other in on if other is not shift)])
            incidents = self.chance.sample(self.world.incidents, self.chance.randint(1, 2))
            self.world.handovers.append(Handover(shift, to, incidents))

    def _notices(self) -> None:
        """What somebody was told and may by now have lost: by role, of an incident, on a seat, or for good."""
        for account in self.world.accounts:
            for _ in range(2):
                names = self.chance.choice(self.world.incidents)
                by = self.chance.choice([None, *account.grants])
                about = self.chance.choice([names, names, None])
                seats = [one for one in self.world.shifts if any(seat.account is account for seat in one.seats)]
                shift = self.chance.choice([None, *seats]) if about is None else None
                self.world.notices.append(Notice(account, by, about, shift, names))

    def _facts(self) -> None:
        """Entries of the log, each scoped as it would have been at some time, which may long be over."""
        for incident in self.world.incidents:
            called = [summons.department for summons in incident.summons]
            leads = [incident.lead_department] if incident.lead_department else []
            self._fact("incident.registered", [incident.home, *leads, *self._some(called)], incident)
            self._fact("assignment.offered", [self.chance.choice(self.world.centres), *called], incident)
            self._fact("summons.called", [incident.home, *called], incident)
        for shift in self.world.shifts:
            sent = [seat.officer.department for seat in shift.seats]
            crew = [seat.account for seat in shift.seats if seat.account]
            self._fact("shift.planned", [shift.patrol.centre, *sent, *crew], None)
        for leave in self.world.leaves:
            self._fact("leave.asked", [leave.officer.account] if leave.officer.account else [], None)

    def _fact(self, topic: str, scope: "Sequence[Place | Account]", incident: Incident | None) -> None:
        self.world.facts.append(Fact(topic, list(dict.fromkeys(scope)), incident))

    def _shares(self) -> None:
        """Agreements of all sorts, also of what is not the giver's own, which shows nothing."""
        chance, world = self.chance, self.world
        for _ in range(6):
            giver = chance.choice(world.centres)
            receiver = chance.choice([place for place in world.places if place is not giver])
            own = [one for one in world.incidents if giver in one.home.above]
            incident = chance.choice([*own, *own, *world.incidents]) if self._often(0.5) else None
            ground = None if incident else chance.choice([giver, *world.places])
            state = chance.choice(["accepted", "accepted", "accepted", "proposed", "withdrawn"])
            when = chance.choice(["now", "now", "now", "before", "over"])
            tier = chance.choice(["notice", "summary", "record"])
            world.shares.append(Share(giver, receiver, incident, ground, state, when, tier))
