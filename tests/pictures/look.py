"""What a picture shows: which colour is where, and whether it still looks like the one in the docs."""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFilter

ROOT = Path(__file__).parents[2]
SHOWN = ROOT / "docs" / "pictures"
COLOURS = 128
MAX_BYTES = 200 * 1024
NEAR = 40
"""How far a channel may be from the wanted colour: edges are smoothed, pictures quantised."""
MAX_DIFFERENCE = 0.03
"""Of what a picture is made of; another font or another smoothing stay far below, another style is above."""
Colour = tuple[int, int, int]


def rgb(colour: str) -> Colour:
    """The channels of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def has(picture: Image.Image, place: tuple[float, float], colour: str, within: int = 1) -> bool:
    """Whether a colour is at a place, or so many pixels from it."""
    x, y = map(round, place)
    around = picture.convert("RGB").crop((x - within, y - within, x + within + 1, y + within + 1))
    return any(_is_near(found, rgb(colour)) for _, found in _counted(around))


def share(picture: Image.Image, colours: Iterable[str]) -> float:
    """How much of a picture has one of these colours."""
    wanted = [rgb(colour) for colour in colours]
    found = sum(count for count, colour in _counted(picture) if any(_is_near(colour, one) for one in wanted))
    return found / (picture.width * picture.height)


def _counted(picture: Image.Image) -> list[tuple[int, Colour]]:
    counted = picture.convert("RGB").getcolors(picture.width * picture.height)
    assert counted is not None, "there cannot be more colours than pixels"
    return [(count, (colour[0], colour[1], colour[2])) for count, colour in counted if isinstance(colour, tuple)]


def _is_near(one: Colour, other: Colour) -> bool:
    return all(abs(a - b) <= NEAR for a, b in zip(one, other, strict=True))


def compare(name: str, made: Image.Image) -> None:
    """Hold a picture against the one in the docs, or put it there when PICTURES_RENEW is set."""
    small = made.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = SHOWN / f"{name}.png"
    if os.environ.get("PICTURES_RENEW"):
        SHOWN.mkdir(exist_ok=True)
        small.save(file, optimize=True)
    assert file.exists(), "PICTURES_RENEW=1 makes it"
    assert file.stat().st_size <= MAX_BYTES
    known = Image.open(file)
    assert known.size == made.size
    apart = difference(known, small)
    if apart > MAX_DIFFERENCE:
        pytest.fail(
            f"{name} looks different ({apart:.1%}): if that is meant, PICTURES_RENEW=1 makes it anew; look at it"
        )


def difference(one: Image.Image, other: Image.Image) -> float:
    """How far two pictures are apart, from 0 to 1, the finest details apart: those are fonts and smoothing."""
    blurred = [picture.convert("RGB").filter(ImageFilter.BoxBlur(4)) for picture in (one, other)]
    grey = ImageChops.difference(*blurred).convert("L").point(lambda level: 255 if level > NEAR // 2 else 0)
    return sum(level / 255 * count for level, count in enumerate(grey.histogram())) / (one.width * one.height)
