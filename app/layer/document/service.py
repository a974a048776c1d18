"""Where a caller's ground is, for the extents of collections."""

from datetime import UTC, datetime

from app.core.db import Lane
from app.core.time import rfc3339
from app.identity.workflow import Actor
from app.layer.document import queries
from app.layer.document.workflow import Extent
from app.layer.queries import scope
from app.layer.workflow import COLLECTIONS, When

WORLD = (-180.0, -90.0, 180.0, 90.0)
MARGIN = 0.01
"""Degrees around the ground: a shift of the map, or a rounded coordinate, must not fall out of its extent."""


async def extent(lane: Lane, actor: Actor) -> Extent:
    """The box of the caller's ground, the world where it has none; and since when collections hold something."""
    row = await queries.EXTENT.row(lane, **scope(actor))
    assert row is not None, "the statement gives one row"  # noqa: S101  # a programming error
    corners = [row[name] for name in ("xmin", "ymin", "xmax", "ymax")]
    west, south, east, north = WORLD if None in corners else corners
    box = (west - MARGIN, south - MARGIN, east + MARGIN, north + MARGIN) if None not in corners else WORLD
    ground = row["first_cell"] or datetime.now(UTC)
    since = {one.id: rfc3339(ground) for one in COLLECTIONS.values() if one.when is not When.NEVER}
    if row["first_incident"]:
        since["incidents"] = rfc3339(row["first_incident"])
    return Extent(box, since)
