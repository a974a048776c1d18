"""Pieces that come at once, or twice, or out of order: each byte counts once, whoever sends it."""

import asyncio
import random

import httpx
from fastapi import FastAPI

from app.core.db import Database
from tests import make
from tests.hands import Hands
from tests.incident.pictures import photograph
from tests.incident.upload.phone import begin, begun, progress, send

CONTENT = photograph()


async def _hands(own_db: Database, own_client: httpx.AsyncClient, api: FastAPI) -> Hands:
    async with own_db.write() as session:
        town = await make.town(session)
    return Hands(own_client, town, api.state.doorman)


async def test_of_pieces_that_come_at_once_one_counts(
    own_db: Database, own_client: httpx.AsyncClient, api: FastAPI
) -> None:
    hands = await _hands(own_db, own_client, api)
    where, at = await begun(hands, await hands.report(), len(CONTENT)), 0
    for end in (100, 101, len(CONTENT)):
        answers = await asyncio.gather(*(send(hands, where, at, CONTENT[at:end]) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [204, *[409] * 5]
        at = end
    assert (await progress(hands, where)).headers["Upload-Offset"] == str(len(CONTENT))


async def test_several_impatient_senders_make_one_picture(
    own_db: Database, own_client: httpx.AsyncClient, api: FastAPI
) -> None:
    hands, chance = await _hands(own_db, own_client, api), random.Random(11)
    incident = await hands.report()
    where = await begun(hands, incident, len(CONTENT))

    async def impatient() -> None:
        while True:
            at = int((await progress(hands, where)).headers["Upload-Offset"])
            if at == len(CONTENT):
                return
            await send(hands, where, at, CONTENT[at : at + chance.randint(1, 300)])

    await asyncio.gather(*(impatient() for _ in range(4)))
    made = (await progress(hands, where)).headers["Content-Location"]
    path = f"{made}/original"
    assert (await hands.get("street1.shift_leader", path, purpose="is it whole")).content == CONTENT
    listed = (await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}/evidence")).json()["items"]
    assert len(listed) == 1


async def test_the_same_creation_at_once_makes_one_upload(
    own_db: Database, own_client: httpx.AsyncClient, api: FastAPI
) -> None:
    hands = await _hands(own_db, own_client, api)
    incident, key = await hands.report(), {"Idempotency-Key": "one"}
    answers = await asyncio.gather(*(begin(hands, incident, len(CONTENT), **key) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.headers["Location"] for answer in answers}) == 1
