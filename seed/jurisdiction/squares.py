"""The generated grid: square cells over the points' extent, each of the sub-area whose points are most in it."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from app.replay.mapping import Unreadable
from seed.jurisdiction.survey import NOWHERE, Surveyed, extent

METRES_A_DEGREE = 111_320.0
DECIMALS = 7
MOST_CELLS = 50_000
MARGIN = 1e-4
"""Degrees around the outermost points, so that they lie inside and not on the border: about 10 m."""


@dataclass(frozen=True, slots=True)
class Squares:
    """The cells: their polygons, codes, and the place of each one's sub-area among `Survey.codes`."""

    polygons: NDArray[Any]
    codes: list[str]
    owners: NDArray[np.intp]

    def of(self, owner: int) -> Any:
        """The ground of a sub-area: all its cells as one shape, nothing if it has none."""
        mine = self.polygons[self.owners == owner]
        return shapely.union_all(mine) if len(mine) else None


def drawn(survey: Surveyed) -> Squares:
    """Cells over the whole extent, those at the eastern and northern edge cut by it.

    Raises:
        Unreadable: there would be too many.
    """
    how = survey.wanted.grid
    west, south, east, north = _padded(extent(survey.positions, how.trim, how.widen))
    tall = how.cell_m / METRES_A_DEGREE
    wide = tall / math.cos(math.radians((south + north) / 2))
    lons, lats = _lines(west, east, wide), _lines(south, north, tall)
    columns, rows = len(lons) - 1, len(lats) - 1
    if columns * rows > MOST_CELLS:
        raise Unreadable(f"{columns * rows:,} cells are too many: take larger ones, or trim the extent.")
    row, column = np.divmod(np.arange(rows * columns), columns)
    polygons = shapely.box(lons[column], lats[row], lons[column + 1], lats[row + 1])
    codes = [f"{survey.wanted.code}-{r:03d}-{c:03d}" for r, c in zip(row.tolist(), column.tolist(), strict=True)]
    return Squares(polygons, codes, _owners(survey, lons, lats, polygons))


def _padded(box: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    west, south, east, north = box
    return west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN


def _lines(first: float, last: float, step: float) -> NDArray[np.float64]:
    thinnest = max(last - step * 0.1, np.nextafter(first, last))  # no last cell thinner than a tenth, but one at least
    inner = np.arange(first, thinnest, step)
    return np.append(inner, last).round(DECIMALS)


def _owners(survey: Surveyed, lons: Any, lats: Any, polygons: Any) -> NDArray[np.intp]:
    """The sub-area with most points in each cell; an empty cell goes with the nearest that is not."""
    columns, rows = len(lons) - 1, len(lats) - 1
    at = survey.positions
    column, row = np.searchsorted(lons, at[:, 0], "right") - 1, np.searchsorted(lats, at[:, 1], "right") - 1
    counts = (survey.subareas != NOWHERE) & (column >= 0) & (column < columns) & (row >= 0) & (row < rows)
    votes = np.zeros((columns * rows, len(survey.codes)), np.int64)
    np.add.at(votes, (row[counts] * columns + column[counts], survey.subareas[counts]), 1)
    full = np.flatnonzero(votes.sum(axis=1))
    owners: NDArray[np.intp] = votes.argmax(axis=1)
    empty = np.flatnonzero(votes.sum(axis=1) == 0)
    centres = shapely.centroid(polygons)
    owners[empty] = owners[full][shapely.STRtree(centres[full]).nearest(centres[empty])]
    return owners
