"""The board's colours: told apart by people who see fewer, read by day and by night, and never the only sign."""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from app.layer.tile.style import PALETTES, Light, Palette, board

Vector = NDArray[np.float64]
EYES: dict[str, list[list[float]]] = {
    "all": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "no red": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "no green": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "no blue": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
"""What is left of linear red, green and blue (Machado, Oliveira and Fernandes 2009)."""
XYZ = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
WHITE = (0.9505, 1.0, 1.089)
APART, READABLE = 14.0, 4.5
"""Steps of CIELAB that are seen at a glance; the contrast that WCAG asks of text."""


def _linear(colour: str) -> Vector:
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    found: Vector = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return found


def _lab(linear: Vector) -> Vector:
    scaled = np.cbrt(np.clip(np.array(XYZ) @ linear, 0, None) / WHITE)
    return np.array([116 * scaled[1] - 16, 500 * (scaled[0] - scaled[1]), 200 * (scaled[1] - scaled[2])])


def _apart(one: str, other: str, eye: str) -> float:
    seen = [_lab(np.clip(np.array(EYES[eye]) @ _linear(colour), 0, 1)) for colour in (one, other)]
    return float(np.linalg.norm(seen[0] - seen[1]))


def _contrast(one: str, other: str) -> float:
    bright, dark = sorted((float(np.array(XYZ[1]) @ _linear(colour)) for colour in (one, other)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("eye", EYES)
@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_what_means_something_else_looks_different_to_everybody(palette: Palette, eye: str) -> None:
    different = [*palette.priorities, palette.patrol, palette.ground]
    for one, other in combinations(different, 2):
        assert _apart(one, other, eye) > APART, (one, other)
    assert _apart(palette.visited, palette.missed, eye) > APART


@pytest.mark.parametrize("palette", PALETTES.values(), ids=PALETTES)
def test_what_is_written_can_be_read(palette: Palette) -> None:
    for written in (palette.ink, palette.quiet, palette.patrol):
        assert _contrast(written, palette.ground) >= READABLE, written
    for colour, mark in zip(palette.priorities, palette.marks, strict=True):
        assert _contrast(colour, mark) >= 3, "large and bold"
    assert _contrast(palette.line, palette.ground) < 2, "cells are quiet"


def test_the_two_boards_differ_in_colours_alone() -> None:
    day, night = (board("http://test/ogc/collections", (118, 32, 119, 33), {}, light) for light in Light)
    assert day["sources"] == night["sources"]
    for one, other in zip(day["layers"], night["layers"], strict=True):
        assert one | {"paint": None} == other | {"paint": None}
        assert set(one["paint"]) == set(other["paint"])


def test_urgent_overdue_and_handled_are_told_by_more_than_colour() -> None:
    layers = {one["id"]: one for one in board("", (118, 32, 119, 33), {})["layers"]}
    assert "overdue" in layers
    assert "incident_marks" in layers
    radius = layers["incidents"]["paint"]["circle-radius"]
    for sizes in radius[4::2]:
        assert sizes[3::2] == sorted(sizes[3::2], reverse=True)
        assert sizes[-1] < sizes[3]
    widths = layers["incidents"]["paint"]["circle-stroke-width"]
    assert widths[0] == "case"
    assert widths[2] > widths[3]
