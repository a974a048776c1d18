"""Officers sign up to open seats of their department, where the template allows it."""

from typing import Any

from sqlalchemy import text

from app.roster.check.facts import Planned, Sitter
from app.roster.seat.workflow import may_fill, open_mix
from app.roster.workflow import Wanted
from tests.roster.plan import DISPATCHER, ROSTERS, crew, drafted, published, seated, shifts, templated, unmet
from tests.roster.world import World

MEMBER = "a_member"
SEATS = "/v1/open-seats"


async def opened(world: World, days: tuple[int, int] = (1, 1), **changes: Any) -> dict[str, Any]:
    """A draft whose template allows signing up."""
    await templated(world, **{"allows_sign_up": True} | changes)
    return await drafted(world, days)


async def listed(world: World, name: str = MEMBER, **params: Any) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await world.get(name, SEATS, **params)).json()["items"]
    return items


async def test_an_officer_takes_an_open_seat_and_leaves_it_again(world: World) -> None:
    await opened(world)
    (seat,) = await listed(world)
    assert (seat["open"], seat["patrol"]["code"], seat["skills_missing"]) == ({"U": 1, "M": 1}, "PA", [])
    path = f"/v1/shifts/{seat['id']}/sign-up"
    taken = await world.post(MEMBER, path)
    assert (taken.status_code, taken.json()["officer"], taken.json()["is_seated"]) == (200, "M1", True)
    assert (await listed(world), (await listed(world, "a_leader"))[0]["open"]) == ([], {"U": 1})
    left = await world.client.delete(path, headers=world.who(MEMBER))
    assert (left.status_code, left.json()["is_seated"], len(await listed(world))) == (200, False, 1)


async def test_seats_are_open_to_officers_of_the_department_only(world: World) -> None:
    roster = await opened(world, crews=[crew(mix={"U": 1})])
    assert ([len(await listed(world, name)) for name in (MEMBER, "a_leader")]) == [0, 1]
    answer = await world.post(MEMBER, f"/v1/shifts/{(await shifts(world, roster))[0]['id']}/sign-up")
    assert (answer.status_code, answer.json()["type"]) == (404, "/problems/no-open-seat")
    assert (await world.get("a_idle", SEATS)).status_code == 403, "the account is nobody's who goes out"


async def test_no_seat_is_open_where_the_template_does_not_allow_it(world: World) -> None:
    await opened(world, allows_sign_up=False)
    assert await listed(world) == []


async def test_officers_of_another_base_have_no_seat_there(world: World) -> None:
    await opened(world)
    async with world.database.write() as session:
        base = "UPDATE officer SET centre_id = :b WHERE number = 'M1'"
        await session.execute(text(base), {"b": world.places["B"]})
    assert await listed(world) == []


async def test_a_taken_seat_is_not_taken_again(world: World) -> None:
    roster = await opened(world)
    shift = (await shifts(world, roster))[0]
    await seated(world, shift, [("U2", False)])
    assert (await world.post("a_leader", f"/v1/shifts/{shift['id']}/sign-up")).status_code == 404


async def test_signing_up_keeps_to_the_rests_of_the_officer_in_a_draft_too(world: World) -> None:
    await opened(world)
    await templated(world, "late", starts="18:00", allows_sign_up=True)
    roster = await drafted(world, (1, 1), templates=["late"])
    for seat in await listed(world):
        last = await world.post(MEMBER, f"/v1/shifts/{seat['id']}/sign-up")
    assert (last.status_code, [item["rule"] for item in last.json()["unmet"]]) == (409, ["rest_short"])
    assert not [item for item in await unmet(world, roster) if item["rule"] == "rest_short"]


async def test_signing_up_after_publishing_is_recorded(world: World) -> None:
    roster = await published(world, allows_sign_up=True, crews=[crew(mix={"U": 1, "M": 1})])
    shift = (await shifts(world, roster))[0]
    off = f"/v1/shifts/{shift['id']}/seats/M1?reason=ill&override=nobody"
    assert (await world.client.delete(off, headers=world.who("a_shift_leader"))).status_code == 200
    assert (await world.post(MEMBER, f"/v1/shifts/{shift['id']}/sign-up")).status_code == 200
    answer = await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}/amendments")
    assert [(one["kind"], one["by"], one["role"]) for one in answer.json()["items"]] == [
        ("unseated", "a_shift_leader", "shift_leader"),
        ("signed_up", "a_member", "patrol_member"),
    ]


async def test_open_seats_are_listed_page_by_page(world: World) -> None:
    await opened(world, (1, 3))
    first = (await world.get(MEMBER, SEATS, limit=2)).json()
    rest = (await world.get(MEMBER, SEATS, limit=2, cursor=first["next"])).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 1, None)


def test_the_last_seat_goes_to_who_brings_what_is_missing() -> None:
    wanted = Wanted({"U": 2}, skills=("first_aid",))
    shift = Planned(*(None, "P", None, None), wanted=wanted, crew=(Sitter("U1", ("U",)),))  # type: ignore[arg-type]
    assert open_mix(shift) == {"U": 1}
    assert not may_fill(shift, Sitter("U2", ("U",)))
    assert may_fill(shift, Sitter("U3", ("STATION", "U"), frozenset({"first_aid"})))
