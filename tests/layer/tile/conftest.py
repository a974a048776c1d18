"""A town with shapes of its areas, beats and incidents in both streets, and people who ask for its tiles."""

import random
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database, Hot
from app.layer.tile.workflow import MATRICES, Tile
from tests import make
from tests.hands import Hands
from tests.layer.tile import mvt

GROUND = """
UPDATE area a SET boundary = (SELECT ST_Multi(ST_Union(c.boundary)) FROM grid_cell c JOIN area of ON of.id = c.area_id
  WHERE a.id = ANY (of.lineage))
"""
BEAT = "INSERT INTO beat (id, organisation_id, code, name, name_en) VALUES (gen_random_uuid(), :at, :c, :c, :c)"
WHO = ("district.dispatcher", "street1.dispatcher", "street2.dispatcher", "fire_rescue.desk")


class Map:
    """Somebody's tiles."""

    def __init__(self, hands: Hands) -> None:
        self.hands = hands

    async def raw(self, who: str, path: str, headers: Mapping[str, str] | None = None, **params: Any) -> Any:
        """An answer."""
        shown = self.hands.headers(who) | dict(headers or {})
        return await self.hands.client.get(f"/ogc{path}", headers=shown, params=params)

    async def layer(self, who: str, of: str, tile: Tile, **params: Any) -> mvt.Layer | None:
        """A collection in a tile, or nothing where there is none."""
        path = f"/collections/{of}/tiles/{tile.matrices.id}/{tile.z}/{tile.y}/{tile.x}"
        answer = await self.raw(who, path, **params)
        assert answer.status_code in {200, 204}, answer.text
        if answer.status_code == 204:
            assert answer.content == b""
            return None
        (found,) = mvt.layers(answer.content).values()
        assert (found.name, found.version, found.extent) == (of, 2, 4096)
        assert found.features
        return found

    async def items(self, who: str, of: str, tile: Tile, **params: Any) -> dict[str, Any]:
        """The features of a collection in the box of a tile, by their ids."""
        box = ",".join(map(repr, tile.degrees))
        answer = await self.raw(who, f"/collections/{of}/items", bbox=box, limit=1000, **params)
        assert answer.status_code == 200, answer.text
        return {one["id"]: one for one in answer.json()["features"]}


def at(lon: float, lat: float, zoom: int, name: str = "WebMercatorQuad") -> Tile:
    """The tile that holds a place."""
    found = MATRICES[name].definition.tile(lon, lat, zoom)
    return Tile(MATRICES[name], zoom, found.x, found.y)


@pytest.fixture
async def map_(db: Database, town: make.Town, hands: Hands, api: FastAPI) -> Map:
    """The town on the map: 40 incidents and two beats."""
    chance = random.Random(7)
    async with db.write() as session:
        await session.execute(text(GROUND))
        for code, centre, columns in (("beat1", "A", "012"), ("beat2", "B", "345")):
            await session.execute(text(BEAT), {"at": town.organisations[centre], "c": code})
            for cell, cell_id in town.cells.items():
                if cell[-2] in columns:
                    of = "INSERT INTO beat_cell SELECT id, CAST(:cell AS uuid) FROM beat WHERE code = :c"
                    await session.execute(text(of), {"cell": cell_id, "c": code})
    for number in range(40):
        west, east = (118.6, 118.63) if number % 2 else (118.63, 118.66)
        place = (chance.uniform(west, east), chance.uniform(32.0, 32.02))
        await hands.report("patrol1.leader" if number % 2 else "patrol3.leader", place)
    if hasattr(api.state, "shelf_of"):
        del api.state.shelf_of
    return Map(hands)


@pytest.fixture
def cuts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements of tiles that ran, as they run."""
    ran: list[str] = []
    row = Hot.row

    async def noted(hot: Hot, lane: Any, **values: Any) -> Any:
        if "ST_AsMVT(" in hot.sql:
            ran.append(hot.sql)
        return await row(hot, lane, **values)

    monkeypatch.setattr(Hot, "row", noted)
    return ran


def number(feature_id: str) -> int:
    """The number of a feature, as docs/layers.md has it."""
    return int(UUID(feature_id).hex[-13:], 16)
