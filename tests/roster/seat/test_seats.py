"""A planner seats officers, one by one or many at once."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from app.core.problems import Unprocessable
from app.identity.workflow import Actor, Grant, Role
from app.roster.amendment.effects import SeatTaken
from app.roster.models import Roster
from app.roster.seat.service import seat_all
from tests.roster.plan import DISPATCHER, drafted, seated, shifts, templated
from tests.roster.world import World, shift


async def planned(world: World) -> dict[str, str]:
    """The only shift of a draft for tomorrow."""
    await templated(world)
    found: dict[str, str] = (await shifts(world, await drafted(world)))[0]
    return found


async def test_an_officer_is_seated_and_taken_off_again(world: World) -> None:
    path = f"/v1/shifts/{(await planned(world))['id']}/seats"
    put = await world.post(DISPATCHER, path, {"officer": "U1", "is_leader": True})
    assert (put.status_code, put.json()["mix"], put.json()["version"], put.headers["ETag"]) == (201, {"U": 1}, 2, '"2"')
    off = await world.client.delete(f"{path}/U1", headers=world.who(DISPATCHER))
    assert (off.status_code, off.json()["crew"], off.headers["ETag"]) == (200, [], '"3"')
    again = await world.client.delete(f"{path}/U1", headers=world.who(DISPATCHER))
    assert (again.status_code, again.json()["detail"]) == (422, "Officer U1 does not sit on this shift.")


async def test_the_lead_passes_to_another(world: World) -> None:
    made = await planned(world)
    await seated(world, made)
    await seated(world, made, [("M1", True)])
    async with world.database.read() as session:
        rows = await session.execute(
            text("SELECT number, is_leader FROM crew_member m JOIN officer o ON o.id = m.officer_id ORDER BY 1")
        )
        assert [tuple(row) for row in rows] == [("M1", True), ("U1", False)]


@pytest.mark.parametrize("officer", ["V1", "X9"])
async def test_only_whom_the_centre_may_send_is_seated(world: World, officer: str) -> None:
    answer = await world.post(DISPATCHER, f"/v1/shifts/{(await planned(world))['id']}/seats", {"officer": officer})
    assert (answer.status_code, officer in answer.json()["detail"]) == (422, True)


async def test_the_clash_is_named_when_an_officer_sits_elsewhere_at_that_time(world: World) -> None:
    made = await planned(world)
    crew = [{"officer": "U1", "is_leader": True}]
    times = {"starts_at": made["starts_at"], "ends_at": made["ends_at"]}
    other = (await world.post(DISPATCHER, "/v1/shifts", shift(crew=crew) | times)).json()
    answer = await world.post(DISPATCHER, f"/v1/shifts/{made['id']}/seats", {"officer": "U1"})
    found = {name: answer.json()[name] for name in ("status", "type", "officer", "shift_id")}
    assert found == {"status": 409, "type": "/problems/seat-taken", "officer": "U1", "shift_id": other["id"]}


async def test_seats_are_changed_by_who_runs_the_duty_and_based_on_a_version(world: World) -> None:
    path = f"/v1/shifts/{(await planned(world))['id']}/seats"
    answers = [await world.post(name, path, {"officer": "U1"}) for name in ("a_member", "b_dispatcher")]
    stale = await world.post(DISPATCHER, path, {"officer": "U1"}, **{"If-Match": '"7"'})
    assert [answer.status_code for answer in (*answers, stale)] == [403, 404, 412]


async def test_a_shift_without_a_roster_keeps_one_leader(world: World) -> None:
    made = await world.shift(start=2)
    more = await world.post(DISPATCHER, f"/v1/shifts/{made['id']}/seats", {"officer": "U2"})
    assert (more.status_code, more.json()["mix"]) == (201, {"U": 2, "M": 1})
    off = await world.client.delete(f"/v1/shifts/{made['id']}/seats/U1", headers=world.who(DISPATCHER))
    assert (off.status_code, off.json()["detail"]) == (422, "A crew has exactly one leader.")


async def test_a_seat_is_safe_to_ask_for_twice(world: World) -> None:
    path, key = f"/v1/shifts/{(await planned(world))['id']}/seats", {"Idempotency-Key": "once"}
    first, again = [await world.post(DISPATCHER, path, {"officer": "U1"}, **key) for _ in range(2)]
    assert (first.status_code, again.content) == (201, first.content)


async def test_many_are_seated_together_or_nobody_is(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 2))
    one, other = [UUID(shift["id"]) for shift in await shifts(world, roster)]
    grant = Grant(Role.DISPATCHER, world.places["A"], is_centre=True, reach=frozenset({world.places["A"]}))
    by = Actor.of(world.accounts[DISPATCHER], DISPATCHER, (grant,))
    async with world.database.write() as session:
        held = await session.get_one(Roster, UUID(roster["id"]))
        made = await seat_all(session, by, held, [(one, "U1", True), (one, "M1", False), (other, "U1", True)])
        assert [shift.mix for shift in made] == [{"U": 1, "M": 1}, {"U": 1}]
        with pytest.raises(Unprocessable, match="not one of the roster's"):
            await seat_all(session, by, held, [(other, "M1", False), (uuid4(), "M1", False)])
    assert [shift["mix"] for shift in await shifts(world, roster)] == [{"U": 1, "M": 1}, {"U": 1}]


async def test_many_at_once_name_the_clash_too(world: World) -> None:
    await templated(world)
    await templated(world, "late", starts="12:00", crews=[{"patrol": None, "mix": {"U": 1}}], valid_from="2026-01-01")
    spare = {"code": "P0", "name": "队", "name_en": "Spare", "centre": "A", "vehicle": "foot"}
    await world.post("district", "/v1/patrols", spare)
    roster = await drafted(world)
    early, late = await shifts(world, roster)
    await seated(world, early)
    grant = Grant(Role.DISPATCHER, world.places["A"], is_centre=True, reach=frozenset({world.places["A"]}))
    by = Actor.of(world.accounts[DISPATCHER], DISPATCHER, (grant,))
    async with world.database.write() as session:
        held = await session.get_one(Roster, UUID(roster["id"]))
        with pytest.raises(SeatTaken, match="Officer M1"):
            await seat_all(session, by, held, [(UUID(late["id"]), "M1", False)])
