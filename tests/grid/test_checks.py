"""What the check of a plan finds."""

from typing import Any

import pytest

from tests.grid.ground import ONE, STREET, TOWN, TWO, Ground, cell, four, polygon, square, tree, unit

BOW = [[118.6, 32.0], [118.601, 32.001], [118.601, 32.0], [118.6, 32.001], [118.6, 32.0]]


@pytest.fixture
async def ground(ground: Ground) -> Ground:
    await ground.add_tree()
    return ground


def only(report: dict[str, Any], rule: str) -> dict[str, Any]:
    """The one finding of a rule, when nothing else is wrong."""
    assert report["counts"] == {rule: 1}, report["findings"]
    return dict(report["findings"][0])


async def test_a_plan_without_faults_has_an_empty_report_that_is_kept(ground: Ground) -> None:
    made = await ground.draft(four())
    report = (await ground.post(f"/grid-plans/{made['id']}/check")).json()
    assert (report["errors"], report["warnings"], report["cells"], report["findings"]) == (0, 0, 4, [])
    assert [(one["code"], one["cells"]) for one in report["communities"]] == [(ONE, 2), (TWO, 2)]
    assert (await ground.get(f"/grid-plans/{made['id']}")).json()["report"] == report


async def test_two_cells_that_share_ground_are_named_with_the_ground(ground: Ground) -> None:
    wide = cell(f"{ONE}001", square(0, 0, width=1.5))
    found = only(await ground.check([wide, *four()[1:]]), "overlap")
    assert (sorted(found["cells"]), found["severity"]) == ([f"{ONE}001", f"{TWO}001"], "error")
    assert found["area_m2"] == pytest.approx(0.5 * 94.4 * 110.9, rel=0.01)
    assert 118.601 < found["location"]["coordinates"][0] < 118.6015


async def test_a_sliver_of_rounding_is_no_overlap(ground: Ground) -> None:
    wide = cell(f"{ONE}001", square(0, 0, width=1.0001))
    assert (await ground.check([wide, *four()[1:]]))["errors"] == 0


async def test_a_hole_inside_the_outline_is_found_where_the_area_has_no_boundary(ground: Ground) -> None:
    ring = [unit(ONE, 3 * x + y + 1, x, y) for x in range(3) for y in range(3) if (x, y) != (1, 1)]
    found = only(await ground.check([*ring, unit(TWO, 1, 3, 0)]), "hole")
    assert found["area_m2"] == pytest.approx(94.4 * 110.9, rel=0.01)
    assert found["location"]["coordinates"] == pytest.approx([118.6015, 32.0015], abs=1e-5)


async def test_ground_inside_the_areas_boundary_that_no_cell_holds_is_a_hole(ground: Ground) -> None:
    await ground.patch(f"/areas/{TOWN}", {"boundary": polygon(square(0, 0, 2, 3))})
    found = only(await ground.check(four()), "hole")
    assert found["area_m2"] == pytest.approx(2 * 94.4 * 110.9, rel=0.01)


async def test_a_polygon_that_crosses_itself_is_kept_and_reported(ground: Ground) -> None:
    report = await ground.check([cell(f"{ONE}001", BOW), unit(TWO, 1, 1, 0)])
    found = next(one for one in report["findings"] if one["rule"] == "invalid_polygon")
    assert (found["cells"], found["severity"]) == ([f"{ONE}001"], "error")
    assert "Self-intersection" in found["detail"]


async def test_a_code_used_twice_is_reported_once(ground: Ground) -> None:
    report = await ground.check([*four(), unit(ONE, 1, 2, 0)])
    assert only(report, "duplicate_code")["cells"] == [f"{ONE}001"]


@pytest.mark.parametrize("code", [f"{ONE}01", f"{ONE}00A", f"{TWO}001"])
async def test_a_code_that_does_not_follow_the_scheme_is_wrong(ground: Ground, code: str) -> None:
    named = cell(code, square(0, 0), home=ONE)
    rest = [unit(TWO, 7, 1, 0, home=TWO)]
    assert only(await ground.check([named, *rest], community_property="home"), "wrong_code")["cells"] == [code]


async def test_a_free_code_is_wrong_beyond_64_characters(ground: Ground) -> None:
    cells = [cell("A/1 东", square(0, 0), home=ONE), cell("x" * 65, square(1, 0), home=TWO)]
    report = await ground.check(cells, scheme="free", community_property="home")
    assert only(report, "wrong_code")["cells"] == ["x" * 65]


async def test_a_community_that_the_area_does_not_know_is_an_error_until_it_does(ground: Ground) -> None:
    made = await ground.draft([*four(), unit("320111001009", 1, 2, 0)])
    report = (await ground.post(f"/grid-plans/{made['id']}/check")).json()
    assert only(report, "unknown_community")["community"] == "320111001009"
    new = {"code": "320111001009", "level": "community", "name": "新", "name_en": "New", "parent": STREET}
    assert (await ground.post("/areas", new)).status_code == 201
    assert (await ground.post(f"/grid-plans/{made['id']}/check")).json()["errors"] == 0


async def test_a_community_of_another_tree_is_unknown(ground: Ground) -> None:
    other = tree()[0] | {"code": "320112000000"}
    await ground.post("/areas", other)
    report = await ground.check([*four(), unit("320112000000", 1, 2, 0)])
    assert only(report, "unknown_community")["community"] == "320112000000"


async def test_a_cell_straight_under_a_street_is_an_error(ground: Ground) -> None:
    report = await ground.check([*four(), unit(STREET, 1, 2, 0)])
    assert only(report, "not_a_leaf")["cells"] == [f"{STREET}001"]


async def test_a_cell_mostly_outside_its_community_is_an_error_and_a_little_is_a_warning(ground: Ground) -> None:
    await ground.patch(f"/areas/{ONE}", {"boundary": polygon(square(0, 0, 1, 2))})
    much = only(await ground.check([*four()[1:], cell(f"{ONE}003", square(-1, 0, 2))]), "outside_community")
    little = only(await ground.check([*four()[1:], cell(f"{ONE}003", square(-0.1, 0, 1.1))]), "outside_community")
    assert [much["severity"], little["severity"]] == ["warning", "warning"]
    far = await ground.check([*four(), unit(ONE, 3, 2, 0)])
    assert only(far, "outside_community")["severity"] == "error"


async def test_a_community_without_cells_is_a_warning(ground: Ground) -> None:
    report = await ground.check(four()[:2])
    assert (report["errors"], only(report, "empty_community")["community"]) == (0, TWO)


async def test_a_long_report_lists_the_first_and_says_that_there_are_more(ground: Ground) -> None:
    report = await ground.check([*four(), *(unit("320111001009", n, n, 3) for n in range(250))])
    assert (report["counts"]["unknown_community"], report["truncated"]) == (200, ["unknown_community"])


async def test_a_plan_that_is_not_there_cannot_be_checked(ground: Ground) -> None:
    assert (await ground.post("/grid-plans/019c0000-0000-7000-8000-000000000000/check")).status_code == 404
