"""A called department is told of what it is called to, and loses sight of it with its link: by real requests."""

from typing import Any

import pytest
from sqlalchemy import text

from app.core.db import Database
from app.core.ids import uuid7
from tests.hands import Hands
from tests.notice.conftest import Post

DESK, DISPATCHER = "fire_rescue.desk", "street1.dispatcher"


@pytest.fixture
async def called(hands: Hands) -> dict[str, Any]:
    """The summons of the fire brigade to an incident of street A."""
    incident = await hands.registered()
    whistle = await hands.blown(DISPATCHER, incident, "fire_rescue")
    return dict(whistle["summons"][0]) | {"of": incident["id"]}


async def test_a_called_department_is_told_and_the_head_of_the_centre(called: dict[str, Any], post: Post) -> None:
    assert await post.got("called") == {DESK}
    assert await post.got("whistle") == {"street1.shift_leader"}
    (notice,) = await post.inbox(DESK)
    assert notice["text"].startswith("fire_rescue协办 ")
    assert notice["needs_receipt"]


async def test_a_department_that_is_sent_as_lead_is_told_that_it_leads(hands: Hands, post: Post) -> None:
    incident = await hands.registered()
    await hands.moved(DISPATCHER, incident, "dispatch", patrols=["P-001"], lead_department="urban_management")
    assert await post.got("called_to_lead") == {"urban_management.desk"}
    assert await post.got("called") == set()


async def test_what_is_declined_goes_to_the_centre_above_to_decide(
    called: dict[str, Any], hands: Hands, post: Post
) -> None:
    await hands.summoned(DESK, called, "decline", reason="not ours")
    assert await post.got("summons_declined") == {"district.dispatcher", "district.shift_leader"}
    assert await post.got("summons_declined_centre") == {DISPATCHER}
    assert "not ours" not in (await post.inbox("district.dispatcher"))[0]["text"]


async def test_notices_end_with_the_link_in_list_count_and_mark(
    called: dict[str, Any], db: Database, hands: Hands, post: Post
) -> None:
    await hands.summoned(DISPATCHER, called, "withdraw", reason="false alarm")
    assert await post.kinds(DESK) == ["called", "released"]
    (notice, *_) = await post.inbox(DESK)
    async with db.write() as session:
        await session.execute(text("UPDATE link_grant SET read_until = now() - interval '1 second'"))
    assert await post.inbox(DESK) == []
    assert (await hands.get(DESK, "/v1/notices/unread")).json()["total"] == 0
    assert (await hands.get(DESK, f"/v1/notices/{notice['id']}")).status_code == 404
    assert (await hands.post(DESK, f"/v1/notices/{notice['id']}/read", None)).status_code == 404


async def test_the_clock_of_a_summons_presses_the_called_department(called: dict[str, Any], post: Post) -> None:
    fact = {"kind": "acknowledge", "summons_id": called["id"], "incident_id": called["of"]}
    await post.say("clock.yellow", uuid7(), **fact, due_at="2026-11-23T02:15:00+00:00")
    assert await post.got("yellow") == {DESK}
