"""The same conversion of GCJ-02 map coordinates as `geo`, for many positions at once."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from app.core.geo import CHINA, ECCENTRICITY_2, INVERSE_CLOSE, INVERSE_ROUNDS, SEMI_MAJOR_M

Positions: TypeAlias = NDArray[np.float64]
"""Longitude and latitude in degrees, one position a row: shape (n, 2)."""


def all_gcj02_to_wgs84(positions: Positions) -> Positions:
    """Undo the shift of Chinese consumer maps (to 1e-9 degrees); outside mainland China nothing is shifted."""
    guess = positions.copy()
    for _ in range(INVERSE_ROUNDS):
        off = all_wgs84_to_gcj02(guess) - positions
        guess -= off
        if not off.size or np.abs(off).max() < INVERSE_CLOSE:
            break
    return guess


def all_wgs84_to_gcj02(positions: Positions) -> Positions:
    """The places where a Chinese consumer map draws WGS 84 positions."""
    lon, lat = positions[:, 0], positions[:, 1]
    west, south, east, north = CHINA
    inside = (west <= lon) & (lon <= east) & (south <= lat) & (lat <= north)
    x, y = lon - 105.0, lat - 35.0
    rad = np.radians(lat)
    magic = 1 - ECCENTRICITY_2 * np.sin(rad) ** 2
    root = np.sqrt(magic)
    d_lat = _shift_lat(x, y) * 180.0 / (SEMI_MAJOR_M * (1 - ECCENTRICITY_2) / (magic * root) * np.pi)
    d_lon = _shift_lon(x, y) * 180.0 / (SEMI_MAJOR_M / root * np.cos(rad) * np.pi)
    return positions + np.where(inside[:, None], np.column_stack([d_lon, d_lat]), 0.0)


def _ripple(x: Positions, lead: Positions) -> Positions:
    short = (20.0 * np.sin(6.0 * x * np.pi) + 20.0 * np.sin(2.0 * x * np.pi)) * 2.0 / 3.0
    return short + (20.0 * np.sin(lead * np.pi) + 40.0 * np.sin(lead / 3.0 * np.pi)) * 2.0 / 3.0


def _shift_lat(x: Positions, y: Positions) -> Positions:
    base = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * np.sqrt(np.abs(x))
    long = (160.0 * np.sin(y / 12.0 * np.pi) + 320.0 * np.sin(y * np.pi / 30.0)) * 2.0 / 3.0
    return base + _ripple(x, y) + long


def _shift_lon(x: Positions, y: Positions) -> Positions:
    base = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * np.sqrt(np.abs(x))
    long = (150.0 * np.sin(x / 12.0 * np.pi) + 300.0 * np.sin(x / 30.0 * np.pi)) * 2.0 / 3.0
    return base + _ripple(x, x) + long
