"""The script of docs/qgis.md in QGIS itself: all layers with a key from its store, and the pictures of the page."""

import asyncio
import json
import os
import re
import subprocess
from asyncio.subprocess import PIPE
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from app.layer.tile.style import PALETTES, Light
from app.layer.workflow import COLLECTIONS
from tests.pictures.conftest import Demo
from tests.pictures.look import ROOT, compare, has, share
from tests.pictures.scene import TOWN

PYTHON = "/usr/bin/python3"
PLUGINS = "/usr/lib/qgis/plugins"
IN_QGIS = Path(__file__).with_name("in_qgis.py")
SIZE = (1100, 820)
DAY = PALETTES[Light.DAY]
GREEN = "#7fb3ae"
"""A cell that was looked at: the green of the script over the grey of a cell."""


@cache
def is_there() -> bool:
    """Whether the system's own Python has QGIS with its provider of OGC API - Features."""
    if not Path(PYTHON).exists():
        return False
    asked = f"from qgis.core import QgsProviderRegistry as r; assert 'OAPIF' in r.instance({PLUGINS!r}).providerList()"
    return subprocess.run([PYTHON, "-c", asked], check=False, capture_output=True).returncode == 0  # noqa: S603  # nothing of it is given


pytestmark = [
    pytest.mark.slow,
    pytest.mark.pictures,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not is_there(), reason="there is no PyQGIS here"),
]


def script() -> str:
    """The script of the page."""
    text = (ROOT / "docs" / "qgis.md").read_text()
    [found] = re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    assert len(found.splitlines()) <= 60
    return str(found)


@pytest.fixture(scope="module")
async def drawn(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder with what QGIS has drawn, and what it said of it."""
    here = tmp_path_factory.mktemp("qgis")
    (here / "script.py").write_text(script())
    places = {number: one["location"]["coordinates"] for number, one in demo.scene.incidents.items()}
    wide = (TOWN[0] - 0.03, TOWN[1] - 0.02, TOWN[2] + 0.03, TOWN[3] + 0.02)
    wanted = [
        {"name": "qgis-board", "beside": [], "box": TOWN, "places": places},
        {"name": "qgis-coverage", "beside": ["coverage"], "box": wide, "places": {}},
    ]
    given = {"QT_QPA_PLATFORM": "offscreen", "LIANQIN_URL": demo.address, "LIANQIN_KEY": demo.scene.key}
    own = dict.fromkeys(("XDG_RUNTIME_DIR", "QGIS_CUSTOM_CONFIG_PATH", "QGIS_AUTH_DB_DIR_PATH"), str(here))
    command = (PYTHON, str(IN_QGIS), str(here / "script.py"), str(here))
    running = await asyncio.create_subprocess_exec(
        *command, env=os.environ | given | own, stdin=PIPE, stdout=PIPE, stderr=PIPE
    )
    asked = json.dumps([one | {"size": SIZE, "paper": DAY.paper} for one in wanted]).encode()
    printed, complaint = await running.communicate(asked)
    assert running.returncode == 0, complaint.decode()[-2000:]
    return here, json.loads(printed.splitlines()[-1])


async def test_all_layers_come_with_a_key_from_the_store(drawn: tuple[Path, dict[str, Any]], demo: Demo) -> None:
    _, told = drawn
    assert set(told["features"]) == set(COLLECTIONS)
    assert told["crs"] == "EPSG:4549"
    assert told["features"]["grid_cells"] == told["features"]["coverage"] == 610
    assert told["features"]["patrols"] == 4
    assert told["features"]["incidents"] >= len(demo.scene.incidents)


async def test_the_project_holds_no_key(drawn: tuple[Path, dict[str, Any]], demo: Demo) -> None:
    here, _ = drawn
    project = (here / "project.qgs").read_text()
    assert "authcfg" in project
    assert demo.scene.key not in project
    for file in here.glob("**/*"):
        assert not file.is_file() or demo.scene.key.encode() not in file.read_bytes(), file.name


async def test_each_incident_is_drawn_where_it_is(drawn: tuple[Path, dict[str, Any]], demo: Demo) -> None:
    here, told = drawn
    picture, made = Image.open(here / "qgis-board.png"), told["pictures"]["qgis-board"]
    assert made["errors"] == []
    compare("qgis-board", picture)
    assert len(made["places"]) == len(demo.scene.incidents)
    for number, one in demo.scene.incidents.items():
        colour = DAY.halo if one["status"] == "handling" else DAY.priorities[one["priority"] - 1]
        assert has(picture, made["places"][number], colour), (number, one["priority"])
    assert share(picture, [DAY.ground]) > 0.7, "cells are quiet"


async def test_cells_that_were_looked_at_are_green(drawn: tuple[Path, dict[str, Any]]) -> None:
    here, told = drawn
    picture = Image.open(here / "qgis-coverage.png")
    assert told["pictures"]["qgis-coverage"]["errors"] == []
    compare("qgis-coverage", picture)
    assert 0.05 < share(picture, [GREEN]) < 0.6
    assert share(Image.open(here / "qgis-board.png"), [GREEN]) < 0.01
