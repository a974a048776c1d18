"""Signing in, staying signed in, and being kept out."""

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from sqlalchemy import select

from app import main
from app.core.db import Database
from app.core.settings import Settings
from app.core.signpost import plain
from app.identity.access import undeclared
from app.identity.models import RefreshToken
from tests.hands import Hands

PASSWORD = "correct horse battery"


async def _with_password(hands: Hands, username: str = "street1.acceptor") -> None:
    account = (await hands.get("admin", "/v1/accounts", limit=1000)).json()["items"]
    found = next(a for a in account if a["username"] == username)
    headers = hands.headers("admin", found["version"])
    answer = await hands.client.patch(f"/v1/accounts/{found['id']}", headers=headers, json={"password": PASSWORD})
    assert answer.status_code == 200


async def _sign_in(client: httpx.AsyncClient, password: str, username: str = "street1.acceptor") -> httpx.Response:
    return await client.post("/v1/auth/token", data={"username": username, "password": password})


async def test_signing_in_gives_a_token_that_says_who_one_is(hands: Hands) -> None:
    await _with_password(hands)
    token = (await _sign_in(hands.client, PASSWORD)).json()["access_token"]
    me = await hands.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (me.json()["username"], [g["role"] for g in me.json()["grants"]]) == ("street1.acceptor", ["acceptor"])


async def test_a_wrong_password_and_an_unknown_name_get_the_same_answer(hands: Hands) -> None:
    await _with_password(hands)
    wrong = await _sign_in(hands.client, "wrong")
    unknown = await _sign_in(hands.client, "wrong", "nobody")
    assert (wrong.status_code, wrong.json()) == (401, unknown.json())


async def test_the_sixth_wrong_password_has_to_wait(hands: Hands) -> None:
    answers = [await _sign_in(hands.client, "wrong", "nobody.else") for _ in range(6)]
    assert [a.status_code for a in answers] == [401] * 5 + [429]
    assert answers[-1].headers["retry-after"]


async def test_a_refresh_token_works_once_and_used_again_ends_its_family(hands: Hands, db: Database) -> None:
    await _with_password(hands)
    first = (await _sign_in(hands.client, PASSWORD)).json()["refresh_token"]
    second = (await hands.client.post("/v1/auth/refresh", json={"refresh_token": first})).json()["refresh_token"]
    assert (await hands.client.post("/v1/auth/refresh", json={"refresh_token": first})).status_code == 401
    assert (await hands.client.post("/v1/auth/refresh", json={"refresh_token": second})).status_code == 401
    async with db.read() as session:
        assert all(t.revoked_at for t in (await session.scalars(select(RefreshToken))).all())


@pytest.mark.parametrize("token", ["x", "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.", "a.b.c"])
async def test_a_forged_token_is_refused(hands: Hands, token: str) -> None:
    answer = await hands.client.get("/v1/me", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["type"]) == (401, "/problems/not-signed-in")
    assert (await hands.client.get("/v1/incidents")).status_code == 401


async def test_a_key_is_shown_once_and_limited_to_its_scopes(hands: Hands) -> None:
    body = {"account_id": str(hands.town.accounts["street1.acceptor"]), "label": "map", "scopes": ["ground:read"]}
    made = await hands.post("admin", "/v1/api-keys", body, key="k")
    key = made.json()["key"]
    assert (await hands.post("admin", "/v1/api-keys", body, key="k")).json()["key"] == ""
    assert (await hands.client.get("/v1/areas", headers={"X-API-Key": key})).status_code == 200
    assert (await hands.client.get("/v1/incidents", headers={"X-API-Key": key})).status_code == 403
    revoked = await hands.client.delete(f"/v1/api-keys/{made.json()['id']}", headers=hands.headers("admin", 1))
    hands.door.forget()
    assert revoked.json()["revoked_at"]
    assert (await hands.client.get("/v1/areas", headers={"X-API-Key": key})).status_code == 401


async def test_a_grant_outside_ones_reach_cannot_be_given(hands: Hands) -> None:
    body = {"username": "new.one", "display_name": "n", "grants": [{"role": "acceptor", "organisation": "nowhere"}]}
    assert (await hands.post("admin", "/v1/accounts", body)).status_code == 422
    body["grants"] = [{"role": "system", "organisation": "D"}]
    assert (await hands.post("admin", "/v1/accounts", body)).status_code == 422
    assert (await hands.post("street1.acceptor", "/v1/accounts", body)).status_code == 403


def test_every_route_declares_what_it_needs(api: FastAPI) -> None:
    inside = [r for r in api.routes if not getattr(r, "path", "").startswith(("/swagger", "/docs", "/openapi"))]
    assert undeclared(r for r in plain(inside) if r.path != "/") == []


def test_the_server_does_not_start_with_a_silent_route(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = APIRouter()
    silent.add_api_route("/v1/silent", lambda: None)
    monkeypatch.setattr(main, "ROUTERS", (silent,))
    with pytest.raises(RuntimeError, match="/v1/silent"):
        main.create_app(settings)
