"""The town as a fuzzer finds it: people of several roles, one incident in the middle of its life, and what is known."""

import base64
import json
import random
import re
from datetime import timedelta
from typing import Any

from fastapi import FastAPI
from sqlalchemy import func, select, update

from app.core.ids import uuid7
from app.identity.access import Doorman
from app.identity.models import Account, RoleGrant
from app.identity.workflow import Role
from app.incident.models import RunningClock
from tests import make
from tests.contract.asking import Answer, Request, ask
from tests.contract.document import JSON, MULTIPART, Operation, operations
from tests.contract.hostile import HEADERS, RAW, Fuzzer
from tests.hands import report_body
from tests.incident.pictures import picture

SENDERS = ("everybody", "admin", "district.dispatcher", "street1.shift_leader", "patrol1.leader", "auditor", "channel")
"""Who sends; `everybody` holds every right, so that requests get as far as they can."""
LIKE_A_CODE = re.compile(r"^[A-Za-z0-9_.-]{1,64}$")


class World:
    """An application on a town of its own."""

    def __init__(self, api: FastAPI, town: make.Town) -> None:
        self.api, self.town = api, town
        self.tokens: dict[str, bytes] = {}
        self.found: dict[tuple[str, str], list[str]] = {}
        self.known = _known(town)

    @property
    def door(self) -> Doorman:
        """The application's doorman."""
        found: Doorman = self.api.state.doorman
        return found

    async def settle(self) -> None:
        """Bring one incident on its way and look at everything, so that paths lead somewhere."""
        everybody = uuid7()
        async with self.api.state.database.write() as session:
            session.add(Account(id=everybody, username="everybody", display_name="everybody"))
            await session.flush()
            for place in ("D", "urban_management"):
                home = self.town.organisations[place]
                session.add_all(RoleGrant(account_id=everybody, role=role, organisation_id=home) for role in Role)
        accounts = self.town.accounts | {"everybody": everybody}
        self.tokens = {who: f"Bearer {self.door.access_token(accounts[who])}".encode() for who in SENDERS}
        await self._story()
        for operation in [*operations(), *operations()]:
            if operation.method == "get":
                await self.send(Fuzzer(random.Random(0), self.known), operation, "everybody", plain=True)

    async def _story(self) -> None:
        incident = await self._made("post", "/v1/incidents", report_body() | {"category_code": "E0406"})
        path = f"/v1/incidents/{incident['id']}"
        register = {"action": "register", "standard": "E0406-1", "filing_condition_met": True}
        for body in ({"action": "accept"}, register, {"action": "dispatch", "patrols": ["P-001"]}):
            await self._made("post", f"{path}/transitions", body)
        await self._made("post", f"{path}/notes", {"note": "seen"})
        await self._made("post", f"{path}/requests", {"kind": "void", "reason": "r"}, "district.dispatcher")
        await self._ended_story(register)
        await self._rules()
        await self._webhook()
        for _ in range(4):
            await self._made("post", "/v1/incidents", report_body())

    async def _ended_story(self, register: dict[str, Any]) -> None:
        """A closed incident with a whistle, a department that was late, and its appeal."""
        incident = await self._made("post", "/v1/incidents", report_body() | {"category_code": "E0406"})
        path = f"/v1/incidents/{incident['id']}"
        for body in ({"action": "accept"}, register):
            await self._made("post", f"{path}/transitions", body)
        lead = {"department": "urban_management", "role": "lead"}
        await self._made("post", f"{path}/whistles", {"kind": "daily", "departments": [lead]})
        async with self.api.state.database.write() as session:
            late = update(RunningClock).where(RunningClock.summons_id.is_not(None), RunningClock.ended_at.is_(None))
            await session.execute(
                late.values(due_at=func.now() - timedelta(hours=1)).execution_options(synchronize_session=False)
            )
            [clock] = (await session.scalars(select(RunningClock.id).where(RunningClock.summons_id.is_not(None)))).all()
        await self._made("post", f"{path}/transitions", {"action": "force_close", "reason": "r"})
        await self._made("post", f"{path}/appeals", {"subject_id": str(clock), "reason": "r"})

    async def _rules(self) -> None:
        """A set of routing rules in force, whose second rule is shadowed, an escalation policy, and a draft of each."""
        rules = [{"code": code, "name": code, "name_en": code, "then": {"priority": 2}} for code in ("all", "late")]
        named = {"centre": "D", "name": "n", "name_en": "n"}
        ladders = {"check": [{"share": 1, "do": ["card"]}]}
        for path, holds in (("/v1/routing-sets", {"rules": rules}), ("/v1/escalation-policies", {"ladders": ladders})):
            first, _ = [await self._made("post", path, named | holds) for _ in "ab"]
            await self._made("post", f"{path}/{first['id']}/publish", {})

    async def _webhook(self) -> None:
        """A webhook at an address that is public and never asked."""
        body = {"place": "D", "label": "w", "url": "https://93.184.215.14/"}
        hook = await self._made("post", "/v1/webhooks", body)
        await self._made("post", f"/v1/webhooks/{hook['id']}/test", {})

    async def _made(self, method: str, path: str, body: Any, who: str = "everybody") -> dict[str, Any]:
        headers = [*self.shown(who), ("content-type", JSON.encode()), ("if-match", b"*")]
        answer = await ask(self.api, Request(method, path, headers=headers, body=json.dumps(body).encode()))
        assert answer.status < 300, (path, body, answer)
        self.learn(path, answer)
        made: dict[str, Any] = answer.json()
        return made

    def shown(self, who: str) -> list[tuple[str, bytes]]:
        """The headers of somebody's request."""
        return [("authorization", self.tokens[who]), ("idempotency-key", str(uuid7()).encode())]

    async def send(self, by: Fuzzer, operation: Operation, who: str, *, plain: bool = False) -> tuple[Request, Answer]:
        """Send one request made by chance, and learn what it answers."""
        request = Request(
            operation.method,
            self._path(by, operation, plain=plain),
            [] if plain else self._query(by, operation),
            [*(self.shown(who) if who in self.tokens else []), *([] if plain else self._headers(by, operation))],
        )
        request = request if plain else self._with_body(by, operation, request)
        answer = await ask(self.api, request)
        self.learn(operation.path, answer)
        return request, answer

    def _path(self, by: Fuzzer, operation: Operation, *, plain: bool) -> str:
        path = operation.path
        for before, name in re.findall(r"([a-z0-9-]+)/\{(\w+)\}", path):
            known = self.found.get((before, "id" if name.endswith("_id") else name)) or self.found.get((before, "code"))
            if known and (plain or by.chance.random() < 0.85):
                chosen = by.chance.choice(known)
            else:
                chosen = by.chance.choice(self.known["id"]) if by.chance.random() < 0.3 else by.text() or "x"
            path = path.replace("{" + name + "}", chosen)
        return path

    def _query(self, by: Fuzzer, operation: Operation) -> list[tuple[str, str]]:
        made: list[tuple[str, str]] = []
        for parameter in operation.parameters:
            if parameter["in"] == "query" and (parameter.get("required") or by.chance.random() < 0.35):
                value = by.text() if by.chance.random() < 0.25 else by.value(parameter["schema"], parameter["name"])
                if parameter["name"] == "cursor" and by.chance.random() < 0.8:
                    value = forged(by, operation.path.rpartition("/")[2])
                values = value if isinstance(value, list) else [value]
                made += [(parameter["name"], str(one)) for one in values if one is not None]
        if made and by.chance.random() < 0.1:
            made.append((made[0][0], by.text()))
        return [*made, (by.text(), by.text())] if by.chance.random() < 0.05 else made

    def _headers(self, by: Fuzzer, operation: Operation) -> list[tuple[str, bytes]]:
        names = [parameter["name"].lower() for parameter in operation.parameters if parameter["in"] == "header"]
        made: list[tuple[str, bytes]] = []
        for name in names:
            if name == "if-match":
                made.append((name, b"*" if by.chance.random() < 0.75 else by.chance.choice(HEADERS)))
            elif by.chance.random() < 0.2:
                made.append((name, by.chance.choice(HEADERS)))
        return made

    def _with_body(self, by: Fuzzer, operation: Operation, request: Request) -> Request:
        if not operation.bodies:
            return request
        media_type, media = next(iter(operation.bodies.items()))
        content = by.chance.choice(RAW) if by.chance.random() < 0.08 else encoded(media_type, by.body(media))
        said = "multipart/form-data; boundary=b" if media_type == MULTIPART else media_type
        headers = [*request.headers, ("content-type", said.encode())]
        return Request(request.method, request.path, request.query, headers, content)

    def learn(self, path: str, answer: Answer) -> None:
        """Keep the ids and codes in an answer under the name of the list they stand in."""
        if answer.status >= 300 or not answer.body or answer.media_type != JSON:
            return
        segment = [part for part in path.split("/") if part and "{" not in part][-1]
        self._learn(segment, answer.json())

    def _learn(self, segment: str, value: Any) -> None:
        for one in value if isinstance(value, list) else [value]:
            if isinstance(one, dict):
                for name, part in one.items():
                    if isinstance(part, str) and LIKE_A_CODE.match(part) and len(part) < 60:
                        held = self.found.setdefault((segment, name), [])
                        if part not in held and len(held) < 12:
                            held.append(part)
                    elif isinstance(part, dict | list):
                        self._learn(segment if name == "items" else name, part)


def forged(by: Fuzzer, name: str) -> str:
    """A cursor of the right list with a key that the list never gave out."""
    key = [by.chance.choice([by.anything(), *by.known["id"][:2], "2026-11-23T00:00:00Z"]) for _ in "ab"]
    content = json.dumps([name, *key[: by.chance.choice([1, 1, 2])]]).encode()
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def encoded(media_type: str, body: Any) -> bytes:
    """A body as it goes over the wire; what UTF-8 cannot say goes as an escape."""
    if media_type == JSON:
        return json.dumps(body).encode()
    fields = {str(name): str(part) for name, part in body.items()} if isinstance(body, dict) else {"x": str(body)}
    if media_type == MULTIPART:
        parts = [_part(name, value.encode(errors="replace")) for name, value in fields.items() if name != "file"]
        return b"".join([*parts, _part('file"; filename="p.jpg', picture()), b"--b--\r\n"])
    return "&".join(f"{name}={value}" for name, value in fields.items()).encode(errors="replace")


def _part(name: str, content: bytes) -> bytes:
    disposition = f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'
    return disposition.encode(errors="replace") + content + b"\r\n"


def _known(town: make.Town) -> dict[str, list[Any]]:
    """Values that mean something in the town, by the name of what holds them."""
    places, organisations, patrols = [*town.areas], [*town.organisations], [*town.patrols]
    categories, cells = [*town.categories], [*town.cells]
    departments = [code for code in organisations if len(code) > 1]
    points = [{"type": "Point", "coordinates": list(point)} for point in (make.A1, make.B1, make.OUTSIDE)]
    return {
        "id": [str(id) for id in (*town.accounts.values(), *town.patrols.values(), *town.shifts.values())],
        "code": [*places, *organisations, *categories, *patrols, *cells],
        "category": categories, "category_code": categories, "standard": [f"{code}-1" for code in categories],
        "patrol": patrols, "patrols": patrols, "beat": patrols, "officer": [f"{code}-0" for code in patrols],
        "centre": [code for code in organisations if len(code) == 1], "organisation": organisations,
        "department": departments, "lead_department": departments, "area": places, "parent": [*places, *organisations],
        "cell": cells, "cells": cells, "account_id": [str(id) for id in town.accounts.values()],
        "location": points, "boundary": [json.loads(json.dumps(_square()))], "geometry": [_square()],
        "cursor": ["bm90IGEgY3Vyc29y", "W10"], "username": [*town.accounts, "new.one", "new.two", "new.three"],
        "password": ["a long enough password"],
    }  # fmt: skip


def _square() -> dict[str, Any]:
    (west, south), step = make.A1, 0.01
    ring = [[west, south], [west + step, south], [west + step, south + step], [west, south + step], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}
