"""Decides the demo's category scheme: what is handled by whom, how soon, and when it may be filed and closed."""

from seed.pukou.generator.files import read_table
from seed.pukou.generator.offers import OFFERS

SCHEME = "pukou-demo"
VERSION = "2026.1"
LETTERS = {"A": "auto_dispatch", "E": "emergency", "V": "vertical", "D": "desk_check_allowed"}
DOMAINS = {
    "urban_management": ("城市管理", "Urban management"),
    "business_order": ("经营秩序", "Business order"),
    "road_traffic": ("道路交通", "Road traffic"),
    "public_security_fire": ("治安消防", "Public security and fire"),
    "public_emergency": ("公共突发事件", "Public emergency"),
    "livelihood": ("社会民生", "Livelihood"),
}
# What somebody among those who go must be able to do.
SKILLS = {"E9401": ["food_safety_inspection"]}
# The services of teams that help with a category.
SERVICES = {"E9301": ["mediation"], "E9302": ["volunteering"], "E9303": ["voluntary_patrol", "emergency_help"]}
# What the whole case may take beyond its handling, in the same unit.
MARGIN = {"urgent_hour": 2, "work_hour": 4, "natural_day": 1, "work_day": 2}
# Minutes as parts of an hour: the field's limits have no smaller unit.
DEFAULT_LIMITS = {
    "accept": 0.25,
    "register": 0.25,
    "dispatch": 0.25,
    "acknowledge": 0.25,
    "arrive": 1,
    "verify": 0.5,
    "check": 0.5,
}
EMERGENCY_LIMITS = {"accept": 0.1, "register": 0.1, "dispatch": 0.1, "acknowledge": 0.1, "arrive": 0.5}
NOTES = {
    "scheme_zh": "演示用类别目录，可导入数据，不声明符合任何标准。",
    "scheme_en": "A catalogue for demonstration, importable data; no conformance to any standard is claimed.",
    "codes": "C (component) or E (event), two-digit main class, two-digit sub class. Main classes 01-05 and their sub "
    "classes follow a municipal filing-and-closing workbook read as evidence of practice; main classes from 91 up are "
    "the demo's own, after the social-governance types of another system in the field.",
    "limits": "Handling limits of events 01-05 are the workbook's, the text winning over the stored type; those of "
    "components and of main classes 91-95 and every `total` are the demo's own. Conditions are worded for the demo.",
}

Limit = dict[str, object]


def limit(text: str) -> Limit:
    """Read ``2 urgent_hour`` as an amount and a unit."""
    amount, unit = text.split()
    return {"amount": int(amount), "unit": unit}


def total(handle: str) -> Limit:
    """The limit of the whole case that goes with a handling limit."""
    amount, unit = handle.split()
    return {"amount": int(amount) + MARGIN[unit], "unit": unit}


def in_hours(limits: dict[str, float]) -> dict[str, Limit]:
    """Step limits that run through nights and holidays."""
    return {step: {"amount": amount, "unit": "urgent_hour"} for step, amount in limits.items()}


def _standards(category: dict[str, str], rows: list[dict[str, str]]) -> list[dict[str, object]]:
    out: list[dict[str, object]] = []
    for n, row in enumerate(rows, 1):
        limits = {"handle": limit(row["handle"]), "total": total(row["handle"])}
        if "E" in category["flags"]:
            limits |= in_hours(EMERGENCY_LIMITS)
        for override in row["overrides"].split(";") if row["overrides"] else []:
            step, text = override.split(":")
            limits[step] = limit(text)
        texts = {key: row[key] for key in ("filing_zh", "filing_en", "closing_zh", "closing_en")}
        out.append(
            {"code": f"{category['code']}-{n}"}
            | {key.replace("_", "_condition_"): text for key, text in texts.items()}
            | {"is_default": n == 1, "limits": limits}
        )
    return out


def _mix(text: str) -> dict[str, int]:
    return {department: int(count) for department, count in (part.split(":") for part in text.split())}


def _category(row: dict[str, str], standards: list[dict[str, str]]) -> dict[str, object]:
    radius, window = row["duplicate"].split("/")
    return {
        "code": row["code"],
        "domain": row["domain"],
        "main_class": row["code"][:3],
        "kind": "component" if row["code"].startswith("C") else "event",
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "default_priority": int(row["priority"]),
        "duplicate_radius_m": int(radius),
        "duplicate_window_h": int(window),
        **{name: letter in row["flags"] for letter, name in LETTERS.items()},
        "response_mix": _mix(row["mix"]),
        "services": SERVICES.get(row["code"], []),
        "skills": SKILLS.get(row["code"], []),
        "lead_department": row["lead"],
        "assist_departments": row["assists"].split(),
        "public_service": OFFERS.get(row["code"]),
        "standards": _standards(row, standards),
    }


def build_catalogue() -> dict[str, object]:
    """The whole catalogue document."""
    standards = read_table("standards")
    return {
        "scheme": SCHEME,
        "version": VERSION,
        "name_zh": "浦口大联勤演示类别目录",
        "name_en": "Pukou joint patrol demonstration catalogue",
        "notes": NOTES,
        "units": list(MARGIN),
        "default_limits": in_hours(DEFAULT_LIMITS),
        "domains": [{"code": code, "name_zh": zh, "name_en": en} for code, (zh, en) in DOMAINS.items()],
        "main_classes": read_table("main_classes"),
        "categories": [
            _category(row, [s for s in standards if s["category"] == row["code"]]) for row in read_table("categories")
        ],
    }
