"""Fixes of patrol PA as phones send them, and what is stored of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text

from tests.roster.world import World

LATEST = text(
    "SELECT round(ST_X(location)::numeric, 5)::float, code, quality FROM latest_position JOIN patrol ON id = patrol_id"
)
HISTORY = text("SELECT round(ST_X(location)::numeric, 5)::float, quality FROM position ORDER BY observed_at, device_id")


def fix(seconds_ago: float, lon: float = 118.6, **more: Any) -> dict[str, Any]:
    """A fix observed so many seconds ago."""
    return {
        "observed_at": (datetime.now(UTC) - timedelta(seconds=seconds_ago)).isoformat(),
        "location": [lon, 32.06],
    } | more


async def send(world: World, *fixes: Any, by: str = "a_member") -> tuple[int, int, dict[int, str]]:
    """How many were stored, how many were there already, and why the others were not."""
    answer = await world.post(by, "/v1/positions", {"positions": fixes})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return body["stored"], body["repeated"], {one["index"]: one["reason"] for one in body["not_stored"]}


async def latest(world: World) -> list[Any]:
    """The rows, each its longitude, its patrol, and its quality."""
    async with world.database.read() as session:
        return [tuple(row) for row in await session.execute(LATEST)]


async def history(world: World) -> list[Any]:
    """The rows in the order they were observed, each its longitude and quality."""
    async with world.database.read() as session:
        return [tuple(row) for row in await session.execute(HISTORY)]
