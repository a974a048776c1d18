"""What is done as limits run out is decided by centres, edition by edition."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import literal, select

from app.core.db import Database
from app.incident.workflow import Clock
from app.policy.escalation.workflow import TEMPLATES
from app.policy.models import EscalationPolicy
from app.policy.queries import ladders_json
from app.policy.workflow import DEFAULT_STEPS, EditionAction, EditionState, ladders_of, may_now, senseless
from tests import make
from tests.hands import Hands

PATH = "/v1/escalation-policies"
LADDERS: dict[str, Any] = {"acknowledge": [{"share": 1, "do": ["card", "time_out", "next"]}]}


def body(centre: str = "D", **more: Any) -> dict[str, Any]:
    return {"centre": centre, "name": "策略", "name_en": "Policy", "ladders": LADDERS} | more


async def drafted(hands: Hands, centre: str = "D", **more: Any) -> dict[str, Any]:
    answer = await hands.post("admin", PATH, body(centre, **more))
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def published(hands: Hands, centre: str = "D", **more: Any) -> dict[str, Any]:
    draft = await drafted(hands, centre, **more)
    answer = await hands.post("admin", f"{PATH}/{draft['id']}/publish", {}, draft["version"])
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def in_force(hands: Hands, centre: str) -> tuple[str | None, int, int]:
    shown = (await hands.get("street1.dispatcher", f"{PATH}/in-force", centre=centre)).json()
    return shown["policy_centre"], shown["edition"], len(shown["steps"]["acknowledge"])


async def test_the_nearest_published_policy_holds_and_the_default_where_there_is_none(hands: Hands) -> None:
    assert await in_force(hands, "A") == (None, 0, len(DEFAULT_STEPS[Clock.ACKNOWLEDGE]))
    await published(hands)
    assert await in_force(hands, "A") == ("D", 1, 1)
    await published(hands, "A", ladders={"check": [{"share": 1, "do": ["card"]}]})
    assert await in_force(hands, "A") == ("A", 1, len(DEFAULT_STEPS[Clock.ACKNOWLEDGE]))
    assert await in_force(hands, "D") == ("D", 1, 1)


async def test_publishing_replaces_the_one_in_force_and_keeps_it_for_ever(hands: Hands) -> None:
    first, second = await published(hands), await published(hands)
    items = (await hands.get("admin", PATH)).json()["items"]
    assert [(p["edition"], p["state"], p["ended_at"] is None) for p in items] == [
        (1, "replaced", False),
        (2, "published", True),
    ]
    answer = await hands.post("admin", f"{PATH}/{second['id']}/retire", {}, second["version"])
    assert (answer.json()["state"], answer.json()["allowed_actions"]) == ("retired", [])
    assert await in_force(hands, "D") == (None, 0, len(DEFAULT_STEPS[Clock.ACKNOWLEDGE]))
    again = await hands.post("admin", f"{PATH}/{first['id']}/publish", {}, "*")
    assert (again.status_code, again.json()["state"], again.json()["allowed"]) == (409, "replaced", [])


async def test_a_draft_is_changed_and_dropped_and_a_published_one_is_not(hands: Hands) -> None:
    draft = await drafted(hands)
    path = f"{PATH}/{draft['id']}"
    changed = await hands.client.patch(path, headers=hands.headers("admin", 1), json={"name": "新"})
    assert (changed.json()["name"], changed.json()["version"], changed.json()["ladders"]) == ("新", 2, draft["ladders"])
    stale = await hands.client.patch(path, headers=hands.headers("admin", 1), json={"name": "旧"})
    assert stale.status_code == 412
    assert (await hands.post("admin", f"{path}/publish", {}, 2)).is_success
    for answer in (
        await hands.client.patch(path, headers=hands.headers("admin", 3), json={"name": "旧"}),
        await hands.client.delete(path, headers=hands.headers("admin", 3)),
    ):
        assert (answer.status_code, answer.json()["allowed"]) == (409, ["retire"])
    other = await drafted(hands)
    gone = await hands.client.delete(f"{PATH}/{other['id']}", headers=hands.headers("admin", 1))
    assert (gone.status_code, (await hands.get("admin", f"{PATH}/{other['id']}")).status_code) == (204, 404)


async def test_leaders_and_administrators_of_the_centre_decide(hands: Hands) -> None:
    for who in ("street1.dispatcher", "district.shift_leader", "auditor"):
        assert (await hands.post(who, PATH, body())).status_code == 403
    assert (await hands.post("district.leader", PATH, body("A"))).status_code == 201
    assert (await hands.post("admin", PATH, body("nowhere"))).status_code == 422


async def test_what_another_jurisdiction_publishes_does_not_exist(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        other = await make.town(session, "x-")
    hands.town.accounts["stranger"] = other.accounts["admin"]
    made = await published(hands)
    assert (await hands.get("stranger", PATH)).json()["items"] == []
    assert (await hands.get("stranger", f"{PATH}/{made['id']}")).status_code == 404
    assert (await hands.get("stranger", f"{PATH}/in-force", centre="A")).status_code == 404
    assert (await hands.post("stranger", f"{PATH}/{made['id']}/retire", {}, "*")).status_code == 404


@pytest.mark.parametrize(
    "ladders",
    [
        {},
        {"acknowledge": []},
        {"nothing": LADDERS["acknowledge"]},
        {"handle": [{"share": 1, "do": ["time_out"]}]},
        {"handle": [{"share": 0.5, "do": ["supervise"], "grade": "red"}, {"share": 1, "do": ["supervise"]}]},
        {"check": [{"share": 1, "after_min": 1, "do": ["card"]}]},
        {"check": [{"share": 1, "do": ["card"]}] * 21},
        {"check": [{"share": "NaN", "do": ["card"]}]},
    ],
)
async def test_ladders_that_cannot_be_meant_are_refused(hands: Hands, ladders: object) -> None:
    answer = await hands.post("admin", PATH, body(ladders=ladders))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_the_templates_begin_with_the_default_and_can_all_be_published(hands: Hands) -> None:
    items = (await hands.get("admin", f"{PATH}/templates")).json()["items"]
    assert (items[0]["code"], items[0]["edition"]) == ("default", 0)
    assert [senseless(template.ladders) for template in TEMPLATES] == [[]] * len(items)
    for item in items:
        await published(hands, ladders=item["ladders"])


async def test_the_database_gives_the_ladders_in_force_as_they_are_climbed(hands: Hands, db: Database) -> None:
    statement = select(ladders_json(literal(hands.town.organisations["A"])))
    async with db.read() as session:
        assert ladders_of(await session.scalar(statement)) is DEFAULT_STEPS
    await published(hands)
    async with db.read() as session:
        steps = ladders_of(await session.scalar(statement))
    assert [step.do for step in steps[Clock.ACKNOWLEDGE]] == [("card", "time_out", "next")]
    assert steps[Clock.HANDLE] == DEFAULT_STEPS[Clock.HANDLE]


def test_ladders_are_the_same_from_text_and_from_data() -> None:
    text = '{"check": [{"share": 1, "do": ["card"], "times": 2, "every_min": 5}]}'
    plain = {"check": [{"share": 1, "do": ["card"], "times": 2, "every_min": 5}]}
    assert ladders_of(text) == ladders_of(plain)
    assert [step.after_min for step in ladders_of(text)[Clock.CHECK]] == [0, 5]


@pytest.mark.parametrize("state", EditionState)
def test_what_may_be_done_with_an_edition_follows_from_its_state(state: EditionState) -> None:
    allowed = {EditionState.DRAFT: ["change", "publish", "drop"], EditionState.PUBLISHED: ["retire"]}
    assert may_now(state, writes=True) == [EditionAction(name) for name in allowed.get(state, [])]
    assert may_now(state, writes=False) == []


async def test_of_many_who_publish_at_once_one_edition_is_in_force(
    own_client: httpx.AsyncClient, own_db: Database, api: FastAPI
) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, api.state.doorman)
    drafts = [await drafted(hands) for _ in range(4)]
    sent = [hands.post("admin", f"{PATH}/{d['id']}/publish", {}, d["version"]) for d in drafts for _ in range(4)]
    answers = Counter(answer.status_code for answer in await asyncio.gather(*sent))
    assert (answers[200], answers[412], answers[200] + answers[412]) == (4, 12, 16)
    async with own_db.read() as session:
        states = await session.scalars(select(EscalationPolicy.state))
        assert Counter(states) == {"published": 1, "replaced": 3}


async def test_two_who_draft_at_once_get_editions_of_their_own(
    own_client: httpx.AsyncClient, own_db: Database, api: FastAPI
) -> None:
    async with own_db.write() as session:
        town = await make.town(session)
    hands = Hands(own_client, town, api.state.doorman)
    made = await asyncio.gather(*(drafted(hands) for _ in range(8)))
    assert sorted(draft["edition"] for draft in made) == [*range(1, 9)]
