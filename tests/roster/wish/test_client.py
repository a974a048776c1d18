"""The client on the page about wishes is short, and says an officer's wishes on a real server."""

import re
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from app.core.db import Database
from app.identity import service
from tests.roster import world as small
from tests.roster.plan import drafted, templated
from tests.serving import serving

PAGE = (Path(__file__).parents[3] / "docs" / "wishes.md").read_text()
[CODE] = re.findall(r"<!-- client -->\n```python\n(.*?)```", PAGE, re.DOTALL)
WHO, PASSWORD = "a_member", "a password for phones"


def test_it_is_short() -> None:
    assert len(CODE.splitlines()) <= 60


@pytest.mark.slow
async def test_it_says_wishes_about_every_draft(
    own_db: Database,
    own_client: httpx.AsyncClient,
    api: FastAPI,
    unused_tcp_port: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = await small.make(api, own_client, own_db)
    async with own_db.write() as session:
        hashed = {"hash": await service._hash(PASSWORD), "id": world.accounts[WHO]}
        await session.execute(text("UPDATE account SET password_hash = :hash WHERE id = :id"), hashed)
    await templated(world)
    roster = await drafted(world, (1, 5))
    client = ModuleType("wishes")
    exec(compile(CODE, "docs/wishes.md", "exec"), client.__dict__)  # noqa: S102  # what the page shows
    async with serving(own_db.settings.database_url, unused_tcp_port) as (_, address):
        with httpx.Client(base_url=address) as asked:
            client.sign_in(asked, WHO, PASSWORD)
            (own,) = client.wish(asked)
            client.tell(own)
    assert (own["roster"]["id"], [turn["wish"] for turn in own["turns"]]) == (
        roster["id"],
        ["rather", None, None, "rather", None],
    )
    assert capsys.readouterr().out.splitlines()[-1].endswith("2 wishes, not answered yet")
