"""What a tile is: the matrix sets, where each tile lies, and how finely it shows a collection. Nothing here reads anything."""

import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import morecantile

from app.core.geo import MERCATOR, SRID
from app.core.problems import NotFound
from app.grid.models import DRAWN_ZOOMS, TILE_UNITS
from app.layer.feature.workflow import Asked, equal, filtering, interval, once
from app.layer.workflow import COLLECTIONS, BadQuery, Collection, Property, S, Shape, When
from app.layer.workflow import I as INTEGER

EXTENT, BUFFER = TILE_UNITS, 64
"""Units across a tile, and how far beyond its edge shapes go on, so that no edge is drawn where none is."""
MAX_ZOOM = 16
"""A unit is 15 cm there; clients enlarge its tiles for what is nearer."""
OF_CELLS = frozenset({"grid_cells", "coverage", "hot_cells", "beats"})
"""Made of cells, whose shapes are kept in Web Mercator; the few areas are transformed when they are drawn."""
WHOLE_ZOOM = 14
"""From here on every feature is shown with all its properties. Below, incidents are counted and cells told in `BRIEF`."""
BRIEF: Mapping[str, tuple[str, ...]] = {
    "grid_cells": ("kind",),
    "coverage": ("is_visited", "visits", "dwell_s"),
    "hot_cells": ("incidents", "gi_z"),
}
"""What a map colours many cells by, where nobody reads the rest: that costs more than the shapes."""
BINS = 16
"""Counted points stand for a square of which so many lie across a tile."""
ID_DIGITS = 13
"""Hexadecimal digits of an id that make the number of its feature: the last, which are random; 52 bits."""
COUNTED: Mapping[str, tuple[Property, ...]] = {
    "incidents": (
        Property("count", INTEGER, "事件数", "Incidents"),
        Property("open", INTEGER, "未结", "Open"),
        Property("overdue", INTEGER, "超期", "Overdue"),
        Property("priority", INTEGER, "最高优先级", "The most urgent priority"),
    )
}
"""What stands for the points of a collection below `WHOLE_ZOOM`, of those that are many."""
ID = Property("id", S, "标识", "Id")


class Bounds(NamedTuple):
    """A box in the units of a matrix set, or in degrees."""

    west: float
    south: float
    east: float
    north: float


class Matrices(NamedTuple):
    """A tile matrix set that is offered, in coordinates of `srid`. Its zoom n is as fine as Web Mercator's n + `finer`."""

    id: str
    srid: int
    finer: int

    @property
    def definition(self) -> morecantile.TileMatrixSet:
        """The set as OGC defines it."""
        return _definition(self.id)

    @property
    def max_zoom(self) -> int:
        """The last zoom that is cut."""
        return MAX_ZOOM - self.finer

    def min_zoom(self, collection: Collection) -> int:
        """The first zoom at which a collection is cut."""
        return max(collection.min_zoom - self.finer, 0)


@cache
def _definition(name: str) -> morecantile.TileMatrixSet:
    """Read once: the library makes a copy of the whole set each time."""
    return morecantile.tms.get(name)


MATRICES: Mapping[str, Matrices] = {
    one.id: one for one in (Matrices("WebMercatorQuad", MERCATOR, 0), Matrices("WorldCRS84Quad", SRID, 1))
}


class Tile(NamedTuple):
    """A tile of a matrix set."""

    matrices: Matrices
    z: int
    x: int
    y: int

    @property
    def zoom(self) -> int:
        """Web Mercator's zoom that is as fine."""
        return self.z + self.matrices.finer

    @property
    def bounds(self) -> Bounds:
        """Its box in the units of its set."""
        return Bounds(*self.matrices.definition.xy_bounds(morecantile.Tile(self.x, self.y, self.z)))

    @property
    def degrees(self) -> Bounds:
        """Its box in degrees."""
        return Bounds(*self.matrices.definition.bounds(morecantile.Tile(self.x, self.y, self.z)))


def matrices(name: str) -> Matrices:
    """The matrix set of this id.

    Raises:
        NotFound: it is not offered.
    """
    found = MATRICES.get(name)
    if found is None:
        raise NotFound(f"Tile matrix sets are {', '.join(MATRICES)}.")
    return found


def tile(within: Matrices, z: str, y: str, x: str) -> Tile:
    """The tile that a path names.

    Raises:
        NotFound: there is none in this set, or none so fine is cut.
    """
    if not all(part.isascii() and part.isdecimal() and len(part) < 8 for part in (z, y, x)):  # noqa: PLR2004  # a tile's number is shorter
        raise NotFound("A tile is named by three whole numbers: zoom, row, column.")
    zoom, row, column = int(z), int(y), int(x)
    if zoom > within.max_zoom:
        raise NotFound(f"Tiles are cut up to zoom {within.max_zoom}; enlarge those.")
    matrix = within.definition.matrix(zoom)
    if row >= matrix.matrixHeight or column >= matrix.matrixWidth:
        raise NotFound(f"Zoom {zoom} has {matrix.matrixHeight} rows and {matrix.matrixWidth} columns.")
    return Tile(within, zoom, column, row)


def limits(within: Matrices, collection: Collection | None, box: Sequence[float]) -> list[dict[str, object]]:
    """Which tiles lie over a box in degrees, by zoom."""
    definition = within.definition
    first = within.min_zoom(collection) if collection else 0
    ranges = []
    for zoom in range(first, within.max_zoom + 1):
        matrix = definition.matrix(zoom)
        left, top = definition.tile(box[0], box[3], zoom, truncate=True)[:2]
        right, bottom = definition.tile(box[2], box[1], zoom, truncate=True)[:2]
        ranges.append(
            {
                "tileMatrix": str(zoom),
                "minTileRow": max(top, 0),
                "maxTileRow": min(bottom, matrix.matrixHeight - 1),
                "minTileCol": max(left, 0),
                "maxTileCol": min(right, matrix.matrixWidth - 1),
            }
        )
    return ranges


class Form(NamedTuple):
    """What a tile's statement looks like, apart from its values: those of one form are compiled and prepared once.

    `shape` is the column of cells that is drawn; without one it is the geometry of the feature. `brief` is below
    `WHOLE_ZOOM`; `labels` shows of each shape only where its label stands.
    """

    collection: str
    srid: int
    shape: str
    brief: bool
    equal: tuple[str, ...]
    timed: bool
    labels: bool

    @property
    def is_counted(self) -> bool:
        """Whether points are counted, and not shown."""
        return self.brief and self.collection in COUNTED

    @property
    def is_search(self) -> bool:
        """Whether its statement is planned anew for its values: the best way to many depends on where they are.

        Few are found by place, planned once for all; hot cells count incidents of all cells, however few are shown.
        """
        return self.brief or self.collection == "hot_cells"

    @property
    def told(self) -> tuple[Property, ...]:
        """The properties of its features, beside the id."""
        collection = COLLECTIONS[self.collection]
        brief = BRIEF.get(self.collection) if self.brief else None
        return tuple(one for one in collection.properties if brief is None or one.name in brief)


def form(collection: Collection, wanted: Tile, asked: Asked) -> Form:
    """The form of the statement that cuts a tile."""
    return Form(
        collection.id,
        wanted.matrices.srid,
        _shape(collection, wanted),
        wanted.zoom < WHOLE_ZOOM,
        tuple(name for name, _ in asked.equal),
        asked.interval is not None and collection.when is When.INSTANT,
        asked.labels,
    )


def _shape(collection: Collection, wanted: Tile) -> str:
    if collection.id not in OF_CELLS or wanted.matrices.srid != MERCATOR:
        return ""
    return f"drawn_{wanted.zoom}" if wanted.zoom in DRAWN_ZOOMS and collection.id != "beats" else "mercator"


def asked_of_tile(collection: Collection, query: Sequence[tuple[str, str]]) -> Asked:
    """What the query string asks of a tile: when, a filter, properties that must have a value, and only labels' places.

    Raises:
        BadQuery: it asks for what no tile of this collection has.
    """
    given = once(query)
    when, labels = interval(given.pop("datetime", None)), given.pop("labels", "false")
    if labels not in {"true", "false"}:
        raise BadQuery("labels must be true or false.")
    if labels == "true" and collection.shape is Shape.POINT:
        raise BadQuery("labels are asked of shapes: a point is where its label is.")
    filtered = filtering(given)
    return Asked(interval=when, **filtered, equal=tuple(equal(collection, given)), labels=labels == "true")


def narrowed(collection: Collection, wanted: Tile, asked: Asked) -> Asked:
    """What is asked of a tile: only open incidents are counted, unless the request says what it wants.

    Raises:
        NotFound: the collection is not cut at so low a zoom.
    """
    first = wanted.matrices.min_zoom(collection)
    if wanted.z < first:
        raise NotFound(f"{collection.id} are cut from zoom {first} on.")
    is_counted = collection.id in COUNTED and wanted.zoom < WHOLE_ZOOM
    if not is_counted or asked.equal or asked.interval or asked.filter is not None:
        return asked
    return asked._replace(equal=(("is_open", True),))


def properties(collection: Collection) -> tuple[Property, ...]:
    """Every property that a feature of a tile may have."""
    counted = [one for one in COUNTED.get(collection.id, ()) if collection.named(one.name) is None]
    return (ID, *collection.properties, *counted)


@lru_cache(10_000)
def values(wanted: Tile) -> dict[str, float]:
    """What a statement is told of where its tile lies: its box, the same with a margin, and the way of points.

    A point is at `(lon - lon_0) * scale_x` and `(north_0 - northing) * scale_y` of the tile's grid, where the northing is
    the latitude itself, or that of Web Mercator in radians.
    """
    bounds, degrees = wanted.bounds, wanted.degrees
    is_mercator = wanted.matrices.srid == MERCATOR
    north, south = (_northing(at) if is_mercator else at for at in (degrees.north, degrees.south))
    scale_x, scale_y = EXTENT / (degrees.east - degrees.west), EXTENT / (north - south)
    margin_x, margin_y = BUFFER / scale_x, (degrees.north - degrees.south) * 2 * BUFFER / EXTENT
    return {
        **bounds._asdict(),
        "margin": (bounds.east - bounds.west) * BUFFER / EXTENT,
        "lon_from": degrees.west - margin_x,
        "lat_from": degrees.south - margin_y,
        "lon_to": degrees.east + margin_x,
        "lat_to": degrees.north + margin_y,
        "lon_0": degrees.west,
        "north_0": north,
        "scale_x": scale_x,
        "scale_y": scale_y,
        "grid_x": wanted.x * EXTENT,
        "grid_y": wanted.y * EXTENT,
        "bin_x": wanted.x * BINS,
        "bin_y": wanted.y * BINS,
    }


def _northing(lat: float) -> float:
    return math.log(math.tan(math.radians(45 + lat / 2)))


def named(names: str | None) -> list[Collection]:
    """The collections of a list of ids; all without one.

    Raises:
        BadQuery: one of them is unknown.
    """
    wanted = list(dict.fromkeys(names.split(","))) if names is not None else list(COLLECTIONS)
    for name in wanted:
        if name not in COLLECTIONS:
            raise BadQuery(f"collections: there are {', '.join(COLLECTIONS)}.")
    return [COLLECTIONS[name] for name in wanted]
