"""What routing tests say again and again: a rule in short, a set drafted and published."""

from typing import Any

from tests.hands import Hands

ADMIN, LEADER = "admin", "district.leader"


def rule(code: str, when: dict[str, Any] | None = None, **then: Any) -> dict[str, Any]:
    """A rule as it is sent."""
    return {"code": code, "name": code, "name_en": code, "when": when or {}, "then": then}


def body(*rules: dict[str, Any], centre: str = "D") -> dict[str, Any]:
    """A set as it is drafted."""
    return {"centre": centre, "name": "规则", "name_en": "Rules", "rules": list(rules)}


async def drafted(hands: Hands, *rules: dict[str, Any], centre: str = "D") -> dict[str, Any]:
    """A draft."""
    answer = await hands.post(ADMIN, "/v1/routing-sets", body(*rules, centre=centre))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def published(hands: Hands, *rules: dict[str, Any], centre: str = "D") -> dict[str, Any]:
    """A set in force."""
    draft = await drafted(hands, *rules, centre=centre)
    answer = await hands.post(ADMIN, f"/v1/routing-sets/{draft['id']}/publish", {}, draft["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found
