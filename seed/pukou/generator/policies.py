"""Decides what the demo district does by rule: where some incidents go at once, who is pressed when it is late."""

from typing import Any

from seed.pukou.generator.areas import DISTRICT
from seed.pukou.generator.organisation import STREET_1

Record = dict[str, Any]
EVENING, NIGHT = {"since": "17:00", "until": "23:00"}, {"since": "22:00", "until": "06:00"}
FIRST_MINUTES = {"acknowledge": {"amount": 5, "unit": "minute"}}


def _rule(code: str, names: tuple[str, str], when: Record, **then: Any) -> Record:
    return {"code": code, "name": names[0], "name_en": names[1], "when": when, "then": then}


def build_policies() -> Record:
    """Routing rules of the district and of 江浦, and the district's escalation policy. All of it is made up."""
    district = f"{DISTRICT}000000"
    return {
        "routing_sets": [
            {"centre": district, "name": "浦口区分流规则", "name_en": "Routing rules of Pukou", "rules": _district()},
            {"centre": STREET_1, "name": "江浦街道分流规则", "name_en": "Routing rules of Jiangpu", "rules": _street()},
        ],
        "escalation_policies": [
            {"centre": district, "name": "浦口区升级策略", "name_en": "Escalation in Pukou", "ladders": _ladders()},
        ],
    }


def _district() -> list[Record]:
    """What the whole district does alike: danger goes up at once, the hotline's small matters are looked at first."""
    return [
        _rule(
            "gas",
            ("燃气险情", "Gas"),
            {"categories": ["C0111", "E0502"]},
            lead_department="housing_construction",
            assist_departments=["fire_rescue", "emergency_management", "public_security"],
            level="parent",
            priority=1,
            limits=FIRST_MINUTES,
            whistle="emergency",
        ),
        _rule(
            "gas-said",
            ("报称燃气泄漏", "Said to smell of gas"),
            {"words": ["燃气泄漏", "煤气味", "天然气味", "gas leak"]},
            level="parent",
            priority=1,
            whistle="emergency",
        ),
        _rule(
            "fire-lane-night",
            ("夜间占用消防通道", "Fire lanes blocked at night"),
            {"categories": ["E0496"], "windows": [NIGHT]},
            assist_departments=["fire_rescue", "property_company"],
            priority=1,
            limits={"handle": {"amount": 1, "unit": "urgent_hour"}},
        ),
        _rule(
            "flood",
            ("道路积水", "Flooded roads"),
            {"categories": ["E0506"]},
            lead_department="water",
            assist_departments=["traffic_police", "emergency_management"],
            whistle="emergency",
        ),
        _rule(
            "food",
            ("食品安全", "Food safety"),
            {"categories": ["E9401"]},
            lead_department="market_regulation",
            assist_departments=["health"],
            whistle="daily",
        ),
        _rule(
            "stalls-after-hours",
            ("下班后流动摊贩", "Stalls after office hours"),
            {"categories": ["E0401", "E0405", "E0406"], "working_time": False},
            assist_departments=["public_security"],
            limits={"acknowledge": {"amount": 15, "unit": "minute"}},
        ),
        _rule(
            "hotline-first-look",
            ("热线一般事项先核实", "The hotline's small matters are looked at first"),
            {"sources": ["12345"], "domains": ["urban_management"], "priorities": [3, 4]},
            verify_first=True,
        ),
    ]


def _street() -> list[Record]:
    """What 江浦 does otherwise: its night market is the market supervisors' own matter."""
    return [
        _rule(
            "night-market",
            ("夜市时段", "While the night market is open"),
            {"categories": ["E0402"], "windows": [EVENING]},
            lead_department="market_regulation",
            assist_departments=["urban_management"],
        )
    ]


def _ladders() -> Record:
    """Nobody accepts: the next on the rota is asked twice. Nobody answers for a limit: pressed harder day by day."""
    return {
        "acknowledge": [
            {"share": 0.8, "do": ["card"]},
            {"share": 1, "do": ["card", "time_out", "next"]},
            {"after_min": 10, "do": ["time_out", "next", "supervise"]},
            {"after_min": 30, "do": ["up"]},
        ],
        "handle": [
            {"share": 0.8, "do": ["card"]},
            {"share": 1, "do": ["card", "supervise"], "grade": "normal"},
            {"after_min": 240, "do": ["supervise"], "grade": "yellow"},
            {"after_min": 1440, "do": ["supervise", "up"], "grade": "red"},
        ],
    }
