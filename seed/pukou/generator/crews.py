"""Decides who goes out together: officers, joint crews of several departments, and when each crew is on duty."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from typing import cast

from seed.pukou.generator.beats import Beat
from seed.pukou.generator.organisation import Centre

CREWS = {
    "320111004000": 9,
    "320111001000": 6,
    "320111005000": 4,
    "320111002000": 3,
    "320111003000": 3,
    "320111006000": 3,
    "320111007000": 3,
    "320111008000": 3,
    "320111009000": 3,
    "320111000000": 3,
}
# How many of a centre's first crews stand by round the clock, so that the demo accounts find themselves on duty.
STANDBY = {"320111004000": 3, "320111001000": 1}
# Officers of no crew who serve with a host: department, base, host, since so many days ago, for so many days.
SECONDED = (
    ("public_security", "320111001000", "320111004000", 30, 120),
    ("market_regulation", "320111004000", "320111001000", 80, 90),
)
# The first member leads.
MIXES = (
    ("public_security", "urban_management", "urban_management", "market_regulation"),
    ("public_security", "urban_management", "traffic_police", "volunteer_team"),
    ("public_security", "public_security", "urban_management", "market_regulation", "volunteer_team"),
    ("urban_management", "urban_management", "public_security"),
    ("traffic_police", "traffic_police", "urban_management", "public_security"),
    ("public_security", "urban_management", "market_regulation", "property_company"),
    ("urban_management", "public_security", "emergency_management", "volunteer_team"),
    ("urban_management", "urban_management", "market_regulation"),
)
VEHICLES = ("car", "e_bike", "car", "foot", "car")
SKILLS = {
    "public_security": ("policing", "first_aid", "mediation"),
    "traffic_police": ("traffic_control", "first_aid"),
    "urban_management": ("administrative_enforcement", "evidence_recording"),
    "market_regulation": ("food_safety_inspection", "administrative_enforcement"),
    "emergency_management": ("hazard_control", "first_aid"),
    "volunteer_team": ("mediation", "community_liaison"),
    "property_company": ("facility_repair", "community_liaison"),
    "political_legal": ("information_collection", "mediation"),
}
HOURS = {
    "day": ("白班", "day", "08:00", 12),
    "night": ("夜班", "night", "20:00", 12),
    "standby": ("备勤", "Standby", "08:00", 24),
}
"""What a shift is called, when it starts, and how many hours it lasts."""
TEAMS = (("甲", "A"), ("乙", "B"), ("丙", "C"))
"""The crews of one phase are a team."""
ANCHOR_ON = date(2026, 1, 1)
"""On this day the team of phase 0 works the first shift of the cycle, and the crews begin with their first beat."""
CYCLE = ("day", "night", "off")


@dataclass(frozen=True)
class Officer:
    """A post, not a person: the number is the name. Grid workers stand in no crew."""

    number: str
    name_zh: str
    name_en: str
    department: str
    skills: tuple[str, ...]
    home_area: str
    role: str


@dataclass(frozen=True)
class Crew:
    """A patrol: its members, the beats it covers, its place in the duty cycle (none: standby round the clock)."""

    code: str
    name_zh: str
    name_en: str
    centre: str
    vehicle: str
    leader: str
    members: tuple[str, ...]
    phase: int | None
    initial_position: tuple[float, float]
    beats: list[str] = field(default_factory=list)


class Muster:
    """Numbers officers and crews in the order they are called up."""

    def __init__(self) -> None:
        self.officers: list[Officer] = []
        self.crews: list[Crew] = []

    def officer(self, department: str, home_area: str, role: str = "patrol_member") -> str:
        """Call up one officer and return the number."""
        number = f"{len(self.officers) + 1:04d}"
        zh, en = ("网格员", "Grid worker") if role == "grid_worker" else ("队员", "Officer")
        skills = SKILLS[department]
        names = (f"{zh} {number}", f"{en} {number}")
        kept = skills[: 1 + len(self.officers) % len(skills)]
        self.officers.append(Officer(number, *names, department, kept, home_area, role))
        return number

    def crew(self, centre: Centre, phase: int | None, beats: list[Beat], at: dict[str, tuple[float, float]]) -> None:
        """Call up one crew with the next mix, standing in one cell of its first beat."""
        n = len(self.crews)
        members = tuple(self.officer(department, beats[0].area) for department in MIXES[n % len(MIXES)])
        code, position = f"P-{n + 1:03d}", at[beats[0].cells[n % len(beats[0].cells)]]
        names = (f"联勤{n + 1:02d}组", f"Joint crew {n + 1:02d}")
        vehicle, codes = VEHICLES[n % len(VEHICLES)], [beat.code for beat in beats]
        self.crews.append(Crew(code, *names, centre.code, vehicle, members[0], members, phase, position, codes))


def dealt(beats: list[Beat], hands: int) -> list[list[Beat]]:
    """Deal beats to crews in turn; with more crews than beats some share one."""
    return [beats[i::hands] or [beats[i % len(beats)]] for i in range(hands)]


def muster(centres: list[Centre], beats: list[Beat], at: dict[str, tuple[float, float]]) -> Muster:
    """All crews, centre by centre. The crews of one phase cover every beat of their centre between them."""
    called = Muster()
    seats = {centre.code: centre for centre in centres}
    for code, size in CREWS.items():
        own = [beat for beat in beats if beat.area in seats[code].commands_streets]
        standing = STANDBY.get(code, 0)
        for share in dealt(own, standing) if standing else []:
            called.crew(seats[code], None, share, at)
        sizes = [len(range(phase, size - standing, len(CYCLE))) for phase in range(len(CYCLE))]
        for phase, count in enumerate(sizes):
            for share in dealt(own, count):
                called.crew(seats[code], phase, share, at)
    for centre in centres[1:]:
        called.officer("political_legal", centre.code, "grid_worker")
    for department, base, _, _, _ in SECONDED:
        called.officer(department, base)
    return called


def templates(crews: list[Crew], departments: Mapping[str, str]) -> list[dict[str, object]]:
    """The shifts each centre works: a team's day and night every third day, standby every day.

    ``departments`` says of which each officer is.
    """
    made: dict[tuple[str, str], dict[str, object]] = {}
    for crew in sorted(crews, key=lambda one: one.centre):
        mix = Counter(departments[number] for number in crew.members)
        wanted = {"patrol": crew.code, "beats": crew.beats[:1] if crew.phase is None else crew.beats, "mix": dict(mix)}
        for at, kind in enumerate(CYCLE[:2] if crew.phase is not None else ("standby",)):
            template = made.setdefault((crew.centre, f"{crew.phase}-{kind}"), _template(crew, kind, at))
            cast("list[object]", template["crews"]).append(wanted)
    return list(made.values())


def _template(crew: Crew, kind: str, at: int) -> dict[str, object]:
    zh, en, starts, hours = HOURS[kind]
    if crew.phase is None:
        days: dict[str, object] = {"every_days": 1, "valid_from": str(ANCHOR_ON), "is_standby": True}
        names = {"code": kind, "name_zh": zh, "name_en": en}
    else:
        first = ANCHOR_ON + timedelta(days=crew.phase + at)
        days = {"every_days": len(CYCLE), "valid_from": str(first), "is_standby": False}
        team_zh, team_en = TEAMS[crew.phase]
        code = f"team-{team_en.lower()}-{kind}"
        names = {"code": code, "name_zh": f"{team_zh}班{zh}", "name_en": f"Team {team_en} {en}"}
    return {"centre": crew.centre, **names, "starts": starts, "length_s": hours * 3600, **days, "crews": []}


def records(items: list[Officer] | list[Crew] | list[Beat]) -> list[dict[str, object]]:
    """Dataclasses as records of the data file."""
    return [asdict(item) for item in items]


def secondments(officers: list[Officer]) -> list[dict[str, object]]:
    """Who serves with which host, in days from the day the district is loaded."""
    sent = zip(officers[-len(SECONDED) :], SECONDED, strict=True)
    return [
        {"officer": officer.number, "host": host, "since_days_ago": since, "for_days": days}
        for officer, (_, _, host, since, days) in sent
    ]
