"""A fill is asked for, worked on beside the requests, looked at, cancelled, and applied by a person."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import text

from app.roster.fill import child, service, working
from app.roster.fill.models import RosterFill
from tests.roster.people import enrol, made, on_leave
from tests.roster.plan import DISPATCHER, ROSTERS, day, drafted, published, seated, shifts, templated, unmet
from tests.roster.world import World

FILLS = "/v1/roster-fills"


async def asked(world: World, roster: dict[str, Any], **options: Any) -> dict[str, Any]:
    """A fill of a roster, for a few seconds."""
    return made(await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {"seconds": 3} | options))


async def worked(world: World, stop: asyncio.Event | None = None) -> RosterFill:
    """What a worker does with the next fill."""
    taken = await working.take(world.database)
    assert taken is not None
    await working.carry_out(world.database, taken, stop or asyncio.Event())
    return taken


async def shown(world: World, fill: dict[str, Any]) -> dict[str, Any]:
    """A fill as its planner sees it."""
    return made(await world.get(DISPATCHER, f"{FILLS}/{fill['id']}"))


async def moved(world: World, fill: dict[str, Any], step: str, who: str = DISPATCHER) -> tuple[int, Any]:
    """A fill cancelled or applied: status, and what came of it."""
    answer = await world.post(who, f"{FILLS}/{fill['id']}/{step}")
    return answer.status_code, answer.json().get("type") or answer.json()


async def draft(world: World, days: int = 2) -> dict[str, Any]:
    """A draft of one crew of two departments on some days, with enough people for it."""
    await templated(world)
    await enrol(world, "M2", "M")
    return await drafted(world, (1, days))


async def test_a_fill_is_taken_up_later_and_changes_nothing_by_itself(world: World) -> None:
    roster = await draft(world)
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {"seconds": 3})
    assert (answer.status_code, answer.json()["state"], answer.headers["etag"]) == (202, "queued", '"1"')
    await worked(world)
    done = await shown(world, answer.json())
    assert (done["state"], done["proposal"]["shortages"], done["progress"]["missing"]) == ("done", [], 0)
    assert len(done["proposal"]["seats"]) == 4
    assert not any(shift["crew"] for shift in await shifts(world, roster))


async def test_a_proposal_that_is_applied_can_be_published(world: World) -> None:
    roster = await draft(world)
    fill = await asked(world, roster)
    await worked(world)
    status, applied = await moved(world, fill, "apply")
    assert (status, applied["applied_at"] is not None) == (200, True)
    assert [shift["mix"] for shift in await shifts(world, roster)] == [{"U": 1, "M": 1}] * 2
    assert not [item for item in await unmet(world, roster) if item["rule"] != "uncovered_cells"]
    assert await moved(world, fill, "apply") == (409, "/problems/nothing-to-apply")


async def test_seats_given_stay_or_are_given_anew(world: World) -> None:
    roster = await draft(world, days=1)
    (shift,) = await shifts(world, roster)
    await seated(world, shift, [("U2", True), ("U1", False)])
    for keep, count in ((True, {"U": 2, "M": 1}), (False, {"U": 1, "M": 1})):
        fill = await asked(world, roster, keep_seats=keep)
        await worked(world)
        await moved(world, fill, "apply")
        assert (await shifts(world, roster))[0]["mix"] == count


async def test_what_cannot_be_met_is_named_with_the_reasons(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    await on_leave(world, "a_member", f"{day(0)}T00:00:00Z", f"{day(3)}T00:00:00Z")
    fill = await asked(world, roster)
    await worked(world)
    (short,) = (await shown(world, fill))["proposal"]["shortages"]
    assert (short["patrol"], short["want"], short["code"], short["missing"]) == ("PA", "department", "M", 1)
    assert short["why"] == {"leave": 1}


async def test_a_roster_that_changed_since_is_not_seated(world: World) -> None:
    roster = await draft(world)
    fill = await asked(world, roster)
    await worked(world)
    first, _ = await shifts(world, roster)
    await seated(world, first, [("U1", True)])
    answer = await world.post(DISPATCHER, f"{FILLS}/{fill['id']}/apply")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/roster-moved")
    assert answer.json()["shifts"] == [first["id"]]


async def test_a_roster_is_filled_by_one_at_a_time(world: World) -> None:
    roster = await draft(world)
    fill = await asked(world, roster)
    again = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {})
    assert (again.status_code, again.json()["detail"][:35]) == (409, "The roster is being filled already;")
    await moved(world, fill, "cancel")
    assert (await asked(world, roster))["state"] == "queued"


async def test_a_fill_that_waits_is_cancelled_for_good(world: World) -> None:
    fill = await asked(world, await draft(world))
    status, cancelled = await moved(world, fill, "cancel")
    assert (status, cancelled["state"], await working.take(world.database)) == (200, "cancelled", None)
    assert await moved(world, fill, "cancel") == (409, "/problems/fill-ended")
    assert await moved(world, fill, "apply") == (409, "/problems/nothing-to-apply")


async def test_a_fill_that_is_cancelled_ends_its_solver(world: World) -> None:
    fill = await asked(world, await draft(world), seconds=60)
    taken = await working.take(world.database)
    assert taken is not None
    await moved(world, fill, "cancel")
    async with asyncio.timeout(10):
        await working.carry_out(world.database, taken, asyncio.Event())
    assert ((await shown(world, fill))["state"], (await shown(world, fill))["proposal"]) == ("cancelled", None)


async def test_a_worker_that_is_told_to_stop_leaves_the_fill_to_the_next(world: World) -> None:
    fill = await asked(world, await draft(world), seconds=60)
    stop = asyncio.Event()
    stop.set()
    await worked(world, stop)
    assert (await shown(world, fill))["state"] == "queued"
    assert (await worked(world)).attempt == 2
    assert (await shown(world, fill))["state"] == "done"


async def test_a_fill_whose_worker_is_lost_is_taken_again_and_given_up_in_the_end(world: World) -> None:
    fill = await asked(world, await draft(world))
    for attempt in (1, 2, 3):
        taken = await working.take(world.database)
        assert (taken and taken.attempt, await working.take(world.database)) == (attempt, None)
        await _lose(world)
    assert await working.take(world.database) is None
    lost = await shown(world, fill)
    assert (lost["state"], lost["failure"]) == ("failed", "Its worker was lost 3 times.")


async def _lose(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("UPDATE roster_fill SET beat_at = now() - interval '1 minute'"))


async def test_a_worker_that_was_thought_lost_changes_nothing(world: World) -> None:
    fill = await asked(world, await draft(world))
    slow = await working.take(world.database)
    await _lose(world)
    assert slow is not None
    assert await working.take(world.database) is not None
    await working.carry_out(world.database, slow, asyncio.Event())
    assert ((await shown(world, fill))["state"], (await shown(world, fill))["attempt"]) == ("running", 2)


async def test_a_solver_that_ends_early_fails_its_fill(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    fill = await asked(world, await draft(world))
    monkeypatch.setattr(child, "__name__", "json.tool")
    await worked(world)
    failed = await shown(world, fill)
    assert (failed["state"], failed["failure"][:18]) == ("failed", "The solver failed:")


async def test_without_the_extra_a_fill_is_refused_and_says_what_to_install(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    roster = await draft(world)
    monkeypatch.setattr(service, "find_spec", lambda _: None)
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {})
    assert (answer.status_code, answer.json()["type"]) == (501, "/problems/solver-missing")
    assert "lianqin[optimize]" in answer.json()["detail"]


async def test_a_fill_is_nobody_elses_business(world: World) -> None:
    roster = await draft(world)
    fill = await asked(world, roster)
    paths = (f"{FILLS}/{fill['id']}", f"{ROSTERS}/{roster['id']}/fills")
    seen = {who: [(await world.get(who, path)).status_code for path in paths] for who in ("b_dispatcher", "district")}
    assert seen == {"b_dispatcher": [404, 404], "district": [200, 200]}
    assert (await world.get("a_member", paths[0])).status_code == 403
    assert (await moved(world, fill, "cancel", "b_dispatcher"))[0] == 404
    assert (await world.post("b_dispatcher", f"{ROSTERS}/{roster['id']}/fill", {})).status_code == 404


async def test_only_a_draft_is_filled(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(text("DELETE FROM beat_cell"))
        await session.execute(text("DELETE FROM grid_cell"))
    roster = await published(world)
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/roster-published")


@pytest.mark.parametrize(
    "options", [{"seconds": 0}, {"seconds": 61}, {"seed": 2**40}, {"nights_in_a_row": 0}, {"x": 1}]
)
async def test_options_out_of_range_are_refused(world: World, options: dict[str, Any]) -> None:
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{world.places['A']}/fill", options)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


async def test_fills_of_a_roster_come_the_latest_first(world: World) -> None:
    roster = await draft(world)
    first = await asked(world, roster)
    await moved(world, first, "cancel")
    second = await asked(world, roster)
    page = made(await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}/fills", limit=1))
    rest = made(await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}/fills", limit=1, cursor=page["next"]))
    assert [page["items"][0]["id"], rest["items"][0]["id"], rest["next"]] == [second["id"], first["id"], None]


async def test_a_move_names_the_state_it_is_based_on(world: World) -> None:
    fill = await asked(world, await draft(world))
    stale = await world.post(DISPATCHER, f"{FILLS}/{fill['id']}/cancel", **{"If-Match": '"7"'})
    good = await world.post(DISPATCHER, f"{FILLS}/{fill['id']}/cancel", **{"If-Match": '"1"'})
    assert (stale.status_code, good.status_code, good.headers["etag"]) == (412, 200, '"2"')
