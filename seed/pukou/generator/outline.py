"""Decides the district's outline: one county boundary, moved from GCJ-02 to WGS 84 and simplified."""

import gzip
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry import Polygon, shape

from app.core.geo import LonLat, gcj02_to_wgs84

Coordinates = npt.NDArray[np.float64]

SIMPLIFY_DEG = 1.6e-4  # leaves about 400 vertices


def _to_wgs84(points: Coordinates) -> Coordinates:
    return np.array([gcj02_to_wgs84(LonLat(lon, lat)) for lon, lat in points.tolist()])


def load_outline(path: Path, adcode: str) -> Polygon:
    """Read one county of the GeoJSON file (GCJ-02) as a simplified polygon in WGS 84."""
    features = json.loads(gzip.decompress(path.read_bytes()))["features"]
    (county,) = [f for f in features if str(f["properties"]["adcode"]) == adcode]
    (polygon,) = shapely.get_parts(shape(county["geometry"]))
    outline = shapely.transform(polygon, _to_wgs84).simplify(SIMPLIFY_DEG)
    if not (isinstance(outline, Polygon) and outline.is_valid):
        raise ValueError(f"the outline of {adcode} is not one valid polygon")
    return outline
