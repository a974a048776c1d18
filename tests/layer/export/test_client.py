"""The client on the page about files downloads whole files from a real server, and leaves none of them in part."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import httpx
import pyogrio
import pytest
from fastapi import FastAPI

from app.core.db import Database
from tests import make
from tests.hands import Hands
from tests.serving import serving

PAGE = (Path(__file__).parents[3] / "docs" / "exports.md").read_text()
[CODE] = re.findall(r"^```python\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


def test_it_is_short() -> None:
    assert len(CODE.splitlines()) <= 60


@pytest.mark.slow
async def test_it_downloads_whole_files(
    own_db: Database, own_client: httpx.AsyncClient, api: FastAPI, tmp_path: Path, unused_tcp_port: int
) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, api.state.doorman)
    asked = {"account_id": str(town.accounts["district.dispatcher"]), "label": "files", "scopes": ["layers:read"]}
    key = (await hands.post("admin", "/v1/api-keys", asked)).json()["key"]
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        given = os.environ | {"LIANQIN_URL": address, "LIANQIN_KEY": key}
        command = (sys.executable, "-c", CODE)
        client = await asyncio.create_subprocess_exec(*command, env=given, cwd=tmp_path, stdout=PIPE, stderr=PIPE)
        printed, complaint = await client.communicate()
    assert (client.returncode, complaint.decode()) == (0, "")
    assert dict(line.split() for line in printed.decode().splitlines()) == _sizes(tmp_path)
    assert pyogrio.read_info(_cells(tmp_path))["features"] == len(town.cells)


def _sizes(folder: Path) -> dict[str, str]:
    return {path.name: str(path.stat().st_size) for path in folder.iterdir()}


def _cells(folder: Path) -> Path:
    [found] = folder.glob("*.gpkg")
    return found
