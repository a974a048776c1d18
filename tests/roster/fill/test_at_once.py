"""`lianqin roster fill` does at once what a worker does later, and says what it found."""

import httpx
import pytest
from fastapi import FastAPI

from app.core.db import Database
from app.core.problems import NotFound
from app.roster.fill.at_once import fill_now, report, wished
from app.roster.fill.problem import Progress
from app.roster.fill.schemas import FillIn, ProposalOut
from app.roster.wish.schemas import WishesAnswered
from tests.roster import world as small
from tests.roster.plan import TEMPLATES, drafted, shifts, template, templated
from tests.roster.world import World


@pytest.fixture
async def own_world(api: FastAPI, own_db: Database, own_client: httpx.AsyncClient) -> World:
    """The district in a database of this test's own: the command opens a connection of its own."""
    return await small.make(api, own_client, own_db)


async def test_a_draft_is_filled_and_seated_by_its_title(own_world: World) -> None:
    await templated(own_world)
    roster = await drafted(own_world, title="十二月")
    told: list[Progress] = []
    done = await fill_now(own_world.database.settings, "十二月", FillIn(seconds=3), apply=True, say=told.append)
    assert [shift["mix"] for shift in await shifts(own_world, roster)] == [{"U": 1, "M": 1}]
    assert told
    assert list(report(done))[-1] == f"2 seats seated; fill {done.id}"


async def test_what_is_lacking_is_said_in_a_line(own_world: World) -> None:
    wanted = template(crews=[{"patrol": "PA", "mix": {"U": 1, "V": 1}}])
    assert (await own_world.post("district", TEMPLATES, wanted)).is_success  # street A does not see street B's V
    roster = await drafted(own_world)
    done = await fill_now(own_world.database.settings, roster["id"], FillIn(seconds=3), apply=False, say=lambda _: None)
    assert "lacks 1 V: nobody" in next(iter(report(done)))
    assert not (await shifts(own_world, roster))[0]["crew"]


async def test_a_draft_that_is_not_there_is_said(own_world: World) -> None:
    with pytest.raises(NotFound, match="no draft"):
        await fill_now(own_world.database.settings, "nowhere", FillIn(), apply=False, say=lambda _: None)


def test_the_share_of_wishes_granted_is_said_on_average_and_at_least() -> None:
    wishes = [
        WishesAnswered(officer=number, share=share, answers=[])
        for number, share in [("1", 1.0), ("2", 0.5), ("3", None)]
    ]
    proposal = ProposalOut(seats=[], shortages=[], spreads={}, leave_refused=0, wishes=wishes)
    assert list(wished(proposal)) == ["wishes: 75% granted to 2 officers on average, 50% at least"]
    assert not list(wished(proposal.model_copy(update={"wishes": wishes[2:]})))
