"""Decides the cells' borders: one noded linework of all borders, so that neighbours share every vertex exactly."""

import numpy as np
import shapely
from shapely.geometry import MultiPoint, Polygon
from shapely.geometry.base import BaseGeometry

from seed.pukou.generator.outline import Coordinates
from seed.pukou.generator.plane import nearest, to_degrees, to_km

PRECISION_DEG = 1e-7
STUB_KM = 0.02  # borders shorter than this are an accident of the construction


def without_stubs(linework: BaseGeometry, outline: Polygon) -> BaseGeometry:
    """Draw vertices closer than a stub together, onto the outline's own vertices where there are any."""
    corners = np.round(shapely.get_coordinates(outline), 7)
    found = np.unique(np.round(shapely.get_coordinates(linework), 7), axis=0)
    is_corner = (found[:, None, :] == corners[None, :, :]).all(axis=2).any(axis=1)
    ordered = np.vstack((found[is_corner], found[~is_corner]))
    plane = to_km(ordered)
    target = np.arange(len(ordered))
    for i in range(int(is_corner.sum()), len(ordered)):
        kept = np.flatnonzero(target[:i] == np.arange(i))
        distance = np.linalg.norm(plane[kept] - plane[i], axis=1)
        if distance.min() < STUB_KM:
            target[i] = kept[distance.argmin()]
    moved = {tuple(was): now for was, now in zip(ordered.tolist(), ordered[target], strict=True)}

    def move(points: Coordinates) -> Coordinates:
        return np.array([moved[tuple(point)] for point in np.round(points, 7).tolist()])

    lines = shapely.make_valid(shapely.transform(shapely.get_parts(linework), move))
    return shapely.union_all(
        lines[shapely.get_type_id(lines) == shapely.GeometryType.LINESTRING], grid_size=PRECISION_DEG
    )


def partition(outline: Polygon, sites: Coordinates) -> list[Polygon]:
    """Cut the outline into one polygon a site; neighbours share every vertex because all edges are noded together."""
    plane = shapely.transform(outline, to_km)
    lines = shapely.voronoi_polygons(MultiPoint(sites), extend_to=plane, only_edges=True)
    edges = shapely.transform(lines, to_degrees).intersection(outline)
    linework = without_stubs(shapely.union_all([edges, outline.boundary], grid_size=PRECISION_DEG), outline)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(linework)))
    inside = np.array([face.representative_point().coords[0] for face in faces])
    owner = nearest(to_km(inside), sites)
    pieces = [[f for f, o in zip(faces, owner, strict=True) if o == i] for i in range(len(sites))]
    main = [max(own, key=lambda face: float(face.area)) for own in pieces]
    orphans = [face for own, kept in zip(pieces, main, strict=True) for face in own if face is not kept]
    for orphan in orphans:
        host = max(range(len(main)), key=lambda i: float(main[i].intersection(orphan).length))
        main[host] = shapely.coverage_union(main[host], orphan)
    return [rounded(cell) for cell in main]


def rounded(geometry: BaseGeometry) -> BaseGeometry:
    """Coordinates as they read back from seven printed decimals, so that files and memory hold the same numbers."""
    return shapely.transform(geometry, lambda xy: np.round(xy, 7))
