"""Templates and rosters of street A in the small district, as its dispatcher makes them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx

from tests.roster.world import World

ZONE = ZoneInfo("Asia/Shanghai")
DISPATCHER = "a_dispatcher"
TEMPLATES, ROSTERS = "/v1/shift-templates", "/v1/rosters"
CREW = {"patrol": "PA", "beats": ["A1"], "mix": {"U": 1, "M": 1}}
EVERYBODY = [("U1", True), ("M1", False)]


def day(ahead: int) -> str:
    """A date so many days after today, by the centre's clock."""
    return str(datetime.now(UTC).astimezone(ZONE).date() + timedelta(days=ahead))


def crew(**changes: Any) -> dict[str, Any]:
    """A crew of PA with two departments."""
    return CREW | changes


def template(code: str = "day", **changes: Any) -> dict[str, Any]:
    """The body of a template of street A: eight hours from eight on, every day from yesterday on."""
    facts = {"centre": "A", "code": code, "name": "白班", "name_en": "Day", "starts": "08:00", "length_s": 28800}
    return facts | {"valid_from": day(-1), "crews": [CREW]} | changes


async def templated(world: World, code: str = "day", **changes: Any) -> dict[str, Any]:
    """A template of street A."""
    return _made(await world.post(DISPATCHER, TEMPLATES, template(code, **changes)))


async def drafted(world: World, days: tuple[int, int] = (1, 1), **changes: Any) -> dict[str, Any]:
    """A draft for some days, counted from today."""
    body = {"centre": "A", "title": "一周", "starts_on": day(days[0]), "ends_on": day(days[1])}
    return _made(await world.post(DISPATCHER, ROSTERS, body | changes))


async def shifts(world: World, roster: dict[str, Any]) -> list[dict[str, Any]]:
    """A roster's shifts."""
    found: list[dict[str, Any]] = _made(await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}/shifts"))["items"]
    return found


async def seated(world: World, shift: dict[str, Any], people: list[tuple[str, bool]] | None = None) -> None:
    """People put on a shift."""
    for officer, leads in EVERYBODY if people is None else people:
        body = {"officer": officer, "is_leader": leads}
        _made(await world.post(DISPATCHER, f"/v1/shifts/{shift['id']}/seats", body))


async def published(world: World, days: tuple[int, int] = (1, 1), **changes: Any) -> dict[str, Any]:
    """A published roster of one template, with everybody on every shift."""
    await templated(world, **changes)
    roster = await drafted(world, days)
    for shift in await shifts(world, roster):
        await seated(world, shift)
    return _made(await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/publish"))


async def unmet(world: World, roster: dict[str, Any]) -> list[dict[str, Any]]:
    """What the roster does not keep to."""
    items: list[dict[str, Any]] = _made(await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}/check"))["unmet"]
    return items


def _made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found


def on(shift: dict[str, Any]) -> date:
    """The day a shift begins, by the centre's clock."""
    return datetime.fromisoformat(shift["starts_at"]).astimezone(ZONE).date()
