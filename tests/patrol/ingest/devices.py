"""Devices for tests about uploads: registered, sending, and what became of it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import httpx
from sqlalchemy import text

from tests.roster.world import World

STORED = text(
    "SELECT round(ST_X(location)::numeric, 5)::float, code, quality FROM position JOIN patrol ON id = patrol_id"
    " ORDER BY observed_at, device_id"
)


@dataclass
class Devices:
    """The district, and a phone of U1 (`phone`), who leads PA's crew on duty."""

    world: World
    phone: dict[str, Any]

    @classmethod
    async def of(cls, world: World) -> Self:
        """Put PA on duty and register the phone."""
        await world.on_duty()
        made = cls(world, {})
        made.phone = await made.registered(code="phone-1", officer="U1")
        return made

    async def registered(self, **changes: Any) -> dict[str, Any]:
        """A device of street A."""
        body = {"app": "osmand", "centre": "A"} | changes
        answer = await self.world.post("a_dispatcher", "/v1/devices", body)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def send(self, key: str | None = None, /, **said: Any) -> httpx.Response:
        """A fix as OsmAnd sends it, from the phone or with another key."""
        given = {"lat": 32.06, "lon": 118.6, "timestamp": ago(5)} | said
        return await self.world.client.get("/v1/ingest/osmand", params=given | {"key": key or self.phone["key"]})

    async def stored(self) -> list[Any]:
        """The history: longitude, patrol, quality."""
        async with self.world.database.read() as session:
            return [tuple(row) for row in await session.execute(STORED)]

    async def shown(self, device: dict[str, Any] | None = None) -> dict[str, Any]:
        """A device as it is on record now."""
        found = await self.world.get("a_dispatcher", f"/v1/devices/{(device or self.phone)['id']}")
        shown: dict[str, Any] = found.json()
        return shown

    async def quarantined(self, device: dict[str, Any] | None = None) -> dict[str, int]:
        """How many fixes of a device were not kept, by reason."""
        return {one["reason"]: one["fixes"] for one in (await self.shown(device))["quarantined"]}


def ago(seconds: float) -> int:
    """An instant so many seconds ago, in seconds since 1970."""
    return int((datetime.now(UTC) - timedelta(seconds=seconds)).timestamp())
