"""Who calls in the tests of the ground."""

from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.core.ids import uuid7
from app.identity.models import Account, Organisation, RoleGrant
from tests.grid.ground import Ground, four

CENTRE, OTHER = "centre-1", "centre-2"


async def centre(db: Database, code: str) -> UUID:
    """A centre; made at its first mention."""
    made = uuid7()
    async with db.write() as session:
        session.add(Organisation(id=made, kind="centre", code=code, name=code, name_en=code, lineage=[made]))
    return made


async def headers(api: FastAPI, db: Database, role: str, organisation_id: UUID) -> dict[str, str]:
    """What an account with one role at one centre sends."""
    account = Account(id=uuid7(), username=f"{role}.{organisation_id}", display_name=role, password_hash=None)
    async with db.write() as session:
        session.add(account)
        await session.flush()
        session.add(RoleGrant(account_id=account.id, role=role, organisation_id=organisation_id))
    return {"Authorization": f"Bearer {api.state.doorman.access_token(account.id)}"}


@pytest.fixture
async def ground(api: FastAPI, client: httpx.AsyncClient, db: Database) -> Ground:
    """The API, called by the administrator of a centre."""
    return Ground(client, await headers(api, db, "administrator", await centre(db, CENTRE)))


@pytest.fixture
async def outsider(api: FastAPI, client: httpx.AsyncClient, db: Database) -> Ground:
    """The API, called by the administrator of another centre."""
    return Ground(client, await headers(api, db, "administrator", await centre(db, OTHER)))


@pytest.fixture
async def worker(api: FastAPI, client: httpx.AsyncClient, db: Database) -> Ground:
    """The API, called by a grid worker."""
    return Ground(client, await headers(api, db, "grid_worker", await centre(db, "centre-3")))


@pytest.fixture
async def town(ground: Ground) -> Ground:
    """The API with an area tree and four cells in force since 2020."""
    await ground.add_tree()
    await ground.put_in_force(four(), "2020-01-01T00:00:00Z")
    return ground
