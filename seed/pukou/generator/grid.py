"""Decides the synthetic grid: cell sites by weighted Lloyd relaxation, their communities, their 15-digit codes."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon

from seed.pukou.generator.linework import partition
from seed.pukou.generator.outline import Coordinates
from seed.pukou.generator.places import KNOWN_COMMUNITIES, TERRITORIES, TOWNS
from seed.pukou.generator.plane import nearest, to_km

SAMPLE_STEP_KM = 0.1
MIN_CELLS = 3


@dataclass(frozen=True)
class Cell:
    """One grid cell: 15-digit code, its community's 12-digit code, its boundary in WGS 84."""

    code: str
    community: str
    boundary: Polygon


def sample(outline: Polygon, rng: np.random.Generator) -> Coordinates:
    """Points on a jittered lattice inside the outline, in kilometres."""
    plane = shapely.transform(outline, to_km)
    west, south, east, north = plane.bounds
    xs, ys = np.meshgrid(np.arange(west, east, SAMPLE_STEP_KM), np.arange(south, north, SAMPLE_STEP_KM))
    points = np.column_stack((xs.ravel(), ys.ravel()))
    points += rng.uniform(-SAMPLE_STEP_KM / 2, SAMPLE_STEP_KM / 2, points.shape)
    inside: Coordinates = points[shapely.contains_xy(plane, points)]
    return inside


def density(points: Coordinates) -> Coordinates:
    """How much denser than open country the cells should be at each point."""
    total = np.ones(len(points))
    for centre, factor, radius_km in TOWNS:
        squared = ((points - to_km(np.array([centre]))) ** 2).sum(axis=1)
        total += factor * np.exp(-squared / (2 * radius_km**2))
    return total


def street_of(points: Coordinates) -> npt.NDArray[np.str_]:
    """Street code of every point."""
    owners = [(code, anchor, t.reach_km) for code, t in TERRITORIES.items() for anchor in t.anchors]
    sites = to_km(np.array([anchor for _, anchor, _ in owners]))
    labels = nearest(points, sites, np.array([reach for _, _, reach in owners]))
    return np.array([code for code, _, _ in owners])[labels]


def relax(points: Coordinates, weights: Coordinates, k: int, rounds: int, rng: np.random.Generator) -> Coordinates:
    """Sites (k of them) among the points by weighted Lloyd relaxation; few rounds leave the cells irregular."""
    chosen = [int(rng.choice(len(points), p=weights / weights.sum()))]
    while len(chosen) < k:  # far from the sites already there, as k-means++ does
        distance = ((points[:, None, :] - points[None, chosen, :]) ** 2).sum(axis=2).min(axis=1)
        chance = weights * distance
        chosen.append(int(rng.choice(len(points), p=chance / chance.sum())))
    sites = points[chosen].copy()
    for _ in range(rounds):
        labels = nearest(points, sites)
        for i in range(k):
            mine = labels == i
            sites[i] = np.average(points[mine], axis=0, weights=weights[mine])
    return sites


def name_sites(codes: list[str], sites: Coordinates) -> list[str]:
    """Give each site a community code: known communities take the nearest site, the rest go west to east."""
    free = set(range(len(sites)))
    owner: dict[int, str] = {}
    for code in (c for c in codes if c in KNOWN_COMMUNITIES):
        place = to_km(np.array([KNOWN_COMMUNITIES[code]]))[0]
        pick = min(free, key=lambda i: float(np.linalg.norm(sites[i] - place)))
        owner[pick] = code
        free.remove(pick)
    rest = (c for c in codes if c not in KNOWN_COMMUNITIES)
    owner |= dict(zip(sorted(free, key=lambda i: (sites[i][0], sites[i][1])), rest, strict=True))
    return [owner[i] for i in range(len(sites))]


def shares(total: int, masses: Coordinates) -> list[int]:
    """Split ``total`` cells over communities by mass, none below the minimum."""
    spare = masses / masses.sum() * max(total - MIN_CELLS * len(masses), 0)
    counts = np.floor(spare).astype(int)
    for i in np.argsort(counts - spare)[: round(float(spare.sum())) - int(counts.sum())]:
        counts[i] += 1
    return [int(n) + MIN_CELLS for n in counts]


def cell_sites(
    points: Coordinates, communities: dict[str, list[str]], rng: np.random.Generator
) -> tuple[Coordinates, list[str]]:
    """Place the cells' sites street by street, community by community; returns sites and their communities."""
    weights, streets = density(points), street_of(points)
    sites: list[Coordinates] = []
    labels: list[str] = []
    for street, codes in communities.items():
        ground, mass = points[streets == street], weights[streets == street]
        seats = relax(ground, mass, len(codes), 25, rng)
        owner = nearest(ground, seats)
        names = name_sites(codes, seats)
        masses = np.array([np.sqrt(mass[owner == i]).sum() for i in range(len(codes))])
        sizes = shares(TERRITORIES[street].cells, masses)
        for i, name in enumerate(names):
            sites.append(relax(ground[owner == i], mass[owner == i], sizes[i], 5, rng))
            labels += [name] * sizes[i]
    return np.vstack(sites), labels


def reading_order(cells: list[Polygon]) -> list[int]:
    """Rows from north to south, each row from west to east."""
    centres = np.array([cell.centroid.coords[0] for cell in cells])
    north_first = np.argsort(-centres[:, 1])
    rows = np.array_split(north_first, round(len(cells) ** 0.5))
    return [int(i) for row in rows for i in row[np.argsort(centres[row, 0])]]


def build_cells(outline: Polygon, communities: dict[str, list[str]], rng: np.random.Generator) -> list[Cell]:
    """The whole grid, sorted by code; ``communities`` are the 12-digit codes by street."""
    sites, labels = cell_sites(sample(outline, rng), communities, rng)
    polygons = partition(outline, sites)
    cells: list[Cell] = []
    for community in sorted(set(labels)):
        own = [p for p, label in zip(polygons, labels, strict=True) if label == community]
        cells += [Cell(f"{community}{n:03d}", community, own[i]) for n, i in enumerate(reading_order(own), 1)]
    return cells
