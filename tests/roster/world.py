"""A small district for tests about duty: two streets, their departments, officers, beats and patrols."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import httpx
from fastapi import FastAPI
from sqlalchemy import text

from app.agency.models import Centre, Department, Officer
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.grid.models import Area, Beat, BeatCell, CellKind, GridCell, GridPlan, PlanStatus
from app.identity.models import Account, Organisation, RoleGrant
from app.identity.workflow import Role

HERE = {"location": [118.5, 32.5], "accuracy_m": 8}
"""Inside the beat."""
SQUARE = "SRID=4326;POLYGON((118 32,119 32,119 33,118 33,118 32))"
ROLES = {
    "district": (Role.DISPATCHER, "D"),
    "a_dispatcher": (Role.DISPATCHER, "A"),
    "b_dispatcher": (Role.DISPATCHER, "B"),
    "a_shift_leader": (Role.SHIFT_LEADER, "A"),
    "a_leader": (Role.TEAM_LEADER, "A"),
    "a_member": (Role.PATROL_MEMBER, "A"),
    "a_idle": (Role.PATROL_MEMBER, "A"),
    "b_shift_leader": (Role.SHIFT_LEADER, "B"),
    "a_auditor": (Role.AUDITOR, "A"),
    "b_auditor": (Role.AUDITOR, "B"),
    "u_desk": (Role.DEPARTMENT_DESK, "U"),
}
OFFICERS = {"U1": ("U", "a_leader"), "U2": ("U", None), "M1": ("M", "a_member"), "V1": ("V", None)}


@dataclass
class World:
    """The district: D commands streets A and B; departments U and M are in A, V in B; patrols are PA and PB."""

    database: Database
    client: httpx.AsyncClient
    doorman: Any
    places: dict[str, UUID]
    accounts: dict[str, UUID]

    def who(self, name: str) -> dict[str, str]:
        """The headers of an account's request that creates or moves, based on any version."""
        token = self.doorman.access_token(self.accounts[name])
        return {"Authorization": f"Bearer {token}", "Idempotency-Key": str(uuid4()), "If-Match": "*"}

    async def post(self, name: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """A POST by this account."""
        return await self.client.post(path, json=body, headers=self.who(name) | headers)

    async def patch(self, name: str, path: str, body: Any, **headers: str) -> httpx.Response:
        """A PATCH by this account."""
        return await self.client.patch(path, json=body, headers=self.who(name) | headers)

    async def get(self, name: str, path: str, **params: Any) -> httpx.Response:
        """A GET by this account."""
        return await self.client.get(path, params=params, headers=self.who(name))

    async def shift(self, **changes: Any) -> dict[str, Any]:
        """A shift of PA from now on, planned by its street's dispatcher."""
        answer = await self.post("a_dispatcher", "/v1/shifts", shift(**changes))
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def told(self, *codes: str) -> set[UUID]:
        """These places, and the accounts of whoever has had a seat."""
        async with self.database.read() as session:
            aboard = await session.scalars(text("SELECT account_id FROM crew_member WHERE account_id IS NOT NULL"))
            return {self.places[code] for code in codes} | set(aboard)

    async def on_duty(self, **changes: Any) -> dict[str, Any]:
        """A shift of PA that its leader has signed on to."""
        made = await self.shift(**changes)
        answer = await self.post("a_leader", f"/v1/shifts/{made['id']}/sign-on")
        assert answer.status_code == 200, answer.text
        return made


def at(hours: float) -> str:
    """An instant so many hours from now."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def shift(start: float = -0.01, end: float = 8, **changes: Any) -> dict[str, Any]:
    """The body of a shift of PA with two departments, starting and ending so many hours from now."""
    crew = [{"officer": "U1", "is_leader": True}, {"officer": "M1"}]
    return {"patrol": "PA", "beat": "A1", "starts_at": at(start), "ends_at": at(end), "crew": crew} | changes


async def make(api: FastAPI, client: httpx.AsyncClient, database: Database) -> World:
    """The district in this database."""
    world = World(database, client, api.state.doorman, {}, {})
    async with database.write() as session:
        await _places(session, world.places)
        await _people(session, world)
        await _ground(session, world.places)
    for street in "AB":
        body = {"code": f"P{street}", "name": "队", "name_en": "Patrol", "centre": street, "vehicle": "car"}
        answer = await world.post("district", "/v1/patrols", body)
        assert answer.status_code == 201, answer.text
    return world


async def _places(session: Session, places: dict[str, UUID]) -> None:
    tree = [("D", None), ("A", "D"), ("B", "D"), ("U", "A"), ("M", "A"), ("V", "B")]
    lineages: dict[str | None, list[UUID]] = {None: []}
    for code, parent in tree:
        places[code] = uuid7()
        lineages[code] = [places[code], *lineages[parent]]
        session.add(
            Organisation(
                id=places[code],
                kind="centre" if code in "DAB" else "department",
                code=code,
                name=code,
                name_en=code,
                parent_id=places[parent] if parent else None,
                lineage=lineages[code],
            )
        )
        await session.flush()
    for code in "DAB":
        area = Area(code=code, level="street", name=code, name_en=code, lineage=[])
        session.add(area)
        await session.flush()
        area.lineage = [area.id]
        places[f"area {code}"] = area.id
        session.add(Centre(id=places[code], level=2 if code == "D" else 1, area_id=area.id, settings={}))
    for code in "UMV":
        area_id = places["area B" if code == "V" else "area A"]
        session.add(Department(id=places[code], kind="government", functional_parent=None, area_id=area_id))
    await session.flush()


async def _people(session: Session, world: World) -> None:
    for name in ROLES:
        account = Account(username=name, display_name=name, password_hash=None)
        session.add(account)
        await session.flush()
        world.accounts[name] = account.id
    for name, (role, place) in ROLES.items():
        grant = RoleGrant(account_id=world.accounts[name], role=role.value, organisation_id=world.places[place])
        session.add(grant)
    for number, (department, account_name) in OFFICERS.items():
        session.add(
            Officer(
                number=number,
                display_name=number,
                department_id=world.places[department],
                centre_id=world.places["B" if department == "V" else "A"],
                account_id=world.accounts[account_name] if account_name else None,
                skills=[],
            )
        )
    await session.flush()


async def _ground(session: Session, places: dict[str, UUID]) -> None:
    plan = GridPlan(area_id=places["area D"], name="one", scheme="free", source="made up", read_as="wgs84")
    plan.status = PlanStatus.DRAFT.value
    session.add(plan)
    beat = Beat(organisation_id=places["A"], code="A1", name="一", name_en="One")
    session.add(beat)
    await session.flush()
    cell = GridCell(
        plan_id=plan.id,
        area_id=places["area A"],
        community_code="A",
        code="C1",
        kind=CellKind.UNIT.value,
        boundary=SQUARE,
        area_m2=1,
        places=[],
    )
    session.add(cell)
    await session.flush()
    session.add(BeatCell(beat_id=beat.id, cell_id=cell.id))
