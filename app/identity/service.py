"""The use cases of accounts: signing in and on, who an account is, accounts and keys made and changed."""

import asyncio
import hashlib
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from pwdlib import PasswordHash

from app.core.db import Lane, Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import NotFound, Problem, Unprocessable
from app.identity import queries
from app.identity.models import Account, ApiKey, RefreshToken, RoleGrant
from app.identity.schemas import AccountIn, AccountOut, AccountPatch, ApiKeyIn, GrantIn, GrantOut
from app.identity.workflow import Actor, Grant, Right, Role

HASHER = PasswordHash.recommended()
NOBODY = HASHER.hash(secrets.token_urlsafe())
"""Checked when the username is unknown, so that the answer takes as long as for a known one."""
SYSTEM = "system"


class NotSignedIn(Problem):
    """The request needs a valid token or key."""

    status = 401
    headers: ClassVar[dict[str, str]] = {"WWW-Authenticate": "Bearer"}


class Forbidden(Problem):
    """The caller's roles do not allow this."""

    status = 403
    members: ClassVar[dict[str, Any]] = {"missing_rights": ["ground:write"]}


async def sign_in(session: Session, username: str, password: str) -> Account:
    """The account with this username and password.

    Raises:
        NotSignedIn: the pair is wrong or the account is off; it is not said which.
    """
    account = await queries.account_by_username(session, username)
    stored = account.password_hash if account and account.password_hash else NOBODY
    good = await asyncio.to_thread(HASHER.verify, password, stored)
    if not good or account is None or account.password_hash is None or not account.is_active:
        raise NotSignedIn("The username or password is wrong.")
    return account


async def issue_refresh(session: Session, account_id: UUID, lifetime_s: int, family_id: UUID | None = None) -> str:
    """A new refresh token, the first of a chain or the next of one."""
    secret = secrets.token_urlsafe(32)
    expires_at = await queries.now(session) + timedelta(seconds=lifetime_s)
    family = family_id or uuid7()
    session.add(
        RefreshToken(account_id=account_id, family_id=family, secret_sha256=_sha256(secret), expires_at=expires_at)
    )
    return secret


async def use_refresh(session: Session, secret: str) -> RefreshToken | None:
    """Use a refresh token up. A second use means it was stolen: the whole chain ends and nothing is given."""
    token = await queries.refresh_token(session, _sha256(secret))
    now: datetime = await queries.now(session)
    if token is None or token.revoked_at or token.expires_at <= now:
        return None
    if token.used_at:
        await queries.end_family(session, token.family_id)
        return None
    token.used_at = now
    account = await queries.account(session, token.account_id)
    return token if account and account.is_active else None


async def forget_tokens(session: Session, batch: int) -> int:
    """Delete refresh tokens that are long expired; says how many."""
    return await queries.forget_tokens(session, batch)


async def actor(lane: Lane, account_id: UUID, scopes: frozenset[Right] | None = None) -> Actor | None:
    """The account as a caller with its grants of this moment; nothing if it is off or unknown."""
    rows = await queries.GRANTS.rows(lane, account_id=account_id)
    if not rows:
        return None
    grants = tuple(
        Grant(
            Role(row["role"]),
            row["organisation_id"],
            row["kind"] == "centre",
            frozenset(row["reach"]),
            frozenset(row["departments"] or ()),
        )
        for row in rows
        if row["role"]
    )
    return Actor.of(account_id, rows[0]["username"], grants, scopes)


async def actor_named(session: Session, lane: Lane, username: str) -> Actor | None:
    """The account of this name as a caller; nothing if it is off or unknown."""
    account = await queries.account_by_username(session, username)
    return None if account is None else await actor(lane, account.id)


async def marks(lane: Lane, account_ids: Collection[UUID]) -> dict[UUID, str]:
    """Of each of these accounts that is on, what tells whether its grants, or what they reach, have changed."""
    return {row["id"]: row["mark"] for row in await queries.MARKS.rows(lane, account_ids=list(account_ids))}


async def actor_of_key(lane: Lane, presented: str) -> Actor | None:
    """The caller behind an API key `lq_<id>.<secret>`; nothing if it is wrong, expired or revoked."""
    name, _, secret = presented.removeprefix("lq_").partition(".")
    try:
        key_id = UUID(name)
    except ValueError:
        return None
    row = await queries.API_KEY.row(lane, key_id=key_id)
    if row is None or not secrets.compare_digest(bytes(row["secret_sha256"]), _sha256(secret)):
        return None
    return await actor(lane, row["account_id"], frozenset(Right(scope) for scope in row["scopes"]))


async def open_account(session: Session, by: Actor, body: AccountIn) -> AccountOut:
    """Open an account with its grants; the caller must administer every place a grant is given at."""
    return (await open_accounts(session, by, [body]))[0]


async def open_accounts(session: Session, by: Actor, bodies: Sequence[AccountIn]) -> list[AccountOut]:
    """Open accounts, all or none. Those given the same password share its hash: it is no secret between them."""
    hashes = {password: await _hash(password) for password in {body.password for body in bodies}}
    opened = [
        Account(
            id=body.id or uuid7(),
            username=body.username,
            display_name=body.display_name,
            password_hash=hashes[body.password],
        )
        for body in bodies
    ]
    session.add_all(opened)
    await session.flush()
    for account, body in zip(opened, bodies, strict=True):
        await _grant(session, by, account, body.grants)
    return await show_accounts(session, opened, by)


async def ensure_system_account(session: Session) -> Account:
    """The account in whose name the system acts, made when it is missing. Nobody can sign in to it."""
    account = await queries.account_by_username(session, SYSTEM)
    if account is None:
        account = Account(id=uuid7(), username=SYSTEM, display_name="System", password_hash=None)
        session.add(account)
        await session.flush()
    return account


async def change_account(
    session: Session, by: Actor, account_id: UUID, body: AccountPatch, based_on: int
) -> AccountOut:
    """Change an account; grants given replace those it has."""
    account = await queries.account_held(session, by, account_id)
    if account is None:
        raise NotFound
    await _may_administer(session, by, account)
    require_version(based_on, account.version)
    if body.grants is not None:
        await queries.drop_grants(session, account.id)
        await _grant(session, by, account, body.grants)
    if body.password is not None:
        account.password_hash = await _hash(body.password)
    account.display_name = body.display_name or account.display_name
    account.is_active = account.is_active if body.is_active is None else body.is_active
    account.version += 1
    await session.flush()
    await session.refresh(account)
    return (await show_accounts(session, [account], by))[0]


async def _may_administer(session: Session, by: Actor, account: Account) -> None:
    for grant, _ in await queries.grants(session, [account.id]):
        if not by.may_at(Right.ACCOUNTS_WRITE, grant.organisation_id):
            raise Forbidden("The account holds a grant outside the places you administer.")


async def _grant(session: Session, by: Actor, account: Account, grants: list[GrantIn]) -> None:
    for wanted in grants:
        place = await queries.organisation_by_code(session, wanted.organisation)
        if place is None or not by.may_at(Right.ACCOUNTS_WRITE, place.id):
            raise Unprocessable(f"There is no organisation {wanted.organisation} that you administer.")
        if wanted.role is Role.SYSTEM:
            raise Unprocessable("The system role is not for accounts.")
        session.add(
            RoleGrant(account_id=account.id, role=wanted.role, organisation_id=place.id, valid_until=wanted.valid_until)
        )
    await session.flush()


async def accounts(session: Session, caller: Actor, after: UUID | None, limit: int) -> list[Account]:
    """Accounts the caller may see, one more than asked for."""
    return list(await queries.accounts(session, caller, after, limit))


async def show_account(session: Session, account: Account) -> AccountOut:
    """The account with all its grants, for itself."""
    return (await show_accounts(session, [account], None))[0]


async def show_accounts(session: Session, accounts: list[Account], caller: Actor | None) -> list[AccountOut]:
    """Accounts with the grants they hold where the caller administers, in two statements whatever their number."""
    held: dict[UUID, list[GrantOut]] = {account.id: [] for account in accounts}
    for grant, place in await queries.grants(session, list(held)):
        if caller is not None and not caller.may_at(Right.ACCOUNTS_WRITE, place.id):
            continue
        held[grant.account_id].append(
            GrantOut(
                role=Role(grant.role),
                organisation_id=place.id,
                organisation=place.code,
                name=place.name,
                name_en=place.name_en,
                kind=place.kind,
            )
        )
    return [AccountOut.model_validate(a).model_copy(update={"grants": held[a.id]}) for a in accounts]


async def make_key(session: Session, by: Actor, body: ApiKeyIn) -> tuple[ApiKey, str]:
    """A new API key and the text shown this once."""
    account = await queries.account_held(session, by, body.account_id)
    if account is None:
        raise Unprocessable("There is no such account.")
    await _may_administer(session, by, account)
    secret = secrets.token_urlsafe(32)
    key = ApiKey(
        account_id=account.id,
        label=body.label,
        secret_sha256=_sha256(secret),
        scopes=[str(scope) for scope in body.scopes],
        expires_at=body.expires_at,
    )
    session.add(key)
    await session.flush()
    await session.refresh(key)
    return key, f"lq_{key.id}.{secret}"


async def revoke_key(session: Session, by: Actor, key_id: UUID, based_on: int) -> ApiKey:
    """End a key at once."""
    key = await queries.api_key_held(session, by, key_id)
    account = None if key is None else await queries.account(session, key.account_id)
    if key is None or account is None:
        raise NotFound
    await _may_administer(session, by, account)
    require_version(based_on, key.version)
    key.revoked_at = key.revoked_at or await queries.now(session)
    key.version += 1
    await session.flush()
    await session.refresh(key)
    return key


async def _hash(password: str | None) -> str | None:
    return None if password is None else await asyncio.to_thread(HASHER.hash, password)


def _sha256(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
