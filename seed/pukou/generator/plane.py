"""Decides distances while the grid is drawn: a local plane in kilometres and the nearest of several sites."""

import numpy as np
import numpy.typing as npt

from seed.pukou.generator.outline import Coordinates

Labels = npt.NDArray[np.int64]
ORIGIN = (118.57, 32.05)
KM_PER_DEG = (111.32 * float(np.cos(np.radians(ORIGIN[1]))), 111.32)


def to_km(points: Coordinates) -> Coordinates:
    """Lon/lat to a local plane in kilometres, true enough within one district."""
    return (points - ORIGIN) * KM_PER_DEG


def to_degrees(points: Coordinates) -> Coordinates:
    """The inverse of :func:`to_km`."""
    return points / KM_PER_DEG + ORIGIN


def nearest(points: Coordinates, sites: Coordinates, head_start_km: Coordinates | None = None) -> Labels:
    """Index of the nearest site of every point; a site's head start is taken off its distance."""
    distance = np.linalg.norm(points[:, None, :] - sites[None, :, :], axis=2)
    if head_start_km is not None:
        distance -= head_start_km
    labels: Labels = distance.argmin(axis=1)
    return labels
