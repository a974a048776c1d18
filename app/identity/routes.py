"""HTTP of accounts: sign in, who am I, accounts, API keys."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.security import OAuth2PasswordRequestForm

from app.core.db import Read, Write
from app.core.faults import render
from app.core.once import KeyReused, StillRunning, base_version
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import Conflict, NotFound, Unprocessable, VersionMissing, VersionStale, problems
from app.identity import queries, service
from app.identity.access import OnceKey, TooManyTries, doorman, needs, public
from app.identity.schemas import (
    AccountIn,
    AccountOut,
    AccountPatch,
    ApiKeyIn,
    ApiKeyMade,
    ApiKeyOut,
    Me,
    RefreshIn,
    Tokens,
)
from app.identity.service import Forbidden, NotSignedIn
from app.identity.workflow import Actor, Right

router = APIRouter(prefix="/v1", tags=["access"])
BasedOn = Annotated[int, Depends(base_version)]
Administrator = Annotated[Actor, needs(Right.ACCOUNTS_WRITE)]
REFUSED = (NotSignedIn, Forbidden)
CHANGES = (*REFUSED, NotFound, VersionStale, VersionMissing, Unprocessable)


@router.post("/auth/token", dependencies=[public], responses=problems(NotSignedIn, TooManyTries))
async def sign_in(request: Request, form: Annotated[OAuth2PasswordRequestForm, Depends()], session: Write) -> Tokens:
    """Sign in with username and password (OAuth2 password form)."""
    door = doorman(request)
    door.may_try(form.username)
    try:
        account = await service.sign_in(session, form.username, form.password)
    except NotSignedIn:
        door.tried(form.username, good=False)
        raise
    door.tried(form.username, good=True)
    refresh = await service.issue_refresh(session, account.id, door.settings.refresh_token_s)
    return Tokens(
        access_token=door.access_token(account.id), refresh_token=refresh, expires_in=door.settings.access_token_s
    )


@router.post("/auth/refresh", dependencies=[public], response_model=Tokens, responses=problems(NotSignedIn))
async def refresh(request: Request, body: RefreshIn, session: Write) -> Response:
    """The next pair of tokens. A refresh token works once; used again, its whole chain ends."""
    door = doorman(request)
    used = await service.use_refresh(session, body.refresh_token)
    if used is None:
        return render(NotSignedIn(), request)
    secret = await service.issue_refresh(session, used.account_id, door.settings.refresh_token_s, used.family_id)
    token = door.access_token(used.account_id)
    pair = Tokens(access_token=token, refresh_token=secret, expires_in=door.settings.access_token_s)
    return Response(pair.model_dump_json(), media_type="application/json")


@router.get("/me", responses=problems(NotSignedIn))
async def me(session: Read, caller: Annotated[Actor, needs()]) -> Me:
    """The caller, what it may do, and the centres and departments it acts for."""
    account = await queries.account(session, caller.account_id)
    if account is None:
        raise NotSignedIn
    shown = await service.show_account(session, account)
    return Me(
        account_id=account.id,
        username=account.username,
        display_name=account.display_name,
        rights=sorted(caller.rights),
        grants=shown.grants,
    )


@router.get("/accounts", responses=problems(*REFUSED, InvalidCursor))
async def list_accounts(
    session: Read, caller: Administrator, limit: Limit = 100, cursor: Cursor = None
) -> Page[AccountOut]:
    """Accounts in the order they were made."""
    after = decode("accounts", cursor, UUID)
    rows = await service.accounts(session, caller, after[0] if after else None, limit)
    page = page_of("accounts", list(rows), limit, "id")
    return Page(items=await service.show_accounts(session, page.items, caller), next=page.next)


@router.post(
    "/accounts",
    status_code=201,
    response_model=AccountOut,
    responses=problems(*REFUSED, Conflict, Unprocessable, KeyReused, StillRunning),
)
async def open_account(body: AccountIn, session: Write, caller: Administrator, once: OnceKey) -> Response:
    """Open an account with its grants."""
    return await once.reply(session, await service.open_account(session, caller, body), 201)


@router.patch("/accounts/{account_id}", responses=problems(*CHANGES))
async def change_account(
    account_id: UUID, body: AccountPatch, session: Write, caller: Administrator, based_on: BasedOn
) -> AccountOut:
    """Change an account; grants given replace those it has."""
    return await service.change_account(session, caller, account_id, body, based_on)


@router.get("/api-keys", responses=problems(*REFUSED))
async def list_keys(session: Read, caller: Administrator) -> Page[ApiKeyOut]:
    """API keys without their secrets."""
    return Page(items=[ApiKeyOut.model_validate(key) for key in await queries.api_keys(session, caller)])


@router.post(
    "/api-keys",
    status_code=201,
    response_model=ApiKeyMade,
    responses=problems(*REFUSED, Unprocessable, KeyReused, StillRunning),
)
async def make_key(body: ApiKeyIn, session: Write, caller: Administrator, once: OnceKey) -> Response:
    """A new API key. Its text is in this answer only: a repeat is answered without it."""
    key, shown = await service.make_key(session, caller, body)
    stored = ApiKeyMade.of(key, "")
    return await once.reply(session, ApiKeyMade.of(key, shown), 201, stored=stored)


@router.delete("/api-keys/{key_id}", responses=problems(*CHANGES))
async def revoke_key(key_id: UUID, session: Write, caller: Administrator, based_on: BasedOn) -> ApiKeyOut:
    """End a key at once."""
    return ApiKeyOut.model_validate(await service.revoke_key(session, caller, key_id, based_on))
