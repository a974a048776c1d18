"""Officers say what they would rather do on a draft; planners read it; a fill that is applied answers."""

import asyncio
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from app.roster.fill import working
from tests.roster.people import enrol, made, on_leave, second
from tests.roster.plan import CREW, DISPATCHER, ROSTERS, day, drafted, seated, shifts, templated
from tests.roster.world import World

ME = "a_member"
STANDING = "/v1/wishes/standing"


def own(roster: dict[str, Any]) -> str:
    """The path of one's own wishes about a roster."""
    return f"{ROSTERS}/{roster['id']}/wishes/own"


async def put(world: World, path: str, body: Any, who: str = ME, **headers: str) -> httpx.Response:
    """A PUT by an account, based on any version."""
    return await world.client.put(path, json=body, headers=world.who(who) | headers)


async def offered(world: World, roster: dict[str, Any], who: str = ME) -> list[dict[str, str]]:
    """The turns that somebody could be given, by their time."""
    found = made(await world.get(who, own(roster)))["turns"]
    return [{name: turn[name] for name in ("starts_at", "ends_at")} for turn in found]


async def said(world: World, roster: dict[str, Any], rather: list[Any], rather_not: list[Any]) -> dict[str, Any]:
    """Wishes said about a roster."""
    return made(await put(world, own(roster), {"rather": rather, "rather_not": rather_not}))


async def filled(world: World, roster: dict[str, Any]) -> dict[str, Any]:
    """A fill that is done."""
    asked = made(await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/fill", {"seconds": 3}))
    taken = await working.take(world.database)
    assert taken is not None
    await working.carry_out(world.database, taken, asyncio.Event())
    return made(await world.get(DISPATCHER, f"/v1/roster-fills/{asked['id']}"))


async def test_an_officer_sees_the_turns_of_a_draft_they_could_be_given(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 3))
    shown = await world.get(ME, own(roster))
    found = made(shown)
    assert (len(found["turns"]), found["version"], found["most"], found["may_change"]) == (3, 0, 3, True)
    assert {(turn["seats"], turn["wish"], turn["is_standby"]) for turn in found["turns"]} == {(1, None, False)}
    assert (found["roster"]["id"], shown.headers["etag"]) == (roster["id"], '"0"')
    assert [one["roster"]["id"] for one in made(await world.get(ME, "/v1/wishes"))["items"]] == [roster["id"]]


async def test_wishes_are_kept_and_replaced_and_the_same_again_changes_nothing(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 3))
    first, second_, third = await offered(world, roster)
    kept = await said(world, roster, [first], [second_])
    assert [turn["wish"] for turn in kept["turns"]] == ["rather", "rather_not", None]
    again = await put(world, own(roster), {"rather": [first], "rather_not": [second_]}, **{"If-Match": '"0"'})
    assert (again.status_code, again.json()["version"], again.headers["etag"]) == (200, 1, '"1"')
    stale = await put(world, own(roster), {"rather": [third], "rather_not": []}, **{"If-Match": '"0"'})
    assert (stale.status_code, stale.json()["version"]) == (412, 1)
    replaced = await put(world, own(roster), {"rather": [third], "rather_not": []}, **{"If-Match": '"1"'})
    assert [turn["wish"] for turn in replaced.json()["turns"]] == [None, None, "rather"]


async def test_what_cannot_be_wished_is_refused_with_the_reason(world: World) -> None:
    await templated(world)
    await templated(world, "late", starts="20:00", crews=[CREW | {"patrol": None}])
    roster = await drafted(world, (1, 4))
    turns = await offered(world, roster)
    elsewhen = {"starts_at": f"{day(1)}T03:00:00Z", "ends_at": f"{day(1)}T04:00:00Z"}
    refused = {
        "is named twice": ([turns[0]], [turns[0]]),
        "at most 3 wishes": (turns[::2], []),
        "not one that you could be given": ([elsewhen], []),
        "Nobody can do two": ([turns[0], turns[1]], []),
    }
    for why, (rather, rather_not) in refused.items():
        answer = await put(world, own(roster), {"rather": rather, "rather_not": rather_not})
        assert (answer.status_code, why in answer.json()["detail"]) == (422, True), answer.text
    assert made(await world.get(ME, own(roster)))["version"] == 0


async def test_leave_and_secondment_are_heeded(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 3))
    turns = await offered(world, roster)
    await on_leave(world, ME, turns[0]["starts_at"], turns[0]["ends_at"])
    assert await offered(world, roster) == turns[1:]
    await second(world, "M1", day(1), day(2), host="B")
    assert await offered(world, roster) == turns[2:]


async def test_a_roster_is_nothing_to_those_who_could_not_be_seated_there(world: World) -> None:
    await templated(world, crews=[CREW | {"mix": {"U": 1}}])
    roster = await drafted(world)
    wishes = f"{ROSTERS}/{roster['id']}/wishes"
    assert (await world.get(ME, own(roster))).status_code == 404
    assert (await put(world, own(roster), {"rather": [], "rather_not": []})).status_code == 404
    assert made(await world.get(ME, "/v1/wishes"))["items"] == []
    seen = {who: (await world.get(who, wishes)).status_code for who in (DISPATCHER, "district", "b_dispatcher", ME)}
    assert seen == {DISPATCHER: 200, "district": 200, "b_dispatcher": 404, ME: 403}
    assert (await world.get("a_idle", own(roster))).status_code == 403


async def test_planners_read_what_everybody_wishes_page_by_page(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    turns = await offered(world, roster)
    await said(world, roster, turns, [])
    made(await put(world, own(roster), {"rather": [], "rather_not": turns}, "a_leader"))
    made(await put(world, STANDING, {"rather": ["night"], "rather_not": []}))
    path = f"{ROSTERS}/{roster['id']}/wishes"
    page = made(await world.get(DISPATCHER, path, limit=1))
    rest = made(await world.get(DISPATCHER, path, limit=1, cursor=page["next"]))
    assert [(one["officer"], one["rather"], one["standing_rather"]) for one in page["items"] + rest["items"]] == [
        ("M1", turns, ["night"]),
        ("U1", [], []),
    ]


async def test_once_published_wishes_change_no_more(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    turns = await offered(world, roster)
    for shift in await shifts(world, roster):
        await seated(world, shift)
    async with world.database.write() as session:
        await session.execute(text("DELETE FROM beat_cell"))
    made(await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/publish"))
    answer = await put(world, own(roster), {"rather": turns, "rather_not": []})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/roster-published")


async def test_standing_wishes_are_ones_own(world: World) -> None:
    assert made(await world.get(ME, STANDING)) == {"version": 0, "rather": [], "rather_not": []}
    kept = await put(world, STANDING, {"rather": ["night"], "rather_not": ["sunday"]}, **{"If-Match": '"0"'})
    assert (kept.json(), kept.headers["etag"]) == (
        {"version": 1, "rather": ["night"], "rather_not": ["sunday"]},
        '"1"',
    )
    assert made(await world.get("a_leader", STANDING))["rather"] == []
    assert (await put(world, STANDING, {"rather": [], "rather_not": []}, **{"If-Match": '"7"'})).status_code == 412
    assert (await world.get("a_idle", STANDING)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {"rather": ["night"], "rather_not": ["night"]},
        {"rather": ["night", "monday"], "rather_not": ["sunday", "friday"]},
        {"rather": ["noon"], "rather_not": []},
        {"rather": ["night"]},
    ],
)
async def test_standing_wishes_that_say_nothing_are_refused(world: World, body: dict[str, Any]) -> None:
    assert (await put(world, STANDING, body)).status_code == 422


async def test_a_fill_says_what_becomes_of_wishes_and_the_officer_hears_it_once_it_is_applied(world: World) -> None:
    await templated(world)
    await enrol(world, "M2", "M")
    roster = await drafted(world, (1, 4))
    turns = await offered(world, roster)
    await said(world, roster, [turns[0], turns[2]], [turns[1]])
    fill = await filled(world, roster)
    (mine,) = fill["proposal"]["wishes"]
    assert (mine["officer"], mine["share"], [one["granted"] for one in mine["answers"]]) == ("M1", 1, [1, 1, 1])
    assert fill["progress"]["granted"] == 1
    assert made(await world.get(ME, own(roster)))["answers"] == []
    made(await world.post(DISPATCHER, f"/v1/roster-fills/{fill['id']}/apply"))
    heard = made(await world.get(ME, own(roster)))
    assert (heard["share"], heard["answers"], heard["version"]) == (1, mine["answers"], 2)
    crews = [
        [one["number"] for group in shift["crew"] for one in group["members"]] for shift in await shifts(world, roster)
    ]
    assert ["M1" in crew for crew in crews] == [True, False, True, False]


async def test_a_wish_that_is_not_granted_says_why(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 2))
    turns = await offered(world, roster)
    await said(world, roster, [], turns[:1])
    fill = await filled(world, roster)
    (mine,) = fill["proposal"]["wishes"]
    assert (mine["share"], [(one["granted"], one["why"]) for one in mine["answers"]]) == (0, [(0, "needed")])
    made(await world.post(DISPATCHER, f"/v1/roster-fills/{fill['id']}/apply"))
    changed = await said(world, roster, [], [])
    assert (changed["share"], changed["answers"]) == (None, [])
