"""Two small jurisdictions: Alpha with a district, two streets and a zone; Beta with a district of its own."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import httpx

from app.agency import service
from app.agency.schemas import CentreIn, DepartmentIn
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.grid.models import Area
from app.identity.access import Doorman
from app.identity.models import Account, RoleGrant
from app.identity.queries import organisation_by_code
from app.identity.workflow import Actor, Grant, Role

AREAS = {
    "alpha": None,
    "alpha.1": "alpha",
    "alpha.1.a": "alpha.1",
    "alpha.1.b": "alpha.1",
    "alpha.2": "alpha",
    "alpha.2.a": "alpha.2",
    "alpha.zone": "alpha",
    "alpha.rest": "alpha",
    "beta": None,
    "beta.1": "beta",
}
CENTRES = [
    {"code": "A", "level": 2, "parent": None, "area": "alpha"},
    {"code": "A1", "level": 1, "parent": "A", "area": "alpha.1", "further_areas": ["alpha.zone"]},
    {"code": "A2", "level": 1, "parent": "A", "area": "alpha.2"},
    {"code": "B", "level": 2, "parent": None, "area": "beta"},
]
DEPARTMENTS = [
    {"code": "water", "parent": "A", "area": "alpha"},
    {"code": "police", "parent": "A", "area": "alpha"},
    {"code": "watch1", "parent": "A1", "area": "alpha.1", "kind": "volunteer"},
    {"code": "beta.water", "parent": "B", "area": "beta"},
]
SYSTEM = Actor.of(uuid7(), "system", (Grant(Role.SYSTEM, uuid7(), is_centre=True, reach=frozenset()),))


def named(**facts: Any) -> dict[str, Any]:
    """A code with names made of it."""
    return {"name": f"{facts['code']}号", "name_en": f"Number {facts['code']}", **facts}


@dataclass
class Town:
    """The database with both jurisdictions, and a way to call as anybody."""

    db: Database
    client: httpx.AsyncClient
    doorman: Doorman
    areas: dict[str, UUID] = field(default_factory=dict)

    async def build(self) -> None:
        """Make areas, centres and departments, as the system."""
        async with self.db.write() as session:
            await self._areas(session)
            for centre in CENTRES:
                await service.open_centre(session, SYSTEM, CentreIn.model_validate(named(**centre)))
            for department in DEPARTMENTS:
                await service.open_department(session, SYSTEM, DepartmentIn.model_validate(named(**department)))

    async def _areas(self, session: Session) -> None:
        lineages: dict[str | None, list[UUID]] = {None: []}
        for code, parent in AREAS.items():
            id = self.areas[code] = uuid7()
            lineages[code] = [*lineages[parent], id]
            above = self.areas[parent] if parent else None
            session.add(Area(id=id, **named(code=code), level="place", parent_id=above, lineage=lineages[code]))
            await session.flush()

    async def caller(self, role: str, organisation: str) -> "Caller":
        """Somebody with one role at one organisation."""
        async with self.db.write() as session:
            place = await organisation_by_code(session, organisation)
            assert place is not None
            account = Account(id=uuid7(), username=f"{role}.{uuid7()}", display_name=role)
            session.add(account)
            await session.flush()
            session.add(RoleGrant(account_id=account.id, role=role, organisation_id=place.id))
        return Caller(self.client, self.doorman.access_token(account.id))


@dataclass
class Caller:
    """Somebody who calls the API."""

    client: httpx.AsyncClient
    token: str

    async def _send(self, method: str, path: str, body: Any, **headers: str) -> httpx.Response:
        headers["Authorization"] = f"Bearer {self.token}"
        return await self.client.request(method, path, json=body, headers=headers)

    async def get(self, path: str, **headers: str) -> Any:
        """The answer's JSON; it must be a success."""
        answer = await self._send("GET", path, None, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def look(self, path: str) -> httpx.Response:
        """The answer to a question."""
        return await self._send("GET", path, None)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """The answer to something new, under a key of its own."""
        return await self._send("POST", path, body, **{"Idempotency-Key": str(uuid7()), **headers})

    async def change(self, method: str, path: str, body: Any = None, version: int | str = "*") -> httpx.Response:
        """The answer to a change based on a version."""
        tag = "*" if version == "*" else f'"{version}"'
        return await self._send(method, path, body, **{"If-Match": tag})
