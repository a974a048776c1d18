"""How GeoJSON is read: which coordinate system it is in, and its polygons as WGS 84, or where it is wrong."""

import gzip
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeAlias

import numpy as np
import orjson
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from app.core.geo import Datum
from app.core.geo_arrays import Positions, all_gcj02_to_wgs84
from app.core.problems import TooLarge, Unprocessable

MAX_VERTICES = 500_000
MAX_POLYGON_VERTICES = 20_000
MAX_TOLD = 20
RING_POSITIONS = 4
PLANE = 2
DECIMALS = 10
"""Converted positions are rounded, so that neighbours that shared a vertex still do."""
FAR_DEGREES = 3.0
"""How far from its own ground a zone is used by people who do not mind: about the next one."""
OFF = "A position is not on the globe, or not where the system is used, read as {}."
Rings: TypeAlias = list[Positions]
LON_LAT = frozenset({"CRS84", "4326", "4490"})
"""WGS 84, and CGCS2000, which is the same to the centimetre: longitude and latitude, longitude first."""
_NAMED = re.compile(r"(?:urn:ogc:def:crs:)?(?:(?:OGC:[\d.]*:)?(CRS84)|(?:EPSG:(?:[\d.]*:)?)?(\d{4,6}))", re.IGNORECASE)


class WrongGeometry(Unprocessable):
    """A geometry cannot be read; the pointers say where."""

    members: ClassVar[dict[str, Any]] = {
        "errors": [{"pointer": "/features/0/geometry/type", "detail": "This must be a Polygon or a MultiPolygon."}]
    }


class UnknownReference(Unprocessable):
    """It is not said which coordinate system the positions are in, or it is not one that can be read."""


@dataclass(frozen=True, slots=True)
class Reading:
    """How positions are read: from which named system to degrees, and whether a map shifted them."""

    crs: str
    datum: Datum

    @property
    def label(self) -> str:
        """The system in words, for the record."""
        name = self.crs if self.crs == "CRS84" else f"EPSG:{self.crs}"
        return f"{name}, shifted as GCJ-02" if self.datum is Datum.GCJ02 else name

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Where the system is used, in degrees: what is read far from there was written in another."""
        used = None if self.crs in LON_LAT else CRS.from_epsg(int(self.crs)).area_of_use
        if used is None or used.west > used.east:
            return -180.0, -90.0, 180.0, 90.0
        return used.west - FAR_DEGREES, used.south - FAR_DEGREES, used.east + FAR_DEGREES, used.north + FAR_DEGREES

    def is_off(self, positions: Positions) -> Any:
        """Which positions, in WGS 84, are on no globe, or far from where the system is used."""
        west, south, east, north = self.extent
        least, most = (max(west, -180.0), max(south, -90.0)), (min(east, 180.0), min(north, 90.0))
        return ~np.logical_and(positions >= least, positions <= most).all(axis=1)

    def to_wgs84(self, positions: Positions) -> Positions:
        """These positions in WGS 84; what is on no globe stays so."""
        if self.crs not in LON_LAT:
            turn = Transformer.from_crs(CRS.from_epsg(int(self.crs)), CRS.from_epsg(4326), always_xy=True)
            positions = np.column_stack(turn.transform(positions[:, 0], positions[:, 1])).round(DECIMALS)
        if self.datum is Datum.WGS84:
            return positions
        with np.errstate(all="ignore"):
            return all_gcj02_to_wgs84(positions).round(DECIMALS)


def reading(datum: Datum | None, member: Any = None) -> Reading:
    """How to read a collection, from what its sender says and from its `crs` member (or the name of a system).

    Raises:
        UnknownReference: nobody says, or the system is not known. It is never guessed.
    """
    if member is None:
        if datum is None:
            raise UnknownReference("Say the coordinate system: the data has no crs member.")
        return Reading("CRS84", datum)
    properties = member.get("properties") if isinstance(member, dict) else {"name": member}
    named = properties.get("name") if isinstance(properties, dict) else None
    match = _NAMED.fullmatch(named.strip()) if isinstance(named, str) else None
    crs = match and (match[2] or "CRS84")
    if not crs or not (crs in LON_LAT or _is_known(crs)):
        raise UnknownReference(f"The coordinate system {str(named)[:80]!r} is not known; name it as EPSG:code.")
    return Reading(crs, datum or Datum.WGS84)


def _is_known(crs: str) -> bool:
    try:
        found = CRS.from_epsg(int(crs))
    except ProjError:
        return False
    return bool(found.is_projected or found.is_geographic)


def read_file(path: Path) -> dict[str, Any]:
    """The feature collection in a `.geojson` or `.geojson.gz` file.

    Raises:
        Unprocessable: it holds something else.
    """
    held = path.read_bytes()
    try:
        found = orjson.loads(gzip.decompress(held) if path.suffix == ".gz" else held)
    except (orjson.JSONDecodeError, OSError, EOFError, zlib.error):
        raise Unprocessable(f"{path.name} is not GeoJSON.") from None
    collection = found if isinstance(found, dict) else {}
    if collection.get("type") != "FeatureCollection" or not isinstance(collection.get("features"), list):
        raise Unprocessable(f"{path.name} is not a GeoJSON FeatureCollection.")
    return collection


def polygons(geometries: Sequence[Any], how: Reading) -> list[bytes]:
    """One polygon a geometry as WGS 84 WKB; heights are dropped, a multipolygon of one part is taken as that part.

    Polygons that cross themselves are let through: the check of a plan reports them.

    Raises:
        WrongGeometry: some cannot be stored; each of the first is named by its pointer.
    """
    only: list[Rings] = []
    faults: list[Fault] = []
    for i, geometry in enumerate(geometries):
        try:
            only.append(_only(_parts(geometry)))
        except Fault as fault:
            faults.append(fault.under(f"/features/{i}/geometry"))
            if len(faults) == MAX_TOLD:
                break
    _refuse(faults)
    return [bytes(wkb) for wkb in shapely.to_wkb(_assembled(only, how, "/features/{}/geometry"))]


def moved(geometry: Any, how: Reading) -> Any:
    """A geometry of any kind in WGS 84, as GeoJSON without heights; nothing stays nothing.

    Raises:
        WrongGeometry: it is none, or is not where its system is used.
    """
    if geometry is None:
        return None
    try:
        there = shapely.transform(shapely.from_geojson(orjson.dumps(geometry)), how.to_wgs84)
    except (shapely.GEOSException, orjson.JSONEncodeError):
        raise WrongGeometry("This is no geometry.") from None
    if shapely.is_empty(there) or how.is_off(shapely.get_coordinates(there)).any():
        raise WrongGeometry(OFF.format(how.label))
    return orjson.loads(shapely.to_geojson(there))


def boundary(geometry: Any, datum: Datum, pointer: str) -> bytes:
    """An area's boundary, of one part or many, as WGS 84 WKB; it must not cross itself.

    Raises:
        WrongGeometry: it cannot be stored, or crosses itself.
    """
    try:
        parts = _parts(geometry)
    except Fault as fault:
        _refuse([fault.under(pointer)])
    whole = shapely.multipolygons(_assembled(parts, Reading("CRS84", datum), pointer))
    if not shapely.is_valid(whole):
        _refuse([Fault(pointer, shapely.is_valid_reason(whole))])
    return bytes(shapely.to_wkb(whole))


class Fault(Exception):
    """What is wrong, and where."""

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer, self.detail = pointer, detail

    def under(self, pointer: str) -> "Fault":
        """The same fault, seen from further up."""
        return Fault(pointer + self.pointer, self.detail)


def _refuse(faults: Sequence[Fault]) -> None:
    if faults:
        errors = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults[:MAX_TOLD]]
        raise WrongGeometry(f"{errors[0]['pointer']}: {errors[0]['detail']}", errors=errors)


def _parts(geometry: Any) -> list[Rings]:
    kind, held = (geometry.get("type"), geometry.get("coordinates")) if isinstance(geometry, dict) else (None, None)
    if kind not in ("Polygon", "MultiPolygon"):
        raise Fault("/type", "This must be a Polygon or a MultiPolygon.")
    if not isinstance(held, list) or not held:
        raise Fault("/coordinates", "There are no rings.")
    if kind == "Polygon":
        return [_rings(held, "/coordinates")]
    return [_rings(part, f"/coordinates/{i}") for i, part in enumerate(held)]


def _only(parts: list[Rings]) -> Rings:
    if len(parts) > 1:
        raise Fault("/coordinates", f"A cell is one polygon; this has {len(parts)} parts.")
    return parts[0]


def _rings(polygon: Any, pointer: str) -> Rings:
    if not isinstance(polygon, list) or not polygon:
        raise Fault(pointer, "There are no rings.")
    if sum(len(ring) for ring in polygon if isinstance(ring, list)) > MAX_POLYGON_VERTICES:
        raise Fault(pointer, f"A polygon has at most {MAX_POLYGON_VERTICES} vertices.")
    return [_ring(ring, f"{pointer}/{i}") for i, ring in enumerate(polygon)]


def _ring(ring: Any, pointer: str) -> Positions:
    try:
        found = np.asarray(ring)
    except ValueError:
        found = np.empty(0)
    if found.ndim != PLANE or found.shape[1] < PLANE or found.dtype.kind not in "if":
        raise Fault(pointer, "A ring is a list of positions, each with the same number of coordinates.")
    flat: Positions = found[:, :2].astype(np.float64)
    if len(flat) < RING_POSITIONS or (flat[0] != flat[-1]).any():
        raise Fault(pointer, "A ring has at least four positions and ends where it begins.")
    return flat


def _assembled(parts: Sequence[Rings], how: Reading, pointer: str) -> Any:
    """Shapely polygons of these parts, all positions converted at once; `pointer` may hold a place for the index."""
    rings = [ring for part in parts for ring in part]
    positions = np.concatenate(rings)
    if len(positions) > MAX_VERTICES:
        raise TooLarge(f"At most {MAX_VERTICES} vertices at a time.", max_vertices=MAX_VERTICES)
    ring_of = np.repeat(np.arange(len(rings)), [len(ring) for ring in rings])
    part_of = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
    positions = how.to_wgs84(positions)
    off = np.unique(part_of[ring_of[how.is_off(positions)]])[:MAX_TOLD]
    _refuse([Fault(pointer.format(i), OFF.format(how.label)) for i in off])
    return shapely.polygons(shapely.linearrings(positions, indices=ring_of), indices=part_of)
