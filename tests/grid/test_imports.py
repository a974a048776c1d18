"""Grid plans imported from files."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.core.db import Database
from app.core.problems import Unprocessable
from app.grid.geojson import UnknownReference
from app.grid.plan.schemas import PlanIn
from app.grid.plan.service import import_grid, plan_of_file, read_as
from tests.grid.ground import ONE, TOWN, Ground, four, plan, unit

CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
ABOUT = {"area": TOWN, "scheme": "unit-15", "name": "plan", "source": "file"}


def written(folder: Path, features: list[dict[str, Any]], **members: Any) -> Path:
    file = folder / "grid.geojson.gz"
    file.write_bytes(gzip.compress(json.dumps({"type": "FeatureCollection", "features": features} | members).encode()))
    return file


def test_a_file_that_does_not_say_its_coordinate_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownReference, match="Say the coordinate system"):
        plan_of_file(written(tmp_path, four(), crs=None), None, None, **ABOUT)


@pytest.mark.parametrize(
    ("member", "datum", "crs", "label"),
    [
        (CRS84, None, None, "CRS84"),
        (None, "wgs84", None, "CRS84"),
        (CRS84, "gcj02", None, "CRS84, shifted as GCJ-02"),
        (None, None, "EPSG:4490", "EPSG:4490"),
        (CRS84, None, "EPSG:4549", "EPSG:4549"),
        ({"type": "name", "properties": {"name": "EPSG:3857"}}, "gcj02", None, "EPSG:3857, shifted as GCJ-02"),
    ],
)
def test_a_file_is_read_as_its_sender_or_its_member_says(
    tmp_path: Path, member: Any, datum: str | None, crs: str | None, label: str
) -> None:
    assert read_as(plan_of_file(written(tmp_path, four(), crs=member), datum, crs, **ABOUT)) == label


@pytest.mark.parametrize("content", [b"", b"\x1f\x8bzzz", b"[]", b'{"type": "FeatureCollection"}', b"NaN"])
def test_a_file_that_is_no_feature_collection_is_refused(tmp_path: Path, content: bytes) -> None:
    for name in ("grid.geojson", "grid.geojson.gz"):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(Unprocessable):
            plan_of_file(tmp_path / name, "wgs84", None, **ABOUT)


def test_a_wrong_option_is_named(tmp_path: Path) -> None:
    file = written(tmp_path, four())
    for datum, about, message in (("bd09", ABOUT, "wgs84 or gcj02"), ("wgs84", ABOUT | {"scheme": "x"}, "/scheme")):
        with pytest.raises(Unprocessable, match=message):
            plan_of_file(file, datum, None, **about)


def test_the_command_ends_in_one_line_when_it_would_have_to_guess(tmp_path: Path) -> None:
    file = written(tmp_path, four())
    done = CliRunner().invoke(cli, ["import", "grid", str(file), "--area", TOWN, "--scheme", "unit-15"])
    assert (done.exit_code, str(done.exception)) == (1, "Say the coordinate system: the data has no crs member.")


def asked(features: list[dict[str, Any]]) -> PlanIn:
    return PlanIn.model_validate(ABOUT | {"datum": "wgs84", "features": features})


async def test_an_import_without_errors_is_published(ground: Ground, db: Database) -> None:
    await ground.add_tree()
    async with db.write() as session:
        done = await import_grid(session, asked(four()), publish=True)
    assert f"Plan {done.plan.id} is in force" in done.told()[-1]
    assert len((await ground.get("/grid-cells")).json()["items"]) == 4


async def test_an_import_with_errors_stays_a_draft(ground: Ground, db: Database) -> None:
    await ground.add_tree()
    async with db.write() as session:
        done = await import_grid(session, asked([*four(), unit(ONE, 9, 0.5, 0)]), publish=True)
    assert done.told()[0].startswith("error overlap: Two cells share ground.")
    shown = (await ground.get("/grid-plans")).json()["items"]
    assert [(one["status"], one["cells"]) for one in shown] == [("draft", 5)]


async def test_a_dry_run_keeps_nothing(ground: Ground, db: Database) -> None:
    await ground.add_tree()
    async with db.write() as session:
        done = await import_grid(session, asked(four()), publish=True, dry_run=True)
    assert (done.report.errors, done.told()[-1]) == (0, "Dry run: nothing is kept.")
    assert (await ground.get("/grid-plans")).json()["items"] == []


async def test_a_dry_run_by_http_says_what_is_wrong_and_keeps_nothing(ground: Ground) -> None:
    await ground.add_tree()
    overlapping = plan([*four(), unit(ONE, 9, 0.5, 0)])
    answer = await ground.post("/grid-plans?dry_run=true", overlapping)
    assert answer.status_code == 200, answer.text
    report = answer.json()["report"]
    assert (report["errors"], report["counts"]["overlap"]) == (2, 2), "it lies over two cells"
    assert (await ground.get("/grid-plans")).json()["items"] == []
    assert (await ground.post("/grid-plans", overlapping)).status_code == 201
