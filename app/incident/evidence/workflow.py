"""How far what a camera wrote into its file is from what was said. It is shown to people and decides nothing."""

from datetime import datetime
from typing import Any, NamedTuple

from app.core.geo import LonLat, metres_between
from app.core.time import rfc3339


class Taken(NamedTuple):
    """When and where a picture was taken, as its metadata has it. Anybody can write such metadata."""

    at: datetime | None
    place: LonLat | None


def claim(taken: Taken, place: LonLat | None, observed_at: datetime | None) -> dict[str, Any] | None:
    """What the camera wrote beside what was said: metres apart, seconds by which it was said to be later."""
    if taken == (None, None):
        return None
    apart = metres_between(taken.place, place) if taken.place and place else None
    skew = (observed_at - taken.at).total_seconds() if taken.at and observed_at else None
    return {
        "exif_at": rfc3339(taken.at) if taken.at else None,
        "exif_location": {"type": "Point", "coordinates": list(taken.place)} if taken.place else None,
        "claim_distance_m": None if apart is None else round(apart, 1),
        "claim_skew_s": skew,
    }
