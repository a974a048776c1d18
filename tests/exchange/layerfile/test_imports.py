"""Features brought in: what is new, changed, the same or refused; kept as a whole or not at all; twice is once."""

import copy
from typing import Any

import httpx
import pytest
from pyproj import Transformer
from sqlalchemy import text

from app.core.db import Database
from tests import make
from tests.hands import Hands

ADMIN, LEADER, OTHER = "admin", "street1.shift_leader", "street2.dispatcher"
Json = dict[str, Any]


def point(code: str, at: tuple[float, float] = make.A1, **more: Any) -> Json:
    properties = {"centre": "A", "code": code, "name": f"点{code}", "name_en": code, "every_s": 3600} | more
    return {"type": "Feature", "properties": properties, "geometry": {"type": "Point", "coordinates": list(at)}}


def square(west: float, south: float, side: float) -> Json:
    corners = [(west, south), (west + side, south), (west + side, south + side), (west, south + side), (west, south)]
    return {"type": "Polygon", "coordinates": [[list(corner) for corner in corners]]}


def area(code: str, parent: str | None, **more: Any) -> Json:
    properties = {"code": code, "level": "community", "name": code, "name_en": code, "parent": parent} | more
    return {"type": "Feature", "properties": properties, "geometry": square(118.6, 32.0, 0.01)}


def beat(code: str, **more: Any) -> Json:
    properties = {"centre": "A", "code": code, "name": code, "name_en": code} | more
    return {"type": "Feature", "properties": properties, "geometry": square(make.WEST, make.SOUTH, 0.02)}


async def bring(
    hands: Hands, who: str, layer: str, *features: Json, dry_run: bool = False, **how: Any
) -> httpx.Response:
    body = {"type": "FeatureCollection", "features": list(features)} | ({"datum": "wgs84"} | how)
    return await hands.post(who, f"/v1/imports/{layer}?dry_run={str(dry_run).lower()}", body)


async def brought(hands: Hands, who: str, layer: str, *features: Json, **how: Any) -> Json:
    answer = await bring(hands, who, layer, *features, **how)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


FILES = {
    "checkpoints": (LEADER, [point("C-1"), point("C-2", radius_m=40)], "name"),
    "areas": (ADMIN, [area("X1", "X"), area("X", "D", level="street"), area("X2", "X", kind="village")], "name_en"),
    "beats": (ADMIN, [beat("B-1"), beat("B-2", cell_codes="A1-00, A1-10")], "name"),
}


@pytest.mark.parametrize("layer", FILES)
async def test_what_is_brought_in_twice_is_there_once_and_a_change_is_a_change(hands: Hands, layer: str) -> None:
    who, features, name = FILES[layer]
    tried = await brought(hands, who, layer, *features, dry_run=True)
    assert (tried["is_kept"], tried["counts"]) == (False, {"new": len(features)})
    first = await brought(hands, who, layer, *features)
    assert (first["is_kept"], first["counts"], first["rows"]) == (True, {"new": len(features)}, tried["rows"])
    again = await brought(hands, who, layer, *features)
    assert (again["counts"], again["rows"]) == ({"same": len(features)}, [])
    other = copy.deepcopy(features)
    other[1]["properties"][name] = "another"
    changed = await brought(hands, who, layer, *other)
    assert changed["counts"] == {"same": len(features) - 1, "changed": 1}
    assert [row["number"] for row in changed["rows"]] == [1]


@pytest.mark.parametrize("layer", FILES)
async def test_a_layer_that_was_exported_is_the_same_when_it_comes_back(hands: Hands, layer: str) -> None:
    who, features, _ = FILES[layer]
    commanded = [area("A1", "A")] if layer == "areas" else []
    await brought(hands, who, layer, *features, *commanded)
    file = await hands.get(who, f"/ogc/collections/{layer}/items", f="geojson")
    assert file.json()["features"]
    back = await brought(hands, who, layer, *file.json()["features"])
    assert back["counts"] == {"same": len(file.json()["features"])}


BAD: tuple[tuple[str, str, Json, str], ...] = (
    ("checkpoints", LEADER, point("C-9", every_s=1), "/every_s"),
    ("checkpoints", LEADER, point("C-9", centre="B"), "whose duty you run"),
    ("checkpoints", LEADER, point("C-9", name="x" * 101), "/name"),
    ("checkpoints", LEADER, point("C-9", name=None), "/name"),
    ("checkpoints", LEADER, point("C-1"), "another with this code"),
    ("checkpoints", LEADER, point("C-9") | {"geometry": None}, "/location"),
    ("checkpoints", LEADER, point("C-9", (999.0, 1.0)), "not on the globe"),
    ("checkpoints", LEADER, point("C-9") | {"geometry": square(118.6, 32.0, 0.1)}, "/location"),
    ("checkpoints", LEADER, point("C-9") | {"geometry": {"type": "Point", "coordinates": []}}, "not on the globe"),
    ("checkpoints", LEADER, point("C-9") | {"geometry": {"type": "Point", "coordinates": "x"}}, "no geometry"),
    ("areas", ADMIN, area("Y", "nowhere"), "no area nowhere"),
    ("areas", ADMIN, area("bad code!", "D"), "/code"),
    ("areas", ADMIN, area("Y", "Y"), "in a circle"),
    ("areas", ADMIN, area("Y", "D") | {"geometry": {"type": "Point", "coordinates": [118.6, 32.0]}}, "Polygon"),
    ("beats", ADMIN, beat("B-9", centre="none"), "no centre none"),
    ("beats", ADMIN, beat("B-9", cell_codes="Z-1"), "no cell Z-1"),
    ("beats", ADMIN, beat("B-9") | {"geometry": None}, "cell_codes"),
    ("beats", ADMIN, beat("B-9") | {"geometry": square(0, 0, 1)}, "No cell in force"),
)


@pytest.mark.parametrize(("layer", "who", "bad", "said"), BAD, ids=[f"{layer}-{said}" for layer, _, _, said in BAD])
async def test_one_that_is_refused_is_named_and_keeps_all_out(
    hands: Hands, layer: str, who: str, bad: Json, said: str
) -> None:
    good = FILES[layer][1][:1] if layer != "areas" else [area("X", "D")]
    found = await brought(hands, who, layer, *good, bad)
    assert (found["is_kept"], found["counts"]) == (False, {"new": 1, "refused": 1})
    assert said in found["rows"][1]["detail"]
    assert (await brought(hands, who, layer, *good, dry_run=True))["counts"] == {"new": 1}


async def test_a_dry_run_leaves_nothing_not_even_in_the_log(hands: Hands, db: Database) -> None:
    async with db.read() as session:
        before = await session.scalar(text("SELECT count(*) FROM outbox"))
    await brought(hands, LEADER, "checkpoints", point("C-1"), dry_run=True)
    async with db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM outbox")) == before
        assert await session.scalar(text("SELECT count(*) FROM checkpoint")) == 0


async def test_the_same_request_again_gets_the_same_answer(hands: Hands) -> None:
    body = {"datum": "wgs84", "features": [point("C-1")]}
    first, second = [await hands.post(LEADER, "/v1/imports/checkpoints", body, key="once") for _ in range(2)]
    assert first.content == second.content
    assert first.json()["counts"] == {"new": 1}


async def test_a_checkpoint_stays_where_it_is(hands: Hands) -> None:
    await brought(hands, LEADER, "checkpoints", point("C-1"))
    moved = await brought(hands, LEADER, "checkpoints", point("C-1", (118.6051, 32.005)))
    assert (moved["counts"], "stays where it is" in moved["rows"][0]["detail"]) == ({"refused": 1}, True)


@pytest.mark.parametrize("srid", [4490, 4549, 3857])
async def test_the_system_of_a_file_is_heeded(hands: Hands, srid: int) -> None:
    await brought(hands, LEADER, "checkpoints", point("C-1"))
    there = Transformer.from_crs(4326, srid, always_xy=True).transform(*make.A1)
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{srid}"}}
    found = await brought(hands, LEADER, "checkpoints", point("C-1", there), datum=None, crs=crs)
    assert (found["read_as"], found["counts"]) == (f"EPSG:{srid}", {"same": 1})


async def test_a_wrong_system_is_refused_and_none_is_guessed(hands: Hands) -> None:
    wrong = await brought(hands, LEADER, "checkpoints", point("C-1"), crs="EPSG:4549")
    assert "not where the system is used" in wrong["rows"][0]["detail"]
    for crs in (None, "EPSG:1", "local"):
        answer = await bring(hands, LEADER, "checkpoints", point("C-1"), datum=None, crs=crs)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unknown-reference")


async def test_who_may_not_change_a_layer_brings_nothing_in(hands: Hands) -> None:
    for who, layer in ((LEADER, "areas"), (LEADER, "beats"), ("street1.acceptor", "checkpoints")):
        answer = await bring(hands, who, layer, FILES[layer][1][0], dry_run=True)
        assert answer.status_code == 403
    other = await brought(hands, OTHER, "checkpoints", point("C-1"), dry_run=True)
    assert other["counts"] == {"refused": 1}
