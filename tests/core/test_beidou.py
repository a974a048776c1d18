"""The codes of the BeiDou grid: what others publish, and what must hold of every spot and every code."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.beidou import (
    BANDS,
    LENGTHS,
    LEVELS,
    POLAR,
    SKIPPED,
    UNITS,
    UNOFFICIAL,
    Cell,
    InvalidBeidouGridCode,
    decode,
    encode,
    named,
)
from app.core.geo import LonLat
from app.core.problems import OutOfRange

SLACK = 1e-13
"""Degrees: what a decimal degree loses in binary."""


def dms(degrees: int, minutes: int, seconds: float) -> float:
    return degrees + minutes / 60 + seconds / 3600


def flat(code: str) -> str:
    """A code in three dimensions without its height: a sign, and a digit after each level, two after the first."""
    text, rest = code[0], code[2:]
    for level, length in enumerate((3, 2, 1, 2, 2, 1, 2, 2, 2, 2), 1):
        text, rest = text + rest[:length], rest[length + (2 if level == 1 else 1) :]
    assert rest == ""
    return text


CODEC = "github.com/Gvitech-gis/beidou-grid-location-codec (test/index.js), where it is called the standard's example"
DATABASE = "handbook of GEOVIS iBEST-DB, {}"
GTEST = "a C++ encoder's test of real data (gtest_encoder, test_real_data)"
JAVA = "github.com/ywx001/BeidouGridCodec (MultiHemisphereTest): the digits of its codes that are not of the height"
PEKING = (dms(116, 18, 45.37), dms(39, 59, 35.38))
PUBLISHED = [
    (*PEKING, "N50J47539B8255346152", CODEC),
    (-PEKING[0], -PEKING[1], "S11J47539B8255346152", CODEC),
    (116.31260277777778, 39.993161111111114, "N50J47539B825534", DATABASE.format("ST_asBGC")),
    (116.315222, 39.910278, "N50J47534", DATABASE.format("ST_AsText(…, 'BGC')")),
    (dms(116, 19, 14.3184), dms(39, 59, 56.1444), "N50J475493E", GTEST),
    (dms(116, 19, 5.9808), dms(39, 59, 59.7012), "N50J475491E", GTEST),
    (dms(116, 19, 9.3540), dms(39, 59, 56.5260), "N50J475492E", GTEST),
    (120.5830508, 31.1415575, flat("N051H0016000480E7010366734331434"), JAVA),
    (-58.3816, -34.6037, flat("S021I0085010760D3000756024211474"), JAVA),
    (-122.3321, 47.6062, flat("N010L0047010460D5030616124711274"), JAVA),
    (151.2093, -33.8688, flat("S056I0023040C2081020566754261704"), JAVA),
]

spots = st.builds(
    LonLat,
    st.floats(-180, 180),
    st.floats(-POLAR, POLAR, exclude_min=True, exclude_max=True),
)
levels = st.integers(1, len(LEVELS))


@st.composite
def codes(draw: st.DrawFn) -> str:
    """Any code, made from what may stand where and not by `encode`."""
    text = draw(st.sampled_from("NS")) + f"{draw(st.integers(1, 60)):02d}" + draw(st.sampled_from(BANDS))
    rest = ["0123456789AB", "01234567", "012345", "0123456789ABCDE", "0123456789", *["0123456789ABCDE"] * 2, "0123"]
    rest += ["01234567"] * 8
    whole = text + "".join(draw(st.sampled_from(characters)) for characters in rest)
    return whole[: draw(st.sampled_from(LENGTHS))]


def holds(cell: Cell, spot: LonLat) -> bool:
    return cell.west - SLACK <= spot.lon <= cell.east + SLACK and cell.south - SLACK <= spot.lat <= cell.north + SLACK


@pytest.mark.parametrize(("lon", "lat", "code", "source"), PUBLISHED)
def test_published_examples(lon: float, lat: float, code: str, source: str) -> None:
    assert encode(LonLat(lon, lat), LENGTHS.index(len(code)) + 1) == code, source
    assert holds(decode(code), LonLat(lon, lat)), source


def test_the_levels_are_cut_from_each_other_and_reach_to_1_2048_of_a_second() -> None:
    for around, level in pairwise(LEVELS):
        assert (level.columns * level.width, level.rows * level.height) == (around.width, around.height)
    assert LENGTHS == (4, 6, 7, 9, 11, 12, 14, 16, 18, 20)
    assert [level.width * 3600 / UNITS for level in LEVELS] == [
        21600,
        1800,
        900,
        60,
        4,
        2,
        1 / 4,
        1 / 32,
        1 / 256,
        1 / 2048,
    ]
    assert [level.height * 3600 / UNITS for level in LEVELS] == [
        14400,
        1800,
        600,
        60,
        4,
        2,
        1 / 4,
        1 / 32,
        1 / 256,
        1 / 2048,
    ]


@given(spots, levels)
@example(LonLat(180, 0.0), 10)
@example(LonLat(-180, -0.0), 10)
@example(LonLat(-6, 4), 2)  # on the corner of four cells of the first level, in the west
@example(LonLat(0, -5e-324), 10)
@example(LonLat(118.6, 32.05), 10)
@example(LonLat(70.1, 87.99999999999999), 10)
def test_a_code_is_of_the_cell_that_holds_the_spot(spot: LonLat, level: int) -> None:
    cell = decode(encode(spot, level))
    assert cell.level == level
    assert holds(cell, spot)


@given(codes())
def test_the_middle_of_every_code_has_this_code(code: str) -> None:
    cell = decode(code)
    assert encode(cell.centre, cell.level) == code


@given(codes())
def test_so_has_the_corner_that_is_nearest_to_where_the_equator_meets_the_prime_meridian(code: str) -> None:
    cell = decode(code)
    near = LonLat(min(cell.west, cell.east, key=abs), min(cell.south, cell.north, key=abs))
    is_shared = (near.lon == 0 and cell.east == 0) or (near.lat == 0 and cell.north == 0)
    assert is_shared or encode(near, cell.level) == code


@given(spots, levels.filter(lambda level: level > 1))
def test_a_code_begins_with_the_code_of_the_cell_around_it(spot: LonLat, level: int) -> None:
    cell = decode(encode(spot, level))
    around = decode(encode(spot, level - 1))
    assert cell.parent == around.code == cell.code[: LENGTHS[level - 2]]
    assert holds(around, LonLat(cell.west, cell.south))
    assert holds(around, LonLat(cell.east, cell.north))


@given(codes(), st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]))
def test_neighbours_have_other_codes_and_a_side_in_common(code: str, way: tuple[int, int]) -> None:
    cell = decode(code)
    wide, high = cell.east - cell.west, cell.north - cell.south
    there = LonLat(cell.centre.lon + way[0] * wide, cell.centre.lat + way[1] * high)
    if abs(there.lon) > 180 or abs(there.lat) >= POLAR:
        return
    other = decode(encode(there, cell.level))
    assert other.code != code
    ours = {(1, 0): cell.east, (-1, 0): cell.west, (0, 1): cell.north, (0, -1): cell.south}[way]
    theirs = {(1, 0): other.west, (-1, 0): other.east, (0, 1): other.south, (0, -1): other.north}[way]
    assert ours == pytest.approx(theirs, abs=SLACK)


@given(spots.filter(lambda spot: spot.lon != 0 and spot.lat != 0), levels)
def test_the_four_quarters_mirror_each_other(spot: LonLat, level: int) -> None:
    around = {encode(LonLat(east * spot.lon, north * spot.lat), level) for east in (1, -1) for north in (1, -1)}
    assert len(around) == 4
    assert len({code[3:] for code in around}) == 1
    assert sum({int(code[1:3]) for code in around}) == 61


@pytest.mark.parametrize(
    ("spot", "code"),
    [
        (LonLat(0, 0), "N31A"),
        (LonLat(-0.0, -0.0), "N31A"),
        (LonLat(-1e-9, 0), "N30A"),
        (LonLat(0, -1e-9), "S31A"),
        (LonLat(180, 0), "N60A"),
        (LonLat(-180, 0), "N01A"),
        (LonLat(0, 87.999), "N31V"),
        (LonLat(0, -87.999), "S31V"),
    ],
)
def test_the_edges(spot: LonLat, code: str) -> None:
    assert encode(spot, 1) == code


@pytest.mark.parametrize("lat", [88, -88, 90, -90])
def test_the_polar_caps_have_no_code_here(lat: float) -> None:
    with pytest.raises(OutOfRange):
        encode(LonLat(0, lat))
    assert named(LonLat(0, lat)) is None


@given(codes(), st.randoms(use_true_random=False))
def test_groups_small_letters_and_wide_characters_are_read(code: str, chance: Random) -> None:
    gaps = [*SKIPPED, "", " ", "\u3000", "\n"]
    wide = "".join(chr(ord(one) + 0xFEE0) if chance.random() < 0.5 else one.lower() for one in code)
    assert decode("".join(chance.choice(gaps) + one for one in wide) + chance.choice(gaps)).code == code


@pytest.mark.parametrize(
    ("text", "position", "character", "understood"),
    [
        ("", 1, None, ""),
        ("  - ", 5, None, ""),
        ("X50J", 1, "X", ""),
        ("N70J", 2, "7", "N"),
        ("N00J", 3, "0", "N0"),
        ("N61J", 3, "1", "N6"),
        ("N50W", 4, "W", "N50"),
        ("N50J-49", 7, "9", "N50J4"),
        ("n50j 4 7 6", 10, "6", "N50J47"),
        ("N50J475F", 8, "F", "N50J475"),
        ("N50J4753A", 9, "A", "N50J4753"),
        ("N50J47539B84", 12, "4", "N50J47539B8"),
        ("N50J4", 6, None, "N50J4"),
        ("N50J47539B82553461521", 21, "1", "N50J47539B8255346152"),
        ("N50J47⑫", 7, "⑫", "N50J47"),
        ("N5ß", 3, "ß", "N5"),
        ("N\x0050J", 2, "\x00", "N"),
        ("北50J", 1, "北", ""),
    ],
)
def test_a_wrong_code_is_told_where_it_is_wrong(
    text: str, position: int, character: str | None, understood: str
) -> None:
    with pytest.raises(InvalidBeidouGridCode) as wrong:
        decode(text)
    assert wrong.value.extra == {"position": position, "character": character, "understood": understood}
    assert str(position) in str(wrong.value.detail)


@given(st.text(max_size=30))
def test_any_text_is_a_code_or_a_problem(text: str) -> None:
    try:
        cell = decode(text)
    except InvalidBeidouGridCode as problem:
        wrong = problem
    else:
        assert encode(cell.centre, cell.level) == cell.code
        return
    assert 1 <= wrong.extra["position"] <= len(text) + 1


def test_sizes_at_pukou() -> None:
    sizes = [decode(encode(LonLat(118.63, 32.06), level)).size_m for level in (4, 5, 6)]
    assert sizes[0] == pytest.approx((1572, 1848), rel=0.005)
    assert sizes[1] == pytest.approx((105, 123), rel=0.005)
    assert sizes[2] == pytest.approx((52, 62), rel=0.01)


def test_what_is_shown_says_that_it_is_not_official() -> None:
    shown = named(LonLat(*PEKING))
    assert shown is not None
    assert shown.model_dump() == {"code": "N50J47539B8255", "level": 7, "standing": UNOFFICIAL}
    assert "非官方" in UNOFFICIAL
