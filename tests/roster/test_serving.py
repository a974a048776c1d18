"""Whom a centre may send, and when: secondments, leave, and who leads whom."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.roster import plan
from tests.roster.people import enrol, found_team, made, on_leave, second
from tests.roster.world import World, at, shift

DISPATCHER = "a_dispatcher"
LED_BY_U1 = [{"officer": "U1", "is_leader": True}]


def on(ahead: int) -> str:
    return str((datetime.now(UTC) + timedelta(days=ahead)).date())


async def planned(world: World, officer: str, start: float, who: str = DISPATCHER, **changes: Any) -> int:
    crew = [{"officer": officer, "is_leader": True}]
    return (await world.post(who, "/v1/shifts", shift(start=start, end=start + 1, crew=crew, **changes))).status_code


async def test_a_host_sends_a_seconded_officer_while_it_lasts_and_shows_the_home_department(world: World) -> None:
    assert await planned(world, "V1", 24) == 422
    await second(world, "V1", on(0), on(2))
    made_ = await world.shift(start=24, end=25, crew=[*LED_BY_U1, {"officer": "V1"}])
    assert made_["mix"] == {"U": 1, "V": 1}
    assert await planned(world, "V1", 24 * 4) == 422


async def test_an_officer_serves_the_host_and_not_the_base_meanwhile(world: World) -> None:
    await second(world, "M1", on(0), on(2), host="B")
    assert await planned(world, "M1", 24) == 422
    assert await planned(world, "M1", 24, "district", patrol="PB", beat=None) == 201
    assert await planned(world, "M1", 24 * 4) == 201


async def test_a_department_that_hosts_an_officer_makes_them_its_centres(world: World) -> None:
    await second(world, "V1", on(0), on(2), host="U")
    assert await planned(world, "V1", 24) == 201


async def test_called_back_the_officer_is_not_sent_any_more(world: World) -> None:
    sent = await second(world, "V1", on(0), on(9))
    end = {"ended_on": on(1), "reason": "needed at home"}
    made(await world.post("d_admin", f"/v1/secondments/{sent['id']}/end", end))
    assert (await planned(world, "V1", 0.1), await planned(world, "V1", 48)) == (201, 422)


async def test_nobody_on_leave_is_seated_and_why_is_not_said(world: World) -> None:
    await on_leave(world, "a_member", at(20), at(40))
    answer = await world.post(DISPATCHER, "/v1/shifts", shift(start=39, end=42))
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/not-available")
    assert (answer.json()["officer"], "annual" in answer.text) == ("M1", False)
    assert (await world.post(DISPATCHER, "/v1/shifts", shift(start=40, end=42))).status_code == 201


async def test_whether_somebody_whom_one_may_not_send_is_away_is_not_said(world: World) -> None:
    await on_leave(world, "a_member", at(20), at(40))
    crew = [{"officer": "M1", "is_leader": True}]
    wanted = shift(start=24, end=25, patrol="PB", beat=None, crew=crew)
    answer = await world.post("b_dispatcher", "/v1/shifts", wanted)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unprocessable")


async def test_a_shift_is_not_moved_into_somebodys_leave(world: World) -> None:
    planned_ = await world.shift(start=2, end=4)
    await on_leave(world, "a_member", at(20), at(40))
    later = {"starts_at": at(22), "ends_at": at(24)}
    assert (await world.patch(DISPATCHER, f"/v1/shifts/{planned_['id']}", later)).status_code == 409


async def test_a_volunteer_leads_volunteers_and_no_authoritys_people(world: World) -> None:
    await found_team(world)
    await found_team(world, "C", "company")
    for number, team in (("W1", "W"), ("C1", "C")):
        await enrol(world, number, team)
    own = [{"officer": "W1", "is_leader": True}, {"officer": "C1"}]
    mixed = [*own, {"officer": "U1"}]
    led = [{"officer": "W1"}, {"officer": "U1", "is_leader": True}]
    answers = [
        (await world.post(DISPATCHER, "/v1/shifts", shift(start=n, end=n + 1, crew=crew))).status_code
        for n, crew in enumerate((own, mixed, led), 1)
    ]
    assert answers == [201, 422, 201]


async def rules(world: World, roster: dict[str, Any]) -> set[tuple[str, str, str | None]]:
    return {(item["rule"], item["severity"], item["officer"]) for item in await plan.unmet(world, roster)}


async def test_the_check_names_who_is_away_whose_secondment_is_over_and_who_may_not_lead(world: World) -> None:
    await found_team(world)
    await enrol(world, "W1", "W")
    sent = await second(world, "V1", on(-1), on(9))
    await plan.templated(world, crews=[plan.crew(mix={"U": 1, "M": 1, "W": 1})])
    roster = await plan.drafted(world, (2, 2))
    (one,) = await plan.shifts(world, roster)
    await plan.seated(world, one, [("W1", True), ("U1", False), ("M1", False), ("V1", False)])
    await on_leave(world, "a_member", one["starts_at"], one["ends_at"])
    end = {"ended_on": on(1), "reason": "needed at home"}
    made(await world.post("d_admin", f"/v1/secondments/{sent['id']}/end", end))
    await second(world, "U1", on(1), on(9), host="B")
    expected = {("not_available", "M1"), ("expired_secondment", "V1"), ("seconded_away", "U1"), ("team_leads", "W1")}
    assert await rules(world, roster) >= {(rule, "hard", officer) for rule, officer in expected}
    answer = await world.post(DISPATCHER, f"/v1/rosters/{roster['id']}/publish")
    assert answer.status_code == 409


async def test_open_seats_are_shown_where_and_when_the_officer_serves(world: World) -> None:
    await plan.templated(world, allows_sign_up=True)
    await plan.drafted(world, (2, 4))
    await on_leave(world, "a_member", at(70), at(90))
    seen = (await world.get("a_member", "/v1/open-seats")).json()["items"]
    away = (at(70), at(90))
    assert 0 < len(seen) <= 3
    assert not [one for one in seen if one["starts_at"] < away[1] and one["ends_at"] > away[0]]
    await second(world, "M1", on(0), on(9), host="B")
    assert (await world.get("a_member", "/v1/open-seats")).json()["items"] == []
