"""A tile draws and counts what its caller may see, whoever asked for it before, whatever they say they hold."""

import random
from collections.abc import Iterator

import pytest

from app.identity.workflow import Right
from app.layer.tile.workflow import BUFFER, EXTENT, Tile
from tests.contract.asking import Answer
from tests.layer.tile import mvt
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.grounds import LAYERS, Drawn, grown, inside, tile
from tests.leaks.things import World

WHOLE, BRIEF, COUNTED = (14, 16), (11, 13), (9, 11, 13)
MARGIN, SLACK = BUFFER / EXTENT, 1e-6
FOREIGNERS = 2
TOGETHER = ("incidents", "grid_cells", "hot_cells")


def _path(collection: str, of: Tile) -> str:
    return f"/ogc/collections/{collection}/tiles/WebMercatorQuad/{of.z}/{of.y}/{of.x}"


def _features(answer: Answer) -> list[mvt.Feature]:
    return [one for layer in mvt.layers(answer.body).values() for one in layer.features]


def _may(caller: Caller) -> bool:
    return Right.LAYERS_READ in caller.eyes.rights and caller.eyes.me.is_active


def _looked_at(site: Site, drawn: Drawn, zooms: tuple[int, ...]) -> Iterator[tuple[World, Tile]]:
    """Some tiles of each world in which there is something, if not for everybody."""
    for world in site.worlds:
        places = list(dict.fromkeys(drawn.ground(one) for one in drawn.all(world)))
        for zoom in zooms:
            for place in random.Random(f"{world.seed} {zoom}").sample(places, min(len(places), 2)):
                yield world, tile(world, place, zoom)


def _asking(callers: list[Caller], world: World) -> list[Caller]:
    """Everybody of a world, and some of others."""
    foreign = [one for one in callers if one.eyes.world is not world and _may(one)]
    own = [one for one in callers if one.eyes.world is world]
    return [*own, *random.Random(world.seed).sample(foreign, min(len(foreign), FOREIGNERS))]


async def _look(caller: Caller, path: str) -> Answer | None:
    """A tile, where the caller may look at layers."""
    answer = await caller.get(path)
    allowed = (200, 204) if _may(caller) else (401, 403)
    if answer.status not in allowed:
        caller.wrong(path, f"answers {answer.status}")
    return answer if answer.status in (200, 204) else None


@pytest.mark.parametrize("collection", LAYERS)
async def test_a_tile_draws_what_its_caller_may_see(collection: str, callers: list[Caller], site: Site) -> None:
    drawn, shown = LAYERS[collection], 0
    for world, of in _looked_at(site, drawn, WHOLE if drawn.is_point else (*BRIEF, *WHOLE)):
        for caller in _asking(callers, world):
            answer = await _look(caller, _path(collection, of))
            if answer is None:
                continue
            found = [str(one.properties["id"]) for one in _features(answer)]
            least, most = (
                {
                    drawn.name(one)
                    for one in inside(caller.eyes.world, drawn, drawn.seen(caller.eyes), grown(of.degrees, by))
                }
                for by in (-SLACK, MARGIN + SLACK)
            )
            caller.compare(f"{_path(collection, of)} less", [*least - set(found)], [])
            caller.compare(f"{_path(collection, of)} more", [*set(found) - most], [])
            shown += len(found)
    verdict(callers)
    assert shown > 0


async def test_a_wide_tile_counts_what_its_caller_may_see(callers: list[Caller], site: Site) -> None:
    drawn, counted = LAYERS["incidents"], 0
    for world, of in _looked_at(site, drawn, COUNTED):
        for caller in _asking(callers, world):
            for asks, wanted in (((), True), ((("is_open", "false"),), False)):
                answer = await caller.get(_path("incidents", of), *asks)
                if not _may(caller):
                    continue
                seen = [one for one in drawn.seen(caller.eyes) if one.is_open is wanted]
                there = inside(caller.eyes.world, drawn, seen, of.degrees)
                found = sum(one.properties["count"] for one in _features(answer))
                if found != len(there):
                    caller.wrong(_path("incidents", of), f"counts {found}, not {len(there)}")
                counted += found
    verdict(callers)
    assert counted > 0


async def test_hot_cells_count_what_their_caller_may_see(callers: list[Caller], site: Site) -> None:
    counted = 0
    for world, of in _looked_at(site, LAYERS["incidents"], (12, 14)):
        for caller in filter(_may, _asking(callers, world)):
            answer = await caller.get(_path("hot_cells", of))
            for feature in _features(answer):
                at = next(one for one in caller.eyes.world.places if str(one.cell_id) == feature.properties["id"])
                seen = [one for one in LAYERS["incidents"].seen(caller.eyes) if one.home is at and not one.by_patrol]
                counted += len(seen)
                if feature.properties["incidents"] != len(seen):
                    caller.wrong(_path("hot_cells", of), f"counts {feature.properties['incidents']}, not {len(seen)}")
    verdict(callers)
    assert counted > 0


@pytest.mark.parametrize("collection", ["incidents", "checkpoints", "grid_cells", "coverage"])
async def test_who_shows_anothers_etag_gets_their_own_tile(collection: str, callers: list[Caller], site: Site) -> None:
    crossed = 0
    for world, of in _looked_at(site, LAYERS[collection], (13,)):
        path = _path(collection, of)
        own = {one: await one.get(path) for one in filter(_may, _asking(callers, world))}
        chance = random.Random(path)
        for caller, mine in own.items():
            theirs = chance.choice(list(own.values()))
            answer = await caller.get(path, if_none_match=theirs.tag.encode())
            if theirs.tag == mine.tag:
                expected = (304, b"") if theirs.body == mine.body else (0, b"")
            else:
                expected = (mine.status, mine.body)
            if (answer.status, answer.body) != expected:
                caller.wrong(path, f"answers {answer.status} to the ETag of another")
            crossed += theirs.body != mine.body
    verdict(callers)
    assert crossed > 0


async def test_several_layers_in_one_tile_are_those_of_their_caller(callers: list[Caller], site: Site) -> None:
    for world, of in _looked_at(site, LAYERS["incidents"], (14,)):
        place = f"{of.z}/{of.y}/{of.x}"
        for caller in filter(_may, _asking(callers, world)):
            asks = ("collections", ",".join(TOGETHER))
            together = mvt.layers((await caller.get(f"/ogc/tiles/WebMercatorQuad/{place}", asks)).body)
            apart = [await caller.get(_path(one, of)) for one in TOGETHER]
            expected = {name: layer for one in apart for name, layer in mvt.layers(one.body).items()}
            if together != expected:
                caller.wrong(place, f"{together.keys()} together, {expected.keys()} apart")
    verdict(callers)


async def test_a_filter_finds_nothing_that_is_out_of_sight(callers: list[Caller]) -> None:
    for caller in filter(_may, callers):
        eyes = caller.eyes
        for one in random.Random(eyes.me.username).sample(eyes.world.incidents, 4):
            asks = ("filter", f"number = '{one.number}'")
            sees = eyes.incident(one)
            items = (await caller.get("/ogc/collections/incidents/items", asks)).json()
            if (items["numberMatched"], len(items["features"])) != (int(sees), int(sees)):
                caller.wrong(one.number, f"is matched {items['numberMatched']} times by a filter")
            path = _path("incidents", tile(eyes.world, one.home, 10 if one.by_patrol else 14))
            if (answer := await caller.get(path, asks)).status != (200 if sees else 204):
                caller.wrong(path, f"is {answer.status} where only {one.number} is asked for")
    verdict(callers)
