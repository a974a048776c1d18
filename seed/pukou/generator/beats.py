"""Decides the beats: every street-level unit's cells cut into connected groups of about the same number."""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import shapely

from seed.pukou.generator.areas import Area
from seed.pukou.generator.grid import Cell
from seed.pukou.generator.outline import Coordinates
from seed.pukou.generator.plane import to_km

BEATS = {
    "320111001": 6,
    "320111002": 4,
    "320111003": 4,
    "320111004": 7,
    "320111005": 5,
    "320111006": 3,
    "320111007": 3,
    "320111008": 3,
    "320111009": 3,
    "320111400": 2,
}

Neighbours = dict[str, set[str]]


@dataclass(frozen=True)
class Beat:
    """A set of adjacent cells of one street-level unit that one crew walks."""

    code: str
    name_zh: str
    name_en: str
    area: str
    cells: list[str]


def neighbours(cells: list[Cell]) -> Neighbours:
    """Cells that share a border line, not only a corner."""
    boundaries = [cell.boundary for cell in cells]
    tree = shapely.STRtree(boundaries)
    found: Neighbours = {cell.code: set() for cell in cells}
    for i, j in tree.query(boundaries, predicate="touches").T:
        if boundaries[i].intersection(boundaries[j]).length > 0:
            found[cells[i].code].add(cells[j].code)
    return found


def _far_apart(centres: Coordinates, k: int) -> list[int]:
    """Indices of k centres spread out: the southern end, then always the one farthest from those chosen."""
    chosen = [int(centres[:, 1].argmin())]
    while len(chosen) < k:
        distance = np.linalg.norm(centres[:, None] - centres[None, chosen], axis=2).min(axis=1)
        chosen.append(int(distance.argmax()))
    return chosen


def _grow(cells: list[Cell], near: Neighbours, k: int) -> list[list[str]]:
    """Grow k connected groups from their seeds; the smallest group takes the open neighbour nearest to its seed."""
    centres = to_km(np.array([cell.boundary.centroid.coords[0] for cell in cells]))
    place = dict(zip((cell.code for cell in cells), centres, strict=True))
    groups = [[cells[i].code] for i in _far_apart(centres, k)]
    open_cells = set(place) - {group[0] for group in groups}
    while open_cells:
        fronts = [(group, {n for code in group for n in near[code]} & open_cells) for group in groups]
        group, front = min((pair for pair in fronts if pair[1]), key=lambda pair: len(pair[0]))
        seed = place[group[0]]
        taken = min(sorted(front), key=lambda code: float(np.linalg.norm(place[code] - seed)))
        group.append(taken)
        open_cells.remove(taken)
    return groups


def build_beats(areas: list[Area], cells: list[Cell], near: Neighbours) -> list[Beat]:
    """All beats; within a unit the ones with the smallest cells, its town, come first."""
    size = {cell.code: float(cell.boundary.area) for cell in cells}
    beats: list[Beat] = []
    for street in (area for area in areas if area.level == "street"):
        prefix = street.code12[:9]
        own = [cell for cell in cells if cell.code.startswith(prefix)]
        groups = _grow(own, near, BEATS.get(prefix, 1))
        groups.sort(key=lambda group: sum(size[code] for code in group) / len(group))
        for n, group in enumerate(groups, 1):
            names = (f"{street.name}责任网格{n}", f"{street.name_en} Beat {n}")
            beats.append(Beat(f"{prefix}-B{n:02d}", *names, street.code12, sorted(group)))
    if any(times != 1 for times in Counter(code for beat in beats for code in beat.cells).values()):
        raise ValueError("a cell stands in two beats")
    return beats
