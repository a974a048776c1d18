"""Accounts looked at together: a mark is the same exactly as long as the account may do the same."""

from datetime import timedelta

from sqlalchemy import func, update

from app.core.db import Database
from app.identity import service
from app.identity.access import Doorman
from app.identity.models import Account, RoleGrant
from tests import make

WHO = ("street1.acceptor", "street2.acceptor", "admin")


async def _marks(db: Database, town: make.Town) -> dict[str, str]:
    ids = {town.accounts[name]: name for name in WHO}
    async with db.read_lane() as lane:
        return {ids[one]: mark for one, mark in (await service.marks(lane, ids)).items()}


async def test_a_mark_changes_with_the_grants_of_its_account_alone(db: Database, town: make.Town) -> None:
    before = await _marks(db, town)
    assert set(before) == set(WHO)
    async with db.write() as session:
        session.add(
            RoleGrant(account_id=town.accounts[WHO[0]], role="dispatcher", organisation_id=town.organisations["A"])
        )
    after = await _marks(db, town)
    assert after[WHO[0]] != before[WHO[0]]
    assert {name: after[name] for name in WHO[1:]} == {name: before[name] for name in WHO[1:]}
    async with db.write() as session:
        over = update(RoleGrant).where(RoleGrant.account_id == town.accounts[WHO[1]])
        await session.execute(over.values(valid_until=func.now() - timedelta(hours=1)))
        await session.execute(update(Account).where(Account.username == WHO[2]).values(is_active=False))
    last = await _marks(db, town)
    assert last[WHO[1]] != after[WHO[1]]
    assert WHO[2] not in last


async def test_who_listens_is_renewed_without_an_error(db: Database, town: make.Town) -> None:
    door = Doorman(db.settings, db)
    ids = [town.accounts[name] for name in WHO]
    await door.renew(ids)
    assert set(door._marks) == set(ids)
    assert all(door._marks.values())
