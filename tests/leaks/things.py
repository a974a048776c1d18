"""What a made-up world consists of: plain things that know each other, without a word of SQL."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from app.core.ids import uuid7
from app.identity.workflow import Role


@dataclass(eq=False)
class Thing:
    """Anything with an id."""

    id: UUID = field(default_factory=uuid7, kw_only=True)

    def __str__(self) -> str:
        return str(self.id)


@dataclass(eq=False)
class Place(Thing):
    """A centre or a department, under another or at a root; its own area is the ground it works on."""

    code: str
    is_centre: bool
    parent: "Place | None"
    kind: str = "government"
    area_id: UUID = field(default_factory=uuid7)
    cell_id: UUID = field(default_factory=uuid7)

    @property
    def above(self) -> "list[Place]":
        """Itself and everything above it, the root first."""
        return [*(self.parent.above if self.parent else []), self]


@dataclass(eq=False)
class Grant:
    """A role at a place; an expired one counts for nothing."""

    role: Role
    place: Place
    is_expired: bool = False


@dataclass(eq=False)
class Account(Thing):
    """Somebody who calls."""

    username: str
    grants: list[Grant] = field(default_factory=list)
    is_active: bool = True


@dataclass(eq=False)
class ApiKey(Thing):
    """A key of an account."""

    account: Account


@dataclass(eq=False)
class Webhook(Thing):
    """Where a place sends what it sees; somebody answers for it."""

    place: Place
    account: Account


@dataclass(eq=False)
class Officer(Thing):
    """Somebody of a department, based at a centre or, without one, at the department."""

    number: str
    department: Place
    centre: Place | None
    account: Account | None


@dataclass(eq=False)
class Secondment(Thing):
    """An officer serves with a host for a while, that lasts now."""

    officer: Officer
    host: Place


@dataclass(eq=False)
class Patrol(Thing):
    """A patrol of a centre."""

    code: str
    centre: Place


@dataclass(eq=False)
class Template(Thing):
    """A shift template of a centre."""

    centre: Place


@dataclass(eq=False)
class Roster(Thing):
    """A centre's roster, published or a draft."""

    centre: Place
    is_draft: bool


@dataclass(eq=False)
class Fill(Thing):
    """A search for who sits where in a roster."""

    roster: Roster


@dataclass(eq=False)
class Seat:
    """An officer's seat, as of a department; somebody may have left it."""

    officer: Officer
    account: Account | None
    has_left: bool = False


@dataclass(eq=False)
class Shift(Thing):
    """A patrol's duty: planned, on now, or over."""

    patrol: Patrol
    roster: Roster | None
    state: str
    seats: list[Seat] = field(default_factory=list)

    @property
    def is_on(self) -> bool:
        """Signed on, and not off."""
        return self.state == "on"


@dataclass(eq=False)
class Leave(Thing):
    """An officer's leave, decided by the planners of a centre."""

    officer: Officer
    centre: Place
    state: str
    asked_by: Account


@dataclass(eq=False)
class Swap(Thing):
    """A seat offered to a colleague, or to all."""

    shift: Shift
    officer: Officer
    to: Officer | None
    is_open: bool
    state: str


@dataclass(eq=False)
class OfCentre(Thing):
    """A checkpoint, minimum, beat or device: a thing that belongs to a centre."""

    code: str
    centre: Place


@dataclass(eq=False)
class Void(Thing):
    """A minimum that is not met."""

    minimum: OfCentre


@dataclass(eq=False)
class Sos(Thing):
    """A call for help, of a crew on duty or of somebody at a centre."""

    centre: Place
    shift: Shift | None
    account: Account | None


@dataclass(eq=False)
class Welfare(Thing):
    """A welfare check of a crew."""

    shift: Shift


@dataclass(eq=False)
class Handover(Thing):
    """Work that went from a shift to another."""

    from_shift: Shift
    to_shift: Shift | None
    incidents: "list[Incident]"


@dataclass(eq=False)
class Competence(Thing):
    """What a department is competent for."""

    department: Place


@dataclass(eq=False)
class Scheme(Thing):
    """An edition of a jurisdiction's categories, with one category."""

    root: Place
    code: str
    category_id: UUID = field(default_factory=uuid7)


@dataclass(eq=False)
class Calendar(Thing):
    """A work calendar of a jurisdiction, or for all."""

    code: str
    root: Place | None


@dataclass(eq=False)
class Assignment(Thing):
    """A patrol sent to an incident."""

    patrol: Patrol
    is_live: bool
    is_stacked: bool = False


@dataclass(eq=False)
class Summons(Thing):
    """A department called to an incident. `reads` says what is left of its grant: acting, reading or over."""

    department: Place
    reads: str
    whistle: "Whistle | None" = None


@dataclass(eq=False)
class Whistle(Thing):
    """A whistle that was blown."""

    is_closed: bool


@dataclass(eq=False)
class Part(Thing):
    """A note, picture, request, clock, order, appeal or failing work of an incident."""

    by: Account


@dataclass(eq=False)
class Task(Thing):
    """A task of an incident, held by a patrol, by somebody, or by nobody yet."""

    patrol: Patrol | None
    account: Account | None
    is_open: bool


@dataclass(eq=False)
class Alarm(Thing):
    """A routing rule of a set that cannot apply."""

    rules: OfCentre


@dataclass(eq=False)
class Notice(Thing):
    """What somebody was told: by a role at a place, of an incident or while they sit on a shift; all of it must hold.

    `names` is the incident that its words name.
    """

    to: Account
    by: Grant | None
    incident: "Incident | None"
    shift: Shift | None
    names: "Incident"


@dataclass(eq=False)
class Incident(Thing):
    """Something that happened on a centre's ground, commanded there or above."""

    number: str
    status: str
    home: Place
    commanding: Place
    reporter: Account
    lead_department: Place | None = None
    lead_patrol: Patrol | None = None
    master: "Incident | None" = None
    assignments: list[Assignment] = field(default_factory=list)
    summons: list[Summons] = field(default_factory=list)
    whistles: list[Whistle] = field(default_factory=list)
    notes: list[Part] = field(default_factory=list)
    evidence: list[Part] = field(default_factory=list)
    requests: list[Part] = field(default_factory=list)
    clocks: list[Part] = field(default_factory=list)
    tasks: list[Task] = field(default_factory=list)
    orders: list[Part] = field(default_factory=list)
    appeals: list[Part] = field(default_factory=list)
    parked: list[Part] = field(default_factory=list)

    @property
    def by_patrol(self) -> bool:
        """Every other one was reported by a patrol."""
        return int(self.number[-1]) % 2 == 1

    @property
    def is_open(self) -> bool:
        """Not ended in any way."""
        return self.status not in ("closed", "rejected", "merged", "voided")

    @property
    def parts(self) -> list[Thing]:
        """Everything in it that has an id, but assignments: a patrol's say that it is busy, though not with what."""
        lists: tuple[list[Any], ...] = (self.summons, self.whistles, self.notes, self.evidence, self.requests)
        more: tuple[list[Any], ...] = (self.clocks, self.tasks, self.orders, self.appeals, self.parked)
        return [part for parts in lists + more for part in parts]


@dataclass(eq=False)
class Share(Thing):
    """What a centre shows another: an incident, or the open ones of a place's ground; before, now or over."""

    giver: Place
    receiver: Place
    incident: Incident | None
    ground: Place | None
    state: str
    when: str
    tier: str


@dataclass
class World:
    """One world: one or two jurisdictions with all that is in them. `facts` are entries of the log: topic and scope."""

    seed: int
    places: list[Place] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    keys: list[ApiKey] = field(default_factory=list)
    webhooks: list[Webhook] = field(default_factory=list)
    officers: list[Officer] = field(default_factory=list)
    secondments: list[Secondment] = field(default_factory=list)
    patrols: list[Patrol] = field(default_factory=list)
    templates: list[Template] = field(default_factory=list)
    rosters: list[Roster] = field(default_factory=list)
    fills: list[Fill] = field(default_factory=list)
    shifts: list[Shift] = field(default_factory=list)
    leaves: list[Leave] = field(default_factory=list)
    swaps: list[Swap] = field(default_factory=list)
    devices: list[OfCentre] = field(default_factory=list)
    checkpoints: list[OfCentre] = field(default_factory=list)
    minimums: list[OfCentre] = field(default_factory=list)
    beats: list[OfCentre] = field(default_factory=list)
    voids: list[Void] = field(default_factory=list)
    sos: list[Sos] = field(default_factory=list)
    welfare: list[Welfare] = field(default_factory=list)
    handovers: list[Handover] = field(default_factory=list)
    competences: list[Competence] = field(default_factory=list)
    schemes: list[Scheme] = field(default_factory=list)
    calendars: list[Calendar] = field(default_factory=list)
    policies: list[OfCentre] = field(default_factory=list)
    routing: list[OfCentre] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    shares: list[Share] = field(default_factory=list)
    facts: "list[Fact]" = field(default_factory=list)

    @property
    def centres(self) -> list[Place]:
        """The command centres."""
        return [place for place in self.places if place.is_centre]

    @property
    def departments(self) -> list[Place]:
        """All others."""
        return [place for place in self.places if not place.is_centre]


@dataclass(eq=False)
class Fact(Thing):
    """An entry of the log: whom it named when it was written, and the incident it is about, if one."""

    topic: str
    scope: list[Place | Account]
    incident: Incident | None
