"""What the BeiDou grid (GB/T 39409-2020, its two dimensions) calls a spot, and where a code lies. Unofficial 非官方.

Rules and examples are from public descriptions, not from the standard's own text: docs/adr/0036-beidou-grid-codes.md.
Ten levels of cells, each cut from the one before. They are counted away from the equator and the prime meridian, so the
four quarters of the earth mirror each other. Reckoned with are whole numbers of 1/2048″, the side of the last level.
"""

import math
import unicodedata
from itertools import accumulate
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from app.core.geo import LonLat, metres_between
from app.core.problems import OutOfRange, Unprocessable

UNITS = 3600 * 2048
"""In a degree."""
CLOSE = 1e-6
"""A spot within this part of a unit (15 nanometres) of a line is on it: a decimal degree is no exact binary number."""
POLAR = 88
"""From this latitude on, the standard has another grid around each pole, which is not here."""
ZONES = 60
BANDS = "ABCDEFGHIJKLMNOPQRSTUV"
DIGITS = "0123456789ABCDE"
SKIPPED = frozenset(" \t-‐‑‒–—−_.,·")
"""People write and read codes in groups."""


class Level(NamedTuple):
    """How a level cuts the cell above it, the sides of its cells in units, and whether one digit counts row by row."""

    columns: int
    rows: int
    width: int
    height: int
    z: bool = False


LEVELS = (
    Level(ZONES, len(BANDS), 6 * UNITS, 4 * UNITS),
    Level(12, 8, UNITS // 2, UNITS // 2),
    Level(2, 3, UNITS // 4, UNITS // 6, z=True),
    Level(15, 10, UNITS // 60, UNITS // 60),
    Level(15, 15, 4 * 2048, 4 * 2048),
    Level(2, 2, 2 * 2048, 2 * 2048, z=True),
    Level(8, 8, 512, 512),
    Level(8, 8, 64, 64),
    Level(8, 8, 8, 8),
    Level(8, 8, 1, 1),
)
FINER = LEVELS[1:]
LENGTHS = (*accumulate((1 if level.z else 2 for level in FINER), initial=4),)
"""The characters of a code, by level."""
FIELD = 7
"""The level that is shown unless another is asked for: 7 by 8 m in Nanjing, about what a phone's position is worth."""
Standing = Literal["unofficial 非官方"]
UNOFFICIAL: Standing = "unofficial 非官方"


class InvalidBeidouGridCode(Unprocessable):
    """This is no BeiDou grid code; `position` is where it stops to be one, `understood` what was read before."""

    members: ClassVar[dict[str, Any]] = {
        "detail": "Character 6 is «8»: one of 01234567 must stand there.",
        "position": 6,
        "character": "8",
        "understood": "N50I9",
    }


class BeidouGridCode(BaseModel):
    """What the BeiDou grid calls a spot; its first 4, 6, 7, 9, 11, 12, … characters are codes of the wider cells."""

    model_config = ConfigDict(extra="forbid")

    code: Annotated[str, Field(examples=["N50I90073C9000"])]
    level: Annotated[int, Field(ge=1, le=len(LEVELS), examples=[FIELD])]
    standing: Annotated[
        Standing,
        Field(description="Reckoned by public descriptions of GB/T 39409-2020; conformance is not claimed."),
    ] = UNOFFICIAL


class Cell(NamedTuple):
    """A cell of the grid, with its sides in degrees."""

    code: str
    level: int
    west: float
    south: float
    east: float
    north: float

    @property
    def centre(self) -> LonLat:
        """The spot in its middle."""
        return LonLat((self.west + self.east) / 2, (self.south + self.north) / 2)

    @property
    def size_m(self) -> tuple[float, float]:
        """How wide it is through its middle, and how high, in metres."""
        lon, lat = self.centre
        wide = metres_between(LonLat(self.west, lat), LonLat(self.east, lat))
        return wide, metres_between(LonLat(lon, self.south), LonLat(lon, self.north))

    @property
    def parent(self) -> str | None:
        """The code of the cell around it."""
        return self.code[: LENGTHS[self.level - 2]] if self.level > 1 else None


def encode(spot: LonLat, level: int = FIELD) -> str:
    """The code of the cell that holds a spot.

    A line belongs to the cell beyond it, seen from the equator and the prime meridian; these two to north and east.

    Raises:
        OutOfRange: the spot is in a polar cap.
    """
    if abs(spot.lat) >= POLAR:
        raise OutOfRange(f"The BeiDou grid that is reckoned here ends at {POLAR}° north and south.")
    x = min(math.floor(abs(spot.lon) * UNITS + CLOSE), 180 * UNITS - 1)
    y = min(math.floor(abs(spot.lat) * UNITS + CLOSE), POLAR * UNITS - 1)
    column, x = divmod(x, LEVELS[0].width)
    band, y = divmod(y, LEVELS[0].height)
    zone = ZONES // 2 - column if spot.lon < 0 else ZONES // 2 + 1 + column
    text = f"{'S' if spot.lat < 0 else 'N'}{zone:02d}{BANDS[band]}"
    for step in FINER[: level - 1]:
        column, x = divmod(x, step.width)
        row, y = divmod(y, step.height)
        text += DIGITS[row * step.columns + column] if step.z else DIGITS[column] + DIGITS[row]
    return text


def named(spot: LonLat, level: int = FIELD) -> BeidouGridCode | None:
    """What the grid calls a spot, ready to show; `None` in a polar cap."""
    return BeidouGridCode(code=encode(spot, level), level=level) if abs(spot.lat) < POLAR else None


def decode(text: str) -> Cell:
    """The cell with a code, written in groups or not, in either case, in wide characters too.

    Raises:
        InvalidBeidouGridCode: it says at which character, counted in the text as it came.
    """
    code = _read(text)
    level = LENGTHS.index(len(code)) + 1
    zone = int(code[1:3])
    is_west, is_south = zone <= ZONES // 2, code[0] == "S"
    x = (ZONES // 2 - zone if is_west else zone - ZONES // 2 - 1) * LEVELS[0].width
    y = BANDS.index(code[3]) * LEVELS[0].height
    digits = iter(map(DIGITS.index, code[4:]))
    for step in FINER[: level - 1]:
        if step.z:
            row, column = divmod(next(digits), step.columns)
        else:
            column, row = next(digits), next(digits)
        x += column * step.width
        y += row * step.height
    west, east = _sides(x, LEVELS[level - 1].width, mirrored=is_west)
    south, north = _sides(y, LEVELS[level - 1].height, mirrored=is_south)
    return Cell(code, level, west, south, east, north)


def _sides(near: int, across: int, *, mirrored: bool) -> tuple[float, float]:
    one, other = near / UNITS, (near + across) / UNITS
    return (-other, -one) if mirrored else (one, other)


def _read(text: str) -> str:
    """The characters of a code without what stands between them."""
    code = ""
    for position, raw in enumerate(text, 1):
        if raw.isspace() or raw in SKIPPED:
            continue
        character = unicodedata.normalize("NFKC", raw).upper()
        if character not in {*_expected(code)}:
            raise _wrong(code, position, raw)
        code += character
    if len(code) not in LENGTHS:
        raise _wrong(code, len(text) + 1, None)
    return code


def _expected(code: str) -> str:
    """The characters that may follow a beginning of a code: none after the last."""
    if len(code) == 2:  # noqa: PLR2004  # the zones are 01 to 60; 00 would be a polar cap
        return {"0": DIGITS[1:10], "6": "0"}.get(code[1], DIGITS[:10])
    return CHARACTERS[len(code)] if len(code) < LENGTHS[-1] else ""


def _each(step: Level) -> tuple[str, ...]:
    return (DIGITS[: step.columns * step.rows],) if step.z else (DIGITS[: step.columns], DIGITS[: step.rows])


CHARACTERS = (
    "NS",
    DIGITS[:7],
    DIGITS[:10],
    BANDS,
    *(characters for step in FINER for characters in _each(step)),
)
"""What may stand at each place of a code, but for the second digit of a zone."""


def _wrong(code: str, position: int, character: str | None) -> InvalidBeidouGridCode:
    wanted = _expected(code)
    must = f"one of {wanted} must stand there" if wanted else f"a code has no more than {LENGTHS[-1]} characters"
    what = f"Character {position} is «{character}»" if character else f"The code ends before character {position}"
    return InvalidBeidouGridCode(f"{what}: {must}.", position=position, character=character, understood=code)
