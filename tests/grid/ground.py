"""A small town for tests: two communities, square cells of a thousandth of a degree, and the calls that make them."""

import json
from typing import Any
from uuid import uuid4

import httpx

WEST, SOUTH, SIDE = 118.6, 32.0, 0.001
TOWN = "320111000000"
STREET = "320111001000"
ONE, TWO = "320111001001", "320111001002"
Json = dict[str, Any]


def square(column: float, row: float, width: float = 1, height: float = 1) -> list[list[float]]:
    """A closed ring, counted in cells east and north of the town's south-west corner."""
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    east, north = west + width * SIDE, south + height * SIDE
    ring = [(west, south), (east, south), (east, north), (west, north), (west, south)]
    return [[round(lon, 7), round(lat, 7)] for lon, lat in ring]


def polygon(*rings: list[list[float]]) -> Json:
    return {"type": "Polygon", "coordinates": list(rings)}


def cell(code: str, *rings: list[list[float]], **properties: Any) -> Json:
    return {"type": "Feature", "properties": {"code": code} | properties, "geometry": polygon(*rings)}


def unit(community: str, number: int, column: float, row: float, **properties: Any) -> Json:
    return cell(f"{community}{number:03d}", square(column, row), **properties)


def four() -> list[Json]:
    """Two cells of community one in the west, two of community two in the east, no gap."""
    return [unit(ONE, 1, 0, 0), unit(ONE, 2, 0, 1), unit(TWO, 1, 1, 0), unit(TWO, 2, 1, 1)]


def tree() -> list[Json]:
    rows = [
        (TOWN, "district", "浦口区", "Pukou", None),
        (STREET, "street", "泰山街道", "Taishan", TOWN),
        (ONE, "community", "津浦社区", "Jinpu", STREET),
        (TWO, "community", "桥北社区", "Qiaobei", STREET),
    ]
    names = ("code", "level", "name", "name_en", "parent")
    return [dict(zip(names, row, strict=True)) for row in rows]


def plan(features: list[Json], **changes: Any) -> Json:
    about = {"name": "plan", "scheme": "unit-15", "source": "test", "area": TOWN, "datum": "wgs84"}
    return about | {"features": features} | changes


class Ground:
    """The API of the ground, called as one account."""

    def __init__(self, client: httpx.AsyncClient, headers: dict[str, str]) -> None:
        self.client, self.headers = client, headers

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self.client.get(f"/v1{path}", params=query or None, headers=self.headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        once = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"} | headers
        return await self.client.post(f"/v1{path}", content=json.dumps(body), headers=self.headers | once)

    async def patch(self, path: str, body: Any, based_on: str = "*") -> httpx.Response:
        return await self.client.patch(f"/v1{path}", json=body, headers=self.headers | {"If-Match": based_on})

    async def add_tree(self) -> None:
        assert (await self.post("/areas", tree())).status_code == 201

    async def draft(self, features: list[Json], **changes: Any) -> Json:
        answer = await self.post("/grid-plans", plan(features, **changes))
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def check(self, features: list[Json], **changes: Any) -> Json:
        made = await self.draft(features, **changes)
        answer = await self.post(f"/grid-plans/{made['id']}/check")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    async def publish(self, plan_id: str, effective_from: str | None = None, based_on: str = "*") -> httpx.Response:
        body = {} if effective_from is None else {"effective_from": effective_from}
        return await self.post(f"/grid-plans/{plan_id}/publish", body, **{"If-Match": based_on})

    async def put_in_force(self, features: list[Json], effective_from: str | None = None, **changes: Any) -> Json:
        made = await self.draft(features, **changes)
        answer = await self.publish(made["id"], effective_from)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())
