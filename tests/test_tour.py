"""The README does not rot: its tour, run against a real server with the demo district, prints what the README shows."""

import asyncio
import os
import re
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.core.db import Database
from seed import sow_into
from tests import databases
from tests.conftest import settings_of
from tests.serving import serving

ROOT = Path(__file__).parents[1]
PASSWORD = "a password for the tour"
ID = re.compile(r"[0-9a-f]{8}-(…|[0-9a-f-]{27})")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),  # sows a district, starts a server, signs in some forty times
    pytest.mark.skipif(not shutil.which("curl") or not shutil.which("bash"), reason="the tour needs curl and bash"),
]


@pytest.fixture
async def demo(template: str, tmp_path: Path, unused_tcp_port: int) -> AsyncIterator[str]:
    """The address of a server with the demo district."""
    async with databases.copied(template, "toured") as url:
        assert await sow_into(Database(settings_of(url, tmp_path)), PASSWORD)
        async with serving(url, unused_tcp_port) as (_, address):
            yield address


def _shown() -> str:
    """What the README says the tour prints."""
    [block] = re.findall(r"^```text\n(.*?)^```$", (ROOT / "README.md").read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


async def test_the_tour_prints_what_the_readme_shows(demo: str, tmp_path: Path) -> None:
    given = os.environ | {"ADDRESS": demo, "PASSWORD": PASSWORD, "TMPDIR": str(tmp_path)}
    tour = await asyncio.create_subprocess_exec(ROOT / "docs" / "tour.sh", env=given, stdout=PIPE, stderr=PIPE)
    printed, complaint = await tour.communicate()
    assert (tour.returncode, complaint.decode()) == (0, "")
    assert ID.sub("(an id)", printed.decode()).splitlines() == ID.sub("(an id)", _shown()).splitlines()
