"""A right counts where it is held, and what others administer is not there."""

from typing import Any
from uuid import UUID

import pytest

from app.core.db import Database
from app.core.ids import uuid7
from app.identity.models import Account, RoleGrant
from app.identity.workflow import RIGHTS, Right, Role
from tests import make
from tests.hands import Hands

BOTH = "both"


async def holds(db: Database, hands: Hands, *grants: tuple[Role, str]) -> None:
    """Somebody new with these roles at these places."""
    hands.town.accounts[BOTH] = uuid7()
    async with db.write() as session:
        session.add(Account(id=hands.town.accounts[BOTH], username=BOTH, display_name=BOTH))
        await session.flush()
        for role, place in grants:
            home = hands.town.organisations[place]
            session.add(RoleGrant(account_id=hands.town.accounts[BOTH], role=role.value, organisation_id=home))


async def numbers(hands: Hands) -> set[str]:
    return {item["number"] for item in (await hands.get(BOTH, "/v1/incidents")).json()["items"]}


@pytest.mark.parametrize("elsewhere", [Role.ADMINISTRATOR, Role.CHANNEL, Role.VOLUNTEER])
async def test_a_role_that_reads_no_incidents_opens_none_to_ones_other_role(
    elsewhere: Role, hands: Hands, db: Database
) -> None:
    mine, other = await hands.report(), await hands.report("patrol3.leader", at=make.B1)
    await holds(db, hands, (elsewhere, "D"), (Role.DISPATCHER, "A"))
    assert await numbers(hands) == {mine["number"]}
    assert (await hands.get(BOTH, f"/v1/incidents/{other['id']}")).status_code == 404


async def test_a_role_at_a_department_does_not_open_the_centres_beside_it(hands: Hands, db: Database) -> None:
    await hands.report()
    await holds(db, hands, (Role.DEPARTMENT_DESK, "urban_management"))
    assert await numbers(hands) == set()


def test_the_stream_is_for_those_who_read_incidents() -> None:
    read = {role for role in Role if Right.INCIDENTS_READ in RIGHTS[role]}
    assert read == {role for role in Role if Right.STREAM_READ in RIGHTS[role]}


@pytest.fixture
async def stranger(db: Database, town: make.Town) -> UUID:
    """An account of another jurisdiction."""
    async with db.write() as session:
        return (await make.town(session, "x")).accounts["street1.acceptor"]


async def asked(hands: Hands, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    headers = hands.headers("admin", "*")
    answer = await hands.client.request(method, path, headers=headers, json=body)
    return answer.status_code, answer.json().get("detail")


async def test_an_account_of_others_is_answered_like_one_that_never_was(hands: Hands, stranger: UUID) -> None:
    for body in ({"display_name": "n"}, {"is_active": False}):
        there = await asked(hands, "PATCH", f"/v1/accounts/{stranger}", body)
        assert there == await asked(hands, "PATCH", f"/v1/accounts/{uuid7()}", body) == (404, None)
    keys = [
        await asked(hands, "POST", "/v1/api-keys", {"account_id": str(one), "label": "k", "scopes": ["ground:read"]})
        for one in (stranger, uuid7())
    ]
    assert keys == [(422, "There is no such account.")] * 2


async def test_of_an_account_only_the_roles_within_ones_reach_are_shown(
    hands: Hands, stranger: UUID, db: Database
) -> None:
    async with db.write() as session:
        home = hands.town.organisations["A"]
        session.add(RoleGrant(account_id=stranger, role=Role.INSPECTOR.value, organisation_id=home))
    shown = (await hands.get("admin", "/v1/accounts", limit=1000)).json()["items"]
    (found,) = [one["grants"] for one in shown if one["id"] == str(stranger)]
    assert [(grant["role"], grant["organisation"]) for grant in found] == [("inspector", "A")]
    assert (await asked(hands, "PATCH", f"/v1/accounts/{stranger}", {"is_active": False}))[0] == 403
