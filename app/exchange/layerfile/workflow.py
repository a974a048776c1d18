"""What may come of a feature that is brought in, and when two places are the same."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import orjson
import shapely

from app.identity.workflow import Right

NEAR_DEGREES = 2e-7
"""Two centimetres: what seven decimals, as text forms have them, leave open."""


class Layer(StrEnum):
    """What can be brought in here; cells come as a plan, which is checked as a whole."""

    AREAS = "areas"
    BEATS = "beats"
    CHECKPOINTS = "checkpoints"


NEEDS: Mapping[Layer, Right] = {
    Layer.AREAS: Right.GROUND_WRITE,
    Layer.BEATS: Right.GROUND_WRITE,
    Layer.CHECKPOINTS: Right.DUTY_WRITE,
}


class Outcome(StrEnum):
    """What comes of a feature."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    REFUSED = "refused"


class Brought(NamedTuple):
    """A feature as it stands in the file, its geometry in WGS 84 already."""

    properties: Mapping[str, Any]
    geometry: dict[str, Any] | None

    def given(self, *names: str) -> dict[str, Any]:
        """Those of these properties that say something; what is empty says nothing, and changes nothing."""
        return {name: self.properties[name] for name in names if self.properties.get(name) not in (None, "")}


def same_place(one: dict[str, Any] | None, other: dict[str, Any] | None) -> bool:
    """Whether two shapes are the same, whichever vertex they begin with."""
    if one is None or other is None:
        return one is other
    first, second = (_parts(shape) for shape in (one, other))
    return bool(shapely.equals_exact(first, second, NEAR_DEGREES, normalize=True))


def _parts(shape: dict[str, Any]) -> Any:
    """A surface of one part and the same alone are one and the same."""
    found = shapely.from_geojson(orjson.dumps(shape))
    return shapely.multipolygons([found]) if found.geom_type == "Polygon" else found
