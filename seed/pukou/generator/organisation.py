"""Decides the demo's organisation: two levels of command centres, departments, who is competent for what, accounts."""

from collections import defaultdict
from dataclasses import dataclass

from seed.pukou.generator.calendars import CODE as CALENDAR
from seed.pukou.generator.files import read_table

ROOT = "320111000000"
DUTY = {
    "weekly_hours": 60,
    "coverage_bands": [["08:00", "20:00"], ["20:00", "08:00"]],
    "coverage_is_hard": False,
}
"""Three teams in turn work up to sixty hours a week, and not every beat has a crew every day."""
STREET_1, STREET_2 = "320111004000", "320111001000"


@dataclass(frozen=True)
class Centre:
    """A command centre and the areas it commands; the most specific area wins, so the district keeps the rest."""

    code: str
    name_zh: str
    name_en: str
    parent: str | None
    commands: list[str]
    commands_streets: list[str]

    def record(self) -> dict[str, object]:
        """The centre with its settings, as a record of the data file."""
        seat = "00" if self.parent is None else self.code[7:9]
        settings = {
            "acceptors_may_register": False,
            "scene_radius_m": 200,
            "calendar": CALENDAR,
            "number_format": f"PK{seat}{{day:%Y%m%d}}{{sequence:04d}}",
            "duty": DUTY,
        }
        names = {"code": self.code, "name_zh": self.name_zh, "name_en": self.name_en}
        return {**names, "parent": self.parent, "area": self.code, "commands": self.commands, "settings": settings}


def build_centres(streets: list[str]) -> list[Centre]:
    """The district centre first; street-level units without a street centre over them stay with the district."""
    rows = read_table("centres")
    taken = {area for row in rows for area in row["commands"].split()}
    centres: list[Centre] = []
    for row in rows:
        commands = row["commands"].split()
        kept = commands if row["parent"] else [street for street in streets if street not in taken]
        centres.append(Centre(row["code"], row["name_zh"], row["name_en"], row["parent"] or None, commands, kept))
    return centres


def build_departments() -> list[dict[str, object]]:
    """Territorial parent: the district centre. Functional parent: the same line of work at the city, as a code."""
    return [
        {
            **row,
            "is_vertical": row["is_vertical"] == "true",
            "parent": ROOT,
            "functional_parent": row["functional_parent"] or None,
        }
        for row in read_table("departments")
    ]


def _competence(category: str, department: str, role: str, area: str = ROOT) -> dict[str, object]:
    return {"category": category, "area": area, "department": department, "role": role}


def build_competences() -> list[dict[str, object]]:
    """Leads by main class where one department leads it all, else by category; assists by category.

    ``category`` is a code or the beginning of one. The longest match wins, then the smallest area.
    """
    leads: dict[str, dict[str, str]] = defaultdict(dict)
    out: list[dict[str, object]] = []
    rows = read_table("categories")
    for row in rows:
        leads[row["code"][:3]][row["code"]] = row["lead"]
    for main_class, by_code in leads.items():
        if len(set(by_code.values())) == 1:
            out.append(_competence(main_class, next(iter(by_code.values())), "lead"))
        else:
            out += [_competence(code, lead, "lead") for code, lead in by_code.items()]
    for row in rows:
        out += [_competence(row["code"], department, "assist") for department in row["assists"].split()]
    out.append(_competence("E0110", "volunteer_team", "assist", STREET_1))
    out.append(_competence("E9205", "volunteer_team", "assist", STREET_2))
    return out


def build_teams() -> list[dict[str, object]]:
    """The services 4+X of the teams: of the fixed four by code, the community's own with their names."""
    own = {"code": "elder_escort", "name": "独居老人陪护", "name_en": "Escort of elders living alone"}
    repairs = {"code": "home_repair", "name": "上门便民维修", "name_en": "Small repairs at home"}
    four = ("voluntary_patrol", "emergency_help", "mediation", "volunteering")
    return [
        {"department": "volunteer_team", "services": [*({"code": code} for code in four), own]},
        {"department": "property_company", "services": [{"code": "emergency_help"}, repairs]},
    ]


def build_accounts(
    crew_1: tuple[str, ...], crew_2: tuple[str, ...], worker_1: str, volunteer_1: str
) -> list[dict[str, object]]:
    """The demo accounts; members of two crews, a grid worker and a volunteer are linked to their officer numbers."""
    officers = {
        "patrol1.leader": crew_1[0],
        "patrol1.member": crew_1[1],
        "patrol2.leader": crew_2[0],
        "patrol2.member": crew_2[1],
        "grid1.worker": worker_1,
        "volunteer1": volunteer_1,
    }
    return [
        {
            "username": row["username"],
            "name_zh": row["name_zh"],
            "name_en": row["name_en"],
            "officer": officers.get(row["username"]),
            "grants": [{"role": row["role"], "organisation": row["organisation"]}],
        }
        for row in read_table("accounts")
    ]
