"""What a recording says about a city: where its points lie, in which sub-areas, of which kinds, with which targets."""

from array import array
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from app.replay.mapping import Jurisdiction, Mapping, Unreadable
from app.replay.reading import NotSent, Values, category_code, code_of, instant, located, text, told
from app.replay.recording import rows

NOWHERE = -1
"""The sub-area of a point whose row names none."""


@dataclass
class Kind:
    """A category as the rows show it: under which names and classes, and how long its targets are, in hours."""

    names: Counter[str] = field(default_factory=Counter)
    domains: Counter[str] = field(default_factory=Counter)
    main_classes: Counter[str] = field(default_factory=Counter)
    target_hours: "array[float]" = field(default_factory=lambda: array("f"))

    @property
    def median_hours(self) -> float | None:
        """The middle target, where any row has one that makes sense."""
        return median(self.target_hours) if self.target_hours else None


class Surveyed(Protocol):
    """Ground that a recording shows: located rows, and the place in `codes` of each one's sub-area, or `NOWHERE`."""

    wanted: Jurisdiction
    zone: str
    codes: list[str]
    names: dict[str, str]

    @property
    def positions(self) -> NDArray[Any]:
        """Longitude and latitude of every located row."""

    @property
    def subareas(self) -> NDArray[Any]:
        """The sub-area of every located row."""


class Survey:
    """One look at all rows of a file."""

    def __init__(self, path: Path, mapping: Mapping) -> None:
        self.mapping, self.wanted = mapping, jurisdiction(mapping)
        self.zone: str = mapping.time.zone.key
        self.codes: list[str] = []
        self.kinds: dict[str, Kind] = {}
        self.names: dict[str, str] = {}
        self._seen: dict[str, int] = {}
        self._lons, self._lats, self._subareas = array("d"), array("d"), array("i")
        for values in rows(path, mapping):
            if values is not None:
                self._kind(values)
                self._point(values)
        if not self._lons:
            raise Unreadable(f"{path.name} has no located row.")
        self._keep_the_largest()

    @property
    def positions(self) -> NDArray[np.float64]:
        """Longitude and latitude of every located row."""
        return np.column_stack((np.frombuffer(self._lons), np.frombuffer(self._lats)))

    @property
    def subareas(self) -> NDArray[np.int32]:
        """The place in `codes` of every located row's sub-area, `NOWHERE` where it has none."""
        return self._kept

    def _keep_the_largest(self) -> None:
        found = np.frombuffer(self._subareas, np.int32)
        sizes = Counter(found[found != NOWHERE].tolist())
        largest = [number for number, _ in sizes.most_common(self.wanted.subareas.largest)]
        by_number = {number: code for code, number in self._seen.items()}
        self.codes = sorted(by_number[number] for number in largest)
        if not self.codes:
            raise Unreadable(f"No located row has a value in {self.wanted.subareas.column}.")
        places = np.full(len(self._seen) + 1, NOWHERE, np.int32)
        for place, code in enumerate(self.codes):
            places[self._seen[code]] = place
        self._kept: NDArray[np.int32] = places[found]

    def _point(self, values: Values) -> None:
        try:
            lon, lat = located(values, self.mapping.place)
        except NotSent:
            return
        self._lons.append(lon)
        self._lats.append(lat)
        value = text(values, self.wanted.subareas.column)
        if value is None:
            self._subareas.append(NOWHERE)
            return
        code = f"{self.wanted.code}.{code_of(value)}"[:64]
        self.names.setdefault(code, told(self.wanted.subareas.name or "", values) or value)
        self._subareas.append(self._seen.setdefault(code, len(self._seen)))

    def _kind(self, values: Values) -> None:
        code = category_code(values, self.mapping.category)
        if code is None:
            return
        kind = self.kinds.setdefault(code, Kind())
        kinds, times = self.mapping.category, self.mapping.time
        kind.names[text(values, kinds.column) or code] += 1
        kind.domains[kinds.domain.of(values)] += 1
        kind.main_classes[code_of(text(values, kinds.main_class) or "all")] += 1
        opened_at = instant(values, times.opened_at, times)
        due_at = instant(values, times.due_at, times) if times.due_at else None
        if opened_at and due_at and due_at > opened_at:
            kind.target_hours.append((due_at - opened_at).total_seconds() / 3600)


def jurisdiction(mapping: Mapping) -> Jurisdiction:
    """What the mapping says of the jurisdiction.

    Raises:
        Unreadable: nothing.
    """
    if mapping.jurisdiction is None:
        raise Unreadable(f"The mapping {mapping.name} has no [jurisdiction].")
    return mapping.jurisdiction


def extent(positions: Any, trim: float, widen: float) -> tuple[float, float, float, float]:
    """West, south, east, north of the points without the outermost `trim` on each side, widened by a share of that."""
    low, high = np.quantile(positions, trim, axis=0), np.quantile(positions, 1 - trim, axis=0)
    more = (high - low) * widen
    (west, south), (east, north) = low - more, high + more
    return float(west), float(south), float(east), float(north)
