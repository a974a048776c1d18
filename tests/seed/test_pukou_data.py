"""The demo district's committed files keep what the seed relies on."""

import csv
import gzip
import json
from collections import Counter, defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import shapely
from shapely.geometry import shape

import seed.pukou

DATA = Path(seed.pukou.__file__).parent
ZONES = {"320111400", "320111401", "320111402", "320111403", "320111404", "320111450"}
UNITS = {"urgent_hour", "work_hour", "work_day", "natural_day"}
STREET_1 = "320111004"


@cache
def document(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((DATA / f"{name}.json").read_text(encoding="utf-8"))
    return found


@cache
def features(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(gzip.decompress((DATA / f"{name}.geojson.gz").read_bytes()))["features"]
    return found


@cache
def areas() -> list[dict[str, str]]:
    with (DATA / "areas.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def cells() -> dict[str, Any]:
    return {cell["properties"]["code"]: shape(cell["geometry"]) for cell in features("grid")}


@cache
def boundaries() -> dict[str, Any]:
    return {area["properties"]["code"]: shape(area["geometry"]) for area in features("areas")}


@cache
def neighbours() -> dict[str, set[str]]:
    codes, found = list(cells()), defaultdict(set)
    ground = list(cells().values())
    for i, j in shapely.STRtree(ground).query(ground, predicate="touches").T:
        if ground[i].intersection(ground[j]).length > 0:
            found[codes[i]].add(codes[j])
    return found


def one_piece(codes: set[str]) -> bool:
    reached: set[str] = set()
    open_codes = [min(codes)]
    while open_codes:
        code = open_codes.pop()
        if code not in reached:
            reached.add(code)
            open_codes += neighbours()[code] & codes
    return reached == codes


def on_duty(on: date, starts: str) -> set[str]:
    """The crews whose shift begins on a date at a time of day, or which stand by."""
    return {
        crew["patrol"]
        for template in document("organisation")["shift_templates"]
        if template["starts"] == starts or template["is_standby"]
        if (on - date.fromisoformat(template["valid_from"])).days % template["every_days"] == 0
        for crew in template["crews"]
    }


# --- ground --------------------------------------------------------------------------------------------------------


def test_the_tree_has_one_district_fifteen_streets_and_125_communities() -> None:
    assert Counter(area["level"] for area in areas()) == {"district": 1, "street": 15, "community": 125}
    codes = {area["code12"] for area in areas()}
    assert len(codes) == len(areas())
    assert all(area["parent"] in codes for area in areas() if area["level"] != "district")
    assert all(area["name"] and area["name_en"].isascii() for area in areas())


def test_the_cells_are_valid_and_cover_the_district_without_gap_or_overlap() -> None:
    ground = list(cells().values())
    assert 450 <= len(ground) <= 700
    assert all(cell.geom_type == "Polygon" and cell.is_valid and not cell.interiors for cell in ground)
    assert shapely.coverage_is_valid(ground)
    assert shapely.union_all(ground).equals(boundaries()["320111000000"])
    assert boundaries()["320111000000"].geom_type == "Polygon"
    assert not boundaries()["320111000000"].interiors


def test_no_cell_is_a_sliver_and_no_border_a_stub() -> None:
    for code, cell in cells().items():
        points = list(cell.exterior.coords)
        assert min(shapely.Point(a).distance(shapely.Point(b)) for a, b in pairwise(points)) > 1e-4
        assert cell.area / cell.length**2 > 0.025, code


def test_a_cell_code_is_its_community_and_a_running_number_from_001() -> None:
    by_community = defaultdict(list)
    for cell in features("grid"):
        code = cell["properties"]["code"]
        assert code[:12] == cell["properties"]["community"]
        assert cell["properties"]["kind"] == ("dedicated" if code[:9] in ZONES else "general")
        by_community[code[:12]].append(int(code[12:]))
    assert set(by_community) == {area["code12"] for area in areas() if area["level"] == "community"}
    assert all(numbers == list(range(1, len(numbers) + 1)) for numbers in by_community.values())
    assert len(cells()) == len(features("grid"))


@pytest.mark.parametrize(("level", "digits"), [("street", 9), ("community", 12)])
def test_an_area_is_the_union_of_its_cells_and_lies_in_one_piece(level: str, digits: int) -> None:
    for code in (area["code12"] for area in areas() if area["level"] == level):
        own = [cell for cell_code, cell in cells().items() if cell_code[:digits] == code[:digits]]
        assert boundaries()[code].geom_type == "Polygon", code
        assert shapely.union_all(own).equals(boundaries()[code]), code
    assert shapely.coverage_is_valid([boundaries()[area["code12"]] for area in areas() if area["level"] == level])


# --- catalogue and calendar ----------------------------------------------------------------------------------------


def test_every_category_has_one_default_standard_with_known_units() -> None:
    catalogue = document("catalogue")
    domains = {domain["code"] for domain in catalogue["domains"]}
    departments = {department["code"] for department in document("organisation")["departments"]}
    assert len(domains) == 6
    assert {category["domain"] for category in catalogue["categories"]} == domains
    for category in catalogue["categories"]:
        assert sum(standard["is_default"] for standard in category["standards"]) == 1
        assert {category["lead_department"], *category["assist_departments"], *category["response_mix"]} <= departments
        for standard in category["standards"]:
            assert {"handle", "total"} <= set(standard["limits"])
            assert {limit["unit"] for limit in standard["limits"].values()} <= UNITS


def test_every_category_has_exactly_one_lead_and_every_competence_a_category() -> None:
    organisation, codes = document("organisation"), [c["code"] for c in document("catalogue")["categories"]]
    area_codes = {area["code12"] for area in areas()}
    leads = [rule for rule in organisation["competences"] if rule["role"] == "lead"]
    for rule in organisation["competences"]:
        assert any(code.startswith(rule["category"]) for code in codes)
        assert rule["area"] in area_codes
    for category in document("catalogue")["categories"]:
        competent = [rule["department"] for rule in leads if category["code"].startswith(rule["category"])]
        assert competent == [category["lead_department"]]


def test_the_calendar_lists_a_day_once_and_make_up_days_fall_on_weekends() -> None:
    days = document("calendars")["days"]
    assert len({day["on"] for day in days}) == len(days)
    assert Counter((day["on"][:4], day["kind"]) for day in days) == {
        ("2025", "holiday"): 28,
        ("2025", "workday"): 5,
        ("2026", "holiday"): 33,
        ("2026", "workday"): 6,
    }
    assert all(date.fromisoformat(day["on"]).weekday() >= 5 for day in days if day["kind"] == "workday")


# --- organisation and duty -----------------------------------------------------------------------------------------


def test_every_street_level_unit_has_a_centre_in_command() -> None:
    centres = document("organisation")["centres"]
    commanded = Counter(area for centre in centres for area in centre["commands"])
    assert max(commanded.values()) == 1
    assert commanded["320111000000"] == 1
    assert set(commanded) <= {area["code12"] for area in areas()}
    assert sum(area["kind"] == "street" and area["code12"] in commanded for area in areas()) == 9


def test_beats_are_adjacent_cells_of_one_street_and_cover_every_cell() -> None:
    beats = document("organisation")["beats"]
    assert sorted(code for beat in beats for code in beat["cells"]) == sorted(cells())
    for beat in beats:
        assert {code[:9] + "000" for code in beat["cells"]} == {beat["area"]}
        assert one_piece(set(beat["cells"])), beat["code"]


def test_a_crew_mixes_departments_and_no_officer_stands_in_two() -> None:
    organisation = document("organisation")
    department = {officer["number"]: officer["department"] for officer in organisation["officers"]}
    assert len(organisation["crews"]) == 40
    assert max(Counter(n for crew in organisation["crews"] for n in crew["members"]).values()) == 1
    for crew in organisation["crews"]:
        assert 3 <= len(crew["members"]) <= 5
        assert crew["leader"] in crew["members"]
        assert len({department[number] for number in crew["members"]}) >= 2


def test_at_any_hour_enough_crews_are_on_duty_and_cover_every_beat() -> None:
    organisation = document("organisation")
    beats = {beat["code"] for beat in organisation["beats"]}
    for day in range(7):
        on = date(2026, 11, 23) + timedelta(days=day)
        for starts in ("08:00", "20:00"):
            working = [crew for crew in organisation["crews"] if crew["code"] in on_duty(on, starts)]
            assert len(working) >= 12
            assert {code for crew in working for code in crew["beats"]} == beats


def test_a_template_wants_the_mix_of_its_patrols_crew() -> None:
    organisation = document("organisation")
    department = {officer["number"]: officer["department"] for officer in organisation["officers"]}
    crews = {crew["code"]: Counter(department[number] for number in crew["members"]) for crew in organisation["crews"]}
    wanted = {crew["patrol"]: crew["mix"] for template in organisation["shift_templates"] for crew in template["crews"]}
    assert wanted == crews


def test_a_crew_starts_inside_its_own_beat_and_three_of_street_1_always_stand_by() -> None:
    organisation = document("organisation")
    beats = {beat["code"]: beat["cells"] for beat in organisation["beats"]}
    for crew in organisation["crews"]:
        position = shapely.Point(crew["initial_position"])
        assert any(cells()[code].contains(position) for code in beats[crew["beats"][0]])
    standing = [crew for crew in organisation["crews"] if crew["phase"] is None]
    assert sum(crew["centre"].startswith(STREET_1) for crew in standing) == 3


def test_accounts_hold_roles_at_existing_places_and_the_first_crew_is_theirs() -> None:
    organisation = document("organisation")
    places = {place["code"] for place in organisation["centres"] + organisation["departments"]}
    accounts = {account["username"]: account for account in organisation["accounts"]}
    assert all(grant["organisation"] in places for account in accounts.values() for grant in account["grants"])
    first = organisation["crews"][0]
    assert first["code"] == "P-001"
    assert first["centre"].startswith(STREET_1)
    assert accounts["patrol1.leader"]["officer"] == first["leader"]
    assert accounts["patrol1.member"]["officer"] in first["members"]
