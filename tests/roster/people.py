"""People of the small district beside its crew of two: enrolled, on leave, seconded, swapping."""

from typing import Any

import httpx

from app.agency.models import Department, Officer
from app.core.ids import uuid7
from app.identity.models import Account, Organisation, RoleGrant
from tests.roster.world import World

MANAGER = "a_manager"
"""The administrator of street A."""


async def enrol(
    world: World, number: str, department: str, account: str | None = None, *, base: str | None = "A"
) -> None:
    """Another officer of a department."""
    async with world.database.write() as session:
        officer = Officer(
            number=number,
            display_name=number,
            department_id=world.places[department],
            centre_id=world.places[base] if base else None,
            account_id=world.accounts[account] if account else None,
            skills=[],
        )
        session.add(officer)


async def appoint(world: World, name: str, role: str, place: str) -> None:
    """Another account with a role."""
    async with world.database.write() as session:
        account = Account(username=name, display_name=name, password_hash=None)
        session.add(account)
        await session.flush()
        world.accounts[name] = account.id
        session.add(RoleGrant(account_id=account.id, role=role, organisation_id=world.places[place]))


async def found_team(world: World, code: str = "W", kind: str = "volunteer") -> None:
    """A team of volunteers, or of a company, in street A."""
    world.places[code] = uuid7()
    lineage = [world.places[code], world.places["A"], world.places["D"]]
    async with world.database.write() as session:
        facts = {"kind": "department", "parent_id": world.places["A"], "lineage": lineage}
        session.add(Organisation(id=world.places[code], code=code, name=code, name_en=code, **facts))
        await session.flush()
        session.add(Department(id=world.places[code], kind=kind, area_id=world.places["area A"]))


async def second(world: World, officer: str, starts_on: str, ends_on: str, host: str = "A") -> dict[str, Any]:
    """An officer sent to a host by the administrator of the district."""
    if "d_admin" not in world.accounts:
        await appoint(world, "d_admin", "administrator", "D")
    body = {"officer": officer, "host": host, "starts_on": starts_on, "ends_on": ends_on}
    return made(await world.post("d_admin", "/v1/secondments", body))


async def on_leave(world: World, who: str, starts_at: str, ends_at: str, decider: str = "a_dispatcher") -> None:
    """Approved leave of an officer by their account."""
    asked = made(await world.post(who, "/v1/leaves", {"kind": "annual", "starts_at": starts_at, "ends_at": ends_at}))
    made(await world.post(decider, f"/v1/leaves/{asked['id']}/decision", {"decision": "approve"}))


async def propose(world: World, who: str, shift: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A seat offered."""
    return made(await world.post(who, "/v1/swaps", {"shift_id": shift["id"]} | changes))


async def move(world: World, who: str, swap: dict[str, Any], action: str, **headers: str) -> httpx.Response:
    """A move of a swap."""
    return await world.post(who, f"/v1/swaps/{swap['id']}/transitions", {"action": action}, **headers)


async def accepted(world: World, giver: str, taker: str, shift: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """A swap that both want."""
    swap = await propose(world, giver, shift, **changes)
    return made(await move(world, taker, swap, "accept"))


async def crew_of(world: World, shift: dict[str, Any]) -> dict[str, bool]:
    """Who sits on a shift now, and who leads."""
    shown = made(await world.get("district", f"/v1/shifts/{shift['id']}"))
    return {one["number"]: one["is_leader"] for group in shown["crew"] for one in group["members"]}


def made(answer: httpx.Response) -> dict[str, Any]:
    """The answer of a success."""
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
