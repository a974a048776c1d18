"""One caller's requests to a world, and what in an answer must not be there."""

import re
from collections import Counter
from collections.abc import Container
from typing import Any

import pytest
from fastapi import FastAPI

from app.core.ids import uuid7
from tests.contract.asking import Answer, Request, ask
from tests.leaks.reference import Eyes
from tests.leaks.things import Account, Notice, World

WORDS = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|w\d+-[A-Za-z]+\d+")
ASKED: Counter[str] = Counter()
"""How many requests this run has made, by what they were about."""
GROUND = ("/v1/areas", "/v1/grid-", "/v1/locate", "/v1/beidou-grid-codes")


class Caller:
    """An account of a world at its screen. `leaks` keeps what should not have come."""

    def __init__(self, api: FastAPI, worlds: list[World], world: World, account: Account) -> None:
        self.api, self.eyes = api, Eyes(world, account)
        self.token = b"Bearer " + api.state.doorman.access_token(account.id).encode()
        self.hidden = hidden(self.eyes, worlds)
        self.own = f"w{world.seed}-".encode()
        self.leaks: list[str] = []
        self.nothing: dict[str, bytes] = {}

    async def get(self, path: str, *asks: tuple[str, str], may_name: Container[bytes] = (), **headers: bytes) -> Answer:
        """Look at something, `if_none_match=` for `If-None-Match`; here the answer may name these, too."""
        sent = [(name.replace("_", "-"), value) for name, value in headers.items()]
        return await self.send(Request("get", path, asks, sent), may_name)

    async def send(self, request: Request, may_name: Container[bytes] = ()) -> Answer:
        """Ask, and search the answer for what is out of sight."""
        headers = [("authorization", self.token), ("idempotency-key", str(uuid7()).encode()), *request.headers]
        answer = await ask(self.api, Request(request.method, request.path, request.query, headers, request.body))
        ASKED.update([request.path.split("/")[2] if request.path.count("/") > 1 else request.path])
        self._search(request, answer, may_name)
        return answer

    def _search(self, request: Request, answer: Answer, may_name: Container[bytes]) -> None:
        if answer.status >= 500 or answer.error:  # a fault of the service
            self.wrong(request, f"failed with {answer.status}: {answer.error} {answer.body[:300]!r}")
        said = request.path.encode() + repr(request.query).encode() + request.body
        for word in set(WORDS.findall(answer.body)):
            foreign = word[:1] == b"w" and not word.startswith(self.own) and not request.path.startswith(GROUND)
            if (word in self.hidden or foreign) and word not in said and word not in may_name:
                self.wrong(request, f"names {word.decode()}, {self.hidden.get(word, 'of another world')}")

    def wrong(self, request: Request | str, what: str) -> None:
        """Keep a finding."""
        grants = ", ".join(f"{grant.role}@{grant.place.code}" for grant in self.eyes.grants)
        self.leaks.append(f"{self.eyes.me.username} [{grants}] {request}: {what}")

    def compare(self, request: str, found: list[str], expected: list[str]) -> None:
        """Measure a list: nothing more, nothing less, nothing twice."""
        more, less = sorted(set(found) - set(expected)), sorted(set(expected) - set(found))
        if more or less or len(found) > len(set(found)):
            self.wrong(request, f"more: {more}, less: {less}, of {len(found)}")


SHOWN = 12


def verdict(callers: list[Caller]) -> None:
    """Fail with the first findings, if there are any."""
    leaks = [leak for caller in callers for leak in caller.leaks]
    if leaks:
        pytest.fail("\n".join([f"{len(leaks)} findings", *leaks[:SHOWN]]), pytrace=False)


def hidden(eyes: Eyes, worlds: list[World]) -> dict[bytes, str]:
    """The ids and numbers that no answer to this caller may hold, each with what it is of."""
    found: dict[str, str] = {}
    for world in worlds:
        mine = Eyes(world, eyes.me)
        for incident in world.incidents:
            if not mine.incident(incident):
                told = any(one.names is incident and mine.notice(one) for one in world.notices)
                found |= {} if told else {incident.number: "an incident"}
                found |= {str(part): f"a part of {incident.number}" for part in incident.parts}
                agreed = any(one.incident is incident and mine.share(one) for one in world.shares)  # names it by its id
                found |= {} if agreed or mine.picture_of(incident) else {str(incident): incident.number}
        found |= _things(mine, world)
    seen_pictures = [
        picture for world in worlds for incident in world.incidents for picture in incident.evidence
        if Eyes(world, eyes.me).picture_of(incident)
    ]  # fmt: skip
    return {word.encode(): what for word, what in found.items() if word not in {str(one) for one in seen_pictures}}


def _things(eyes: Eyes, world: World) -> dict[str, str]:
    """Things apart from incidents; a shift in sight names its roster, a swap, handover or call in sight its shifts."""
    named: set[Any] = {shift for shift in world.shifts if eyes.shift(shift)}
    named |= {sos.shift for sos in world.sos if sos.shift and eyes.sos(sos)}
    named |= {shift for swap in world.swaps if eyes.swap(swap) for shift in [swap.shift]}
    named |= {shift for one in world.handovers if eyes.handed(one) for shift in (one.from_shift, one.to_shift) if shift}
    named |= {
        other for shift in [*named] for other in world.shifts if other.patrol is shift.patrol and not other.roster
    }
    named |= {shift.roster for shift in named if shift.roster}
    kinds: dict[str, list[Any]] = {
        "a shift": [one for one in world.shifts if one not in named],
        "a roster": [one for one in world.rosters if one not in named and not eyes.roster(one)],
        "a fill": [one for one in world.fills if not eyes.runs(one.roster.centre)],
        "a leave": [one for one in world.leaves if not eyes.leave(one)],
        "a swap": [one for one in world.swaps if not eyes.swap(one)],
        "a call for help": [one for one in world.sos if not eyes.sos(one)],
        "a welfare check": [one for one in world.welfare if not eyes.welfare(one.shift)],
        "a secondment": [one for one in world.secondments if not eyes.secondment(one)],
        "a key": [one for one in world.keys if not eyes.account(one.account)],
        "a webhook": [one for one in world.webhooks if not eyes.webhook(one)],
        "what a centre publishes": [
            one for one in (*world.policies, *world.routing) if not eyes.edition(one.centre)
        ],
        "a notice": [one for one in world.notices if not eyes.notice(one) and not _watched(eyes, one)],
        "a share": [one for one in world.shares if not eyes.share(one)],
        "a template": [one for one in world.templates if not eyes.at_centre(one.centre)],
        "a thing of a centre": [
            one for one in (*world.devices, *world.checkpoints, *world.minimums) if not eyes.at_centre(one.centre)
        ],
    }  # fmt: skip
    return {str(one): what for what, some in kinds.items() for one in some}


def _watched(eyes: Eyes, notice: Notice) -> bool:
    """Who commands an incident is told who was told of it."""
    return notice.incident is not None and eyes.watches(notice.incident.commanding)
