"""A tile is cut anew as soon as what it shows has changed, sent again only then, and never to somebody else."""

import gzip
from typing import Any
from uuid import uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.layer.tile import service, shelf
from app.layer.tile.shelf import Cut, Shelf
from tests import make
from tests.hands import Hands, report_body
from tests.layer.tile.conftest import Map, at

HERE = at(118.615, 32.015, 15)
PATH = "/collections/{}/tiles/WebMercatorQuad/" + f"{HERE.z}/{HERE.y}/{HERE.x}"


async def test_a_tile_that_is_held_is_not_cut_again(map_: Map, cuts: list[str]) -> None:
    for of in ("grid_cells", "areas", "beats", "incidents"):
        first = await map_.raw("street1.dispatcher", PATH.format(of))
        assert first.status_code == 200
        assert len(cuts) == 1
        again = await map_.raw("street1.dispatcher", PATH.format(of), {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", first.headers["etag"])
        whole = await map_.raw("street1.dispatcher", PATH.format(of))
        assert whole.content == first.content
        assert len(cuts) == 1
        cuts.clear()


async def test_the_ground_is_known_unchanged_by_a_process_that_never_cut_the_tile(
    map_: Map, cuts: list[str], api: FastAPI
) -> None:
    first = await map_.raw("street1.dispatcher", PATH.format("grid_cells"))
    del api.state.shelf_of
    again = await map_.raw(
        "street1.dispatcher", PATH.format("grid_cells"), {"If-None-Match": f'"x", {first.headers["etag"]}'}
    )
    assert again.status_code == 304
    assert len(cuts) == 1


async def test_headers_say_whose_a_tile_is_and_for_how_long(map_: Map) -> None:
    ground = await map_.raw("street1.dispatcher", PATH.format("grid_cells"))
    live = await map_.raw("street1.dispatcher", PATH.format("incidents"))
    assert ground.headers["cache-control"] == "private, max-age=3"
    assert live.headers["cache-control"] == "private, no-cache"
    for answer in (ground, live):
        assert answer.headers["content-type"] == "application/vnd.mapbox-vector-tile"
        assert {"Accept-Encoding", "Authorization", "X-API-Key"} <= set(answer.headers["vary"].split(", "))
        assert "ETag" in answer.headers["access-control-expose-headers"]
    wide = at(118.615, 32.015, 14)
    path = f"/tiles/WebMercatorQuad/{wide.z}/{wide.y}/{wide.x}"
    packed, plain = [
        await map_.raw("street1.dispatcher", path, {"Accept-Encoding": one}) for one in ("gzip", "identity")
    ]
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert plain.content == packed.content


async def test_streets_never_get_each_others_tiles(map_: Map) -> None:
    wide = at(118.63, 32.01, 13)
    for of in ("grid_cells", "beats", "incidents", "coverage", "patrols"):
        path = f"/collections/{of}/tiles/WebMercatorQuad/{wide.z}/{wide.y}/{wide.x}"
        first, second = [await map_.raw(f"street{n}.dispatcher", path) for n in (1, 2)]
        assert first.content != second.content, of
        assert first.headers["etag"] != second.headers["etag"], of
        crossed = await map_.raw("street2.dispatcher", path, {"If-None-Match": first.headers["etag"]})
        assert (crossed.status_code, crossed.content) == (200, second.content), of


async def test_the_same_ground_is_cut_once_for_all_of_one_place(map_: Map, cuts: list[str]) -> None:
    tags = set()
    for who in ("street1.dispatcher", "street1.acceptor", "patrol1.leader"):
        tags.add((await map_.raw(who, PATH.format("grid_cells"))).headers["etag"])
    assert (len(tags), len(cuts)) == (1, 1)


class Real:
    """A town on a database of its own, where commits are real and time goes on."""

    def __init__(self, hands: Hands, db: Database) -> None:
        self.hands, self.db = hands, db
        self.map = Map(hands)

    async def do(self, statement: str, **values: Any) -> None:
        """Change something and commit."""
        async with self.db.write() as session:
            await session.execute(text(statement), values)


@pytest.fixture
async def real(own_client: httpx.AsyncClient, own_db: Database, api: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Real:
    """Nothing is remembered beyond its instant, but by what has not changed."""
    monkeypatch.setattr(service, "LIFE_S", -1.0)
    async with own_db.write() as session:
        town = await make.town(session)
    return Real(Hands(own_client, town, api.state.doorman), own_db)


CHANGES = (
    ("grid_cells", "UPDATE grid_plan SET name = 'another'"),
    ("grid_cells", "DELETE FROM centre_area WHERE area_id = (SELECT id FROM area WHERE code = 'A1')"),
    ("areas", "UPDATE area SET name = 'renamed' WHERE code = 'A2'"),
    ("beats", "UPDATE beat SET name = 'renamed', version = version + 1"),
    ("beats", "UPDATE organisation SET code = 'A9' WHERE code = 'A'"),
    ("beats", "DELETE FROM beat_cell"),
)


async def test_a_change_of_the_ground_is_seen(real: Real, cuts: list[str]) -> None:
    beat = "INSERT INTO beat (id, organisation_id, code, name, name_en) VALUES (:id, :at, 'b', 'b', 'b')"
    number = uuid4()
    await real.do("UPDATE area SET boundary = (SELECT ST_Multi(ST_Union(boundary)) FROM grid_cell)")
    await real.do(beat, id=number, at=real.hands.town.organisations["A"])
    await real.do("INSERT INTO beat_cell SELECT :id, id FROM grid_cell", id=number)
    for of, change in CHANGES:
        before = await real.map.raw("street1.dispatcher", PATH.format(of))
        same = await real.map.raw("street1.dispatcher", PATH.format(of), {"If-None-Match": before.headers["etag"]})
        assert (before.status_code, same.status_code) == (200, 304), change
        cuts.clear()
        await real.do(change)
        after = await real.map.raw("street1.dispatcher", PATH.format(of), {"If-None-Match": before.headers["etag"]})
        assert after.status_code in {200, 204}, change
        assert after.content != before.content, change
        assert len(cuts) == 1


async def test_a_plan_that_comes_into_force_is_seen_though_no_row_changes(real: Real) -> None:
    await real.do("UPDATE grid_plan SET effective_from = now() + interval '0.5 s'")
    await real.do("UPDATE grid_cell SET valid_from = (SELECT effective_from FROM grid_plan)")
    before = await real.map.raw("street1.dispatcher", PATH.format("grid_cells"))
    assert before.status_code == 204
    await real.do("SELECT pg_sleep(0.6)")
    after = await real.map.raw(
        "street1.dispatcher", PATH.format("grid_cells"), {"If-None-Match": before.headers["etag"]}
    )
    assert after.status_code == 200


async def test_an_incident_is_on_the_next_tile_and_gone_with_the_sight_of_it(real: Real) -> None:
    tile = at(*make.A1, 15)
    assert await real.map.layer("street1.dispatcher", "incidents", tile) is None
    answer = await real.hands.post("patrol1.leader", "/v1/incidents", report_body(make.A1))
    layer = await real.map.layer("street1.dispatcher", "incidents", tile)
    assert layer is not None
    assert [one.properties["id"] for one in layer.features] == [answer.json()["id"]]
    await real.do("DELETE FROM role_grant WHERE account_id = :id", id=real.hands.town.accounts["street1.dispatcher"])
    real.hands.door.forget()
    path = f"/collections/incidents/tiles/WebMercatorQuad/{tile.z}/{tile.y}/{tile.x}"
    assert (await real.map.raw("street1.dispatcher", path)).status_code == 403


def test_a_shelf_holds_no_more_than_it_may_and_the_latest_used() -> None:
    kept = Shelf(max_bytes=10 * (2 * 1000 + shelf.OVERHEAD))
    for number in range(30):
        kept.put(number, Cut(bytes(1000), "t"), 60)
        assert kept.get(0) is not None
    assert [number for number in range(30) if kept.get(number)] == [0, *range(21, 30)]
    kept.put("large", Cut(bytes(10**6), "t"), 60)
    assert kept.get("large") is None
    kept.put("old", Cut(b"", "t"), -1)
    assert kept.get("old") is None


def test_a_tile_is_packed_once() -> None:
    cut = Cut(b"x" * 5000, "t")
    assert gzip.decompress(cut.packed) == cut.body
    assert cut.packed is cut.packed
    assert len(cut.packed) + len(cut.body) <= cut.size
