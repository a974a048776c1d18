"""Decides nothing itself: reads the sources named on the command line and writes the district's files.

``python -m seed.pukou.generator STREETS.csv.gz COMMUNITIES.csv.gz COUNTIES.geojson.gz``
"""

import argparse
from collections import defaultdict
from pathlib import Path

import numpy as np
import shapely

from seed.pukou.generator.areas import DISTRICT, STREET_KINDS, Area, load_areas, write_areas
from seed.pukou.generator.beats import build_beats, neighbours
from seed.pukou.generator.calendars import build_calendar
from seed.pukou.generator.catalogue import build_catalogue
from seed.pukou.generator.crews import muster, records, secondments, templates
from seed.pukou.generator.files import write_features, write_json
from seed.pukou.generator.grid import Cell, build_cells
from seed.pukou.generator.organisation import (
    STREET_1,
    STREET_2,
    build_accounts,
    build_centres,
    build_competences,
    build_departments,
    build_teams,
)
from seed.pukou.generator.outline import load_outline
from seed.pukou.generator.policies import build_policies

TARGET = Path(__file__).parents[1]
RANDOM_SEED = 320111
PREFIX = {"district": 6, "street": 9, "community": 12}


def write_grid(areas: list[Area], cells: list[Cell]) -> None:
    """Write the cells, and every area's boundary as the union of its cells."""
    write_features(
        "pukou-demo-grid",
        (
            (
                {
                    "code": cell.code,
                    "kind": "dedicated" if cell.code[:9] in STREET_KINDS else "general",
                    "community": cell.community,
                },
                cell.boundary,
            )
            for cell in cells
        ),
        TARGET / "grid.geojson.gz",
    )
    ground = defaultdict(list)
    for cell in cells:
        for length in PREFIX.values():
            ground[cell.code[:length]].append(cell.boundary)
    write_features(
        "pukou-demo-areas",
        (
            (
                {"code": area.code12, "level": area.level},
                shapely.coverage_union_all(ground[area.code12[: PREFIX[area.level]]]),
            )
            for area in areas
        ),
        TARGET / "areas.geojson.gz",
    )


def write_organisation(areas: list[Area], cells: list[Cell]) -> None:
    """Write centres, departments, competences, beats, officers, crews, shift templates and the accounts."""
    centres = build_centres([area.code12 for area in areas if area.level == "street"])
    beats = build_beats(areas, cells, neighbours(cells))
    inside = {cell.code: cell.boundary.representative_point() for cell in cells}
    called = muster(centres, beats, {code: (round(p.x, 7), round(p.y, 7)) for code, p in inside.items()})
    crew_1 = next(crew for crew in called.crews if crew.centre == STREET_1)
    crew_2 = next(crew for crew in called.crews if crew.centre == STREET_2)
    workers = (o.number for o in called.officers if o.role == "grid_worker" and o.home_area == STREET_1)
    volunteers = (o.number for o in called.officers if o.department == "volunteer_team" and o.home_area == STREET_1)
    write_json(
        {
            "centres": [centre.record() for centre in centres],
            "departments": build_departments(),
            "competences": build_competences(),
            "beats": records(beats),
            "officers": records(called.officers),
            "crews": records(called.crews),
            "shift_templates": templates(called.crews, {one.number: one.department for one in called.officers}),
            "accounts": build_accounts(crew_1.members, crew_2.members, next(workers), next(volunteers)),
            "teams": build_teams(),
            "secondments": secondments(called.officers),
        },
        TARGET / "organisation.json",
    )


def main() -> None:
    """Build everything from nothing."""
    parser = argparse.ArgumentParser(description="Build the data files of the demo district.")
    for name in ("streets", "communities", "counties"):
        parser.add_argument(name, type=Path)
    sources = parser.parse_args()
    areas = load_areas(sources.streets, sources.communities)
    communities: dict[str, list[str]] = defaultdict(list)
    for area in (a for a in areas if a.level == "community"):
        communities[area.code12[:9] + "000"].append(area.code12)
    outline = load_outline(sources.counties, DISTRICT)
    cells = build_cells(outline, communities, np.random.default_rng(RANDOM_SEED))
    write_areas(areas, TARGET / "areas.csv")
    write_grid(areas, cells)
    write_json(build_catalogue(), TARGET / "catalogue.json")
    write_json(build_calendar(), TARGET / "calendars.json")
    write_json(build_policies(), TARGET / "policies.json")
    write_organisation(areas, cells)


if __name__ == "__main__":
    main()
