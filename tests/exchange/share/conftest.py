"""Two streets and a department that agree on shares: street A gives, street B and the fire rescue receive."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import update

from app.core.db import Database
from app.exchange.share.models import Share
from app.identity.models import Account, RoleGrant
from tests import make
from tests.hands import Hands

GIVER, RECEIVER = "street1.shift_leader", "street2.leader"
EXTRA = {
    "street2.leader": ("leader", "B"),
    "street1.leader": ("leader", "A"),
    "street2.shift_leader": ("shift_leader", "B"),
}


def later(days: float = 7) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).isoformat()


class Neighbours:
    """Those who speak for each side, and what they do."""

    def __init__(self, hands: Hands, db: Database) -> None:
        self.hands, self.db = hands, db

    async def propose(self, who: str = GIVER, **changed: Any) -> httpx.Response:
        """Try to propose a share of street A's incidents to street B."""
        body = {
            "giver": "A",
            "receiver": "B",
            "area": "A",
            "tier": "record",
            "ends_at": later(),
            "purpose": "joint action",
        } | changed
        if "incident_id" in changed:
            del body["area"]
        return await self.hands.post(who, "/v1/shares", body)

    async def proposed(self, who: str = GIVER, **changed: Any) -> dict[str, Any]:
        """A share that must be proposed."""
        answer = await self.propose(who, **changed)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def move(self, who: str, share: dict[str, Any], action: str) -> httpx.Response:
        """Try an action on a share at the version that is known."""
        path = f"/v1/shares/{share['id']}/transitions"
        return await self.hands.post(who, path, {"action": action}, share["version"])

    async def moved(self, who: str, share: dict[str, Any], action: str) -> dict[str, Any]:
        """An action that must go well."""
        answer = await self.move(who, share, action)
        assert answer.status_code == 200, answer.text
        now: dict[str, Any] = answer.json()
        return now

    async def agreed(self, **changed: Any) -> dict[str, Any]:
        """A share that both sides agreed on."""
        return await self.moved(RECEIVER, await self.proposed(**changed), "accept")

    async def read(self, share: dict[str, Any], incident: Any = None, who: str = RECEIVER) -> httpx.Response:
        """Read what a share shows: everything, or one incident."""
        path = f"/v1/shares/{share['id']}/incidents"
        return await self.hands.get(who, path if incident is None else f"{path}/{incident['id']}")

    async def set(self, share: dict[str, Any], **values: Any) -> None:
        """Change an agreement behind the service's back."""
        async with self.db.write() as session:
            await session.execute(update(Share).where(Share.id == share["id"]).values(**values))


@pytest.fixture
async def neighbours(hands: Hands, db: Database, api: FastAPI) -> Neighbours:
    """Both sides, each with somebody who speaks for it."""
    async with db.write() as session:
        for username, (role, place) in EXTRA.items():
            account = Account(username=username, display_name=username)
            session.add(account)
            await session.flush()
            hands.town.accounts[username] = account.id
            organisation = hands.town.organisations[place]
            session.add(RoleGrant(account_id=account.id, role=role, organisation_id=organisation))
    return Neighbours(hands, db)


A1, B1 = make.A1, make.B1
