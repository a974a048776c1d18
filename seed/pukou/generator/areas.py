"""Decides the area tree: which statistical units become areas, how they are named and of what kind they are."""

import csv
import gzip
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

DISTRICT = "320111"
DISTRICT_NAME = "浦口区"
NAMES_EN = Path(__file__).with_name("tables") / "area_names_en.csv"
STREET_KINDS = {
    "320111400": "forest_farm",
    "320111401": "farm",
    "320111402": "resort",
    "320111403": "development_zone",
    "320111404": "development_zone",
    "320111450": "development_zone",
}


@dataclass(frozen=True)
class Area:
    """One unit of the tree; ``official_name`` is the name exactly as the statistics bureau writes it."""

    code12: str
    name: str
    name_en: str
    level: str
    parent: str
    kind: str
    official_name: str


def short_name(official: str, street: str) -> str:
    """The name people use: 津浦社区居委会 → 津浦社区, 七联村委会 → 七联村; one named like its street gets 社区."""
    for committee in ("居民委员会", "居委会", "委会"):
        official = official.removesuffix(committee)
    return f"{official}社区" if official == street else official


def community_kind(code12: str) -> str:
    """Read the kind off the last three digits: 001-199 residents' committee, 200-399 village, 498 virtual."""
    number = int(code12[9:])
    if number == 498:
        return "virtual_community"
    return "village" if 200 <= number < 400 else "community"


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8-sig", newline="") as lines:
        yield from csv.DictReader(lines)


def load_areas(streets: Path, communities: Path) -> list[Area]:
    """Build the tree of the district, parents before children, from the two code lists."""
    with NAMES_EN.open(encoding="utf-8", newline="") as lines:
        english = {row["code12"]: row["name_en"] for row in csv.DictReader(lines)}
    root = f"{DISTRICT}000000"
    areas = [Area(root, DISTRICT_NAME, english[root], "district", "", "district", DISTRICT_NAME)]
    names: dict[str, str] = {}
    for row in _rows(streets):
        if row["areaCode"] == DISTRICT:
            code, kind = f"{row['code']}000", STREET_KINDS.get(row["code"], "street")
            names[row["code"]] = row["name"]
            areas.append(Area(code, row["name"], english[code], "street", root, kind, row["name"]))
    for row in _rows(communities):
        if row["streetCode"] in names:
            code, street = row["code"], row["streetCode"]
            name = short_name(row["name"], names[street])
            areas.append(
                Area(code, name, english[code], "community", f"{street}000", community_kind(code), row["name"])
            )
    return areas


def write_areas(areas: Iterable[Area], path: Path) -> None:
    """Write the tree as UTF-8 CSV with one header line."""
    columns = ("code12", "name", "name_en", "level", "parent", "kind", "official_name")
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(columns)
        writer.writerows([getattr(area, column) for column in columns] for area in areas)
