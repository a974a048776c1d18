"""Every statement about accounts, grants and credentials."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    and_,
    any_,
    bindparam,
    delete,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import aggregate_order_by, array
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased
from sqlalchemy.sql import Select

from app.core.db import Hot
from app.identity.models import Account, ApiKey, Organisation, OrganisationKind, RefreshToken, RoleGrant
from app.identity.workflow import Actor, Right


def _grants_of_account() -> Select[Any]:
    """Every live grant of an active account with the organisations it reaches: the granted one and all below it."""
    below = aliased(Organisation)
    is_department = below.kind == literal_column(f"'{OrganisationKind.DEPARTMENT.value}'")
    found = select(func.array_agg(below.id)).where(below.lineage.contains(array([RoleGrant.organisation_id])))
    reach, departments = found.scalar_subquery(), found.where(is_department).scalar_subquery()
    live = and_(
        RoleGrant.account_id == Account.id, or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())
    )
    return (
        select(Account.username, RoleGrant.role, RoleGrant.organisation_id, Organisation.kind)
        .add_columns(reach.label("reach"), departments.label("departments"))
        .outerjoin(RoleGrant, live)
        .outerjoin(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(Account.id == bindparam("account_id", type_=PgUUID(as_uuid=True)), Account.is_active)
    )


GRANTS = Hot(_grants_of_account)


def _marks() -> Executable:
    """Of active accounts the live grants as one text each, and the state of the tree that says what those reach."""
    tree = select(func.concat(func.count(), func.max(Organisation.updated_at))).scalar_subquery()
    live = and_(
        RoleGrant.account_id == Account.id, or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())
    )
    grant = func.concat(RoleGrant.role, RoleGrant.organisation_id)
    grants = func.string_agg(grant, aggregate_order_by(literal_column("','"), grant))
    wanted = Account.id == any_(bindparam("account_ids", type_=ARRAY(PgUUID(as_uuid=True))))
    mark = func.concat(grants, tree).label("mark")
    return select(Account.id, mark).outerjoin(RoleGrant, live).where(wanted, Account.is_active).group_by(Account.id)


MARKS = Hot(_marks)
"""As long as an account's mark is the same, so is what it may see and do."""


def _api_key() -> Select[Any]:
    live = and_(ApiKey.revoked_at.is_(None), or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > func.now()))
    columns: tuple[Any, ...] = (ApiKey.account_id, ApiKey.secret_sha256, ApiKey.scopes)
    return select(*columns).where(ApiKey.id == bindparam("key_id", type_=PgUUID(as_uuid=True)), live)


API_KEY = Hot(_api_key)


async def account_by_username(session: AsyncSession, username: str) -> Account | None:
    """The account with this username, whatever its state."""
    return await session.scalar(select(Account).where(Account.username == username))


async def account(session: AsyncSession, account_id: UUID) -> Account | None:
    """The account with this id."""
    return await session.get(Account, account_id)


async def drop_grants(session: AsyncSession, account_id: UUID) -> None:
    """Take every grant of an account away."""
    await session.execute(delete(RoleGrant).where(RoleGrant.account_id == account_id))


def _within(caller: Actor) -> ColumnElement[bool]:
    """Accounts that hold a grant where the caller administers accounts."""
    places = caller.places_with(Right.ACCOUNTS_WRITE)
    return Account.id.in_(select(RoleGrant.account_id).where(RoleGrant.organisation_id.in_(places)))


async def account_held(session: AsyncSession, caller: Actor, account_id: UUID) -> Account | None:
    """The account with this id, if the caller may see it, its row held until commit."""
    return await session.scalar(select(Account).where(Account.id == account_id, _within(caller)).with_for_update())


async def api_key_held(session: AsyncSession, caller: Actor, key_id: UUID) -> ApiKey | None:
    """The key with this id, if the caller may see its account, its row held until commit."""
    statement = select(ApiKey).join(Account, Account.id == ApiKey.account_id).where(ApiKey.id == key_id)
    return await session.scalar(statement.where(_within(caller)).with_for_update(of=ApiKey))


async def accounts(session: AsyncSession, caller: Actor, after: UUID | None, limit: int) -> Sequence[Account]:
    """Accounts the caller may see in the order they were made, one more than asked for."""
    statement = select(Account).where(_within(caller)).order_by(Account.id).limit(limit + 1)
    return (await session.scalars(statement if after is None else statement.where(Account.id > after))).all()


async def grants(session: AsyncSession, account_ids: Sequence[UUID]) -> Sequence[tuple[RoleGrant, Organisation]]:
    """The grants of some accounts, with the organisation each is given at."""
    statement = (
        select(RoleGrant, Organisation)
        .join(Organisation, Organisation.id == RoleGrant.organisation_id)
        .where(RoleGrant.account_id.in_(account_ids))
        .order_by(RoleGrant.id)
    )
    return [(grant, place) for grant, place in (await session.execute(statement)).all()]


async def organisation_by_code(session: AsyncSession, code: str) -> Organisation | None:
    """The organisation with this code."""
    return await session.scalar(select(Organisation).where(Organisation.code == code))


async def refresh_token(session: AsyncSession, secret_sha256: bytes) -> RefreshToken | None:
    """The refresh token with this hash, held until commit."""
    return await session.scalar(
        select(RefreshToken).where(RefreshToken.secret_sha256 == secret_sha256).with_for_update()
    )


async def end_family(session: AsyncSession, family_id: UUID) -> None:
    """Revoke every token of a chain."""
    await session.execute(update(RefreshToken).where(RefreshToken.family_id == family_id).values(revoked_at=func.now()))


async def forget_tokens(session: AsyncSession, batch: int) -> int:
    """Delete refresh tokens that expired more than a day ago; says how many."""
    t = RefreshToken
    old = select(t.id).where(t.expires_at < func.now() - timedelta(days=1)).limit(batch)
    return len((await session.execute(delete(t).where(t.id.in_(old)).returning(t.id))).all())


async def api_keys(session: AsyncSession, caller: Actor) -> Sequence[ApiKey]:
    """The keys of the accounts the caller may see."""
    statement = select(ApiKey).join(Account, Account.id == ApiKey.account_id).where(_within(caller))
    return (await session.scalars(statement.order_by(ApiKey.id))).all()


async def now(session: AsyncSession) -> Any:
    """The database's instant: the only clock that decides."""
    return await session.scalar(select(func.now()))
