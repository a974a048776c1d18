"""What each layer draws of a world, to whom, and where: what items and tiles are held to."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from app.layer.tile.workflow import MATRICES, Bounds, Tile
from tests.leaks.building import STEP, corner
from tests.leaks.reference import Eyes
from tests.leaks.things import Place, World


class Drawn(NamedTuple):
    """What of a world is drawn, who sees it, on which place's ground it lies, and how a feature names it."""

    all: Callable[[World], Iterable[Any]]
    sees: Callable[[Eyes, Any], bool]
    ground: Callable[[Any], Place]
    is_point: bool = True
    name: Callable[[Any], str] = str

    def seen(self, eyes: Eyes) -> list[Any]:
        """What a caller sees of all there is in their world."""
        return [one for one in self.all(eyes.world) if self.sees(eyes, one)]


def _cells(sees: Callable[[Eyes, Any], bool]) -> Drawn:
    return Drawn(
        lambda world: world.places, sees, lambda place: place, is_point=False, name=lambda place: str(place.cell_id)
    )


LAYERS = {
    "incidents": Drawn(lambda world: world.incidents, Eyes.incident, lambda one: one.home),
    "checkpoints": Drawn(
        lambda world: world.checkpoints, lambda eyes, one: eyes.at_centre(one.centre), lambda one: one.centre
    ),
    "patrols": Drawn(lambda world: world.patrols, Eyes.out_now, lambda one: one.centre),
    "grid_cells": _cells(Eyes.cell),
    "coverage": _cells(Eyes.commands),
    "hot_cells": _cells(Eyes.commands),
}


def tile(world: World, place: Place, zoom: int) -> Tile:
    """The tile that holds the middle of a place."""
    lon, lat = (at + STEP / 2 for at in corner(world, place))
    found = MATRICES["WebMercatorQuad"].definition.tile(lon, lat, zoom)
    return Tile(MATRICES["WebMercatorQuad"], zoom, found.x, found.y)


def inside(world: World, drawn: Drawn, some: Sequence[Any], box: Bounds) -> list[Any]:
    """Those that lie, or reach, into a box in degrees."""
    side = 0.0 if drawn.is_point else STEP
    found = []
    for one in some:
        west, south = (at + (STEP - side) / 2 for at in corner(world, drawn.ground(one)))
        if west <= box.east and box.west <= west + side and south <= box.north and box.south <= south + side:
            found.append(one)
    return found


def grown(box: Bounds, by: float) -> Bounds:
    """A box with a margin of so much of its sides."""
    dx, dy = (box.east - box.west) * by, (box.north - box.south) * by
    return Bounds(box.west - dx, box.south - dy, box.east + dx, box.north + dy)
