"""A check names every rule a roster does not keep to, with what it concerns."""

from sqlalchemy import text

from tests.roster.plan import DISPATCHER, ROSTERS, crew, day, drafted, published, seated, shifts, templated, unmet
from tests.roster.world import World


async def test_what_an_empty_shift_lacks_is_named_in_both_languages(world: World) -> None:
    await templated(world, crews=[crew(skills=["first_aid"])])
    roster = await drafted(world)
    (shift,) = await shifts(world, roster)
    found = await unmet(world, roster)
    assert [(item["rule"], item["department"] or item["skill"], item["amount"]) for item in found] == [
        ("mix_unmet", "M", 1),
        ("mix_unmet", "U", 1),
        ("open_seat", None, 2),
        ("skill_missing", "first_aid", 1),
        ("leader_missing", None, 1),
    ]
    assert {(item["shift_id"], item["on"], item["severity"]) for item in found} == {(shift["id"], day(1), "hard")}
    assert (found[2]["zh"], found[2]["en"]) == (f"{day(1)} PA：2个席位空2个", f"{day(1)} PA: 2 of 2 seats are open")


async def test_a_roster_that_keeps_to_every_rule_can_be_published(world: World) -> None:
    roster = await published(world)
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/check")
    assert answer.json() == {"is_publishable": True, "hard": 0, "soft": 0, "unmet": []}


async def test_rests_are_looked_at_across_rosters_and_to_shifts_without_one(world: World) -> None:
    before = await published(world)
    await templated(world, "early", starts="01:00", length_s=3600)
    roster = await drafted(world, (2, 2), templates=["early"])
    (early,) = await shifts(world, roster)
    await seated(world, early)
    lone = {"starts_at": early["ends_at"].replace("T18", "T20"), "ends_at": early["ends_at"].replace("T18", "T21")}
    body = {"patrol": "PA", "crew": [{"officer": "U1", "is_leader": True}]} | lone
    assert (await world.post(DISPATCHER, "/v1/shifts", body)).status_code == 201
    short = [(item["officer"], item["amount"]) for item in await unmet(world, roster) if item["rule"] == "rest_short"]
    assert sorted(short) == [("M1", 2), ("U1", 2), ("U1", 9)]
    assert (await shifts(world, before))[0]["id"] in [item["other_shift_id"] for item in await unmet(world, roster)]


async def test_hours_of_a_week_count_what_is_worked_elsewhere(world: World) -> None:
    async with world.database.write() as session:
        await session.execute(
            text("""UPDATE centre SET settings = '{"duty": {"weekly_hours": 10, "rest_hours": 0}}'""")
        )
    await templated(world)
    roster = await drafted(world, (1, 1))
    (shift,) = await shifts(world, roster)
    await seated(world, shift)
    assert not [item for item in await unmet(world, roster) if item["rule"] == "weekly_hours"]
    lone = {"starts_at": shift["ends_at"], "ends_at": shift["ends_at"].replace("T08", "T12")}
    await world.post(DISPATCHER, "/v1/shifts", {"patrol": "PA", "crew": [{"officer": "U1", "is_leader": True}]} | lone)
    over = [(item["officer"], item["amount"]) for item in await unmet(world, roster) if item["rule"] == "weekly_hours"]
    assert over == [("U1", 2)]


async def test_cells_no_beat_covers_stand_against_publishing_until_the_centre_says_otherwise(world: World) -> None:
    async with world.database.write() as session:
        area = {"area": world.places["area A"], "a": world.places["A"]}
        await session.execute(text("UPDATE grid_cell SET valid_from = now() - interval '1 day'"))
        await session.execute(text("INSERT INTO centre_area (area_id, centre_id) VALUES (:area, :a)"), area)
    await templated(world, starts="07:00", length_s=3600)
    roster = await drafted(world)
    (found,) = [item for item in await unmet(world, roster) if item["rule"] == "uncovered_cells"]
    assert (found["band"], found["cells"], found["on"], found["severity"]) == ("08:00-20:00", ["C1"], day(1), "hard")
    async with world.database.write() as session:
        await session.execute(text("""UPDATE roster SET settings = settings || '{"coverage_is_hard": false}'"""))
    assert [item["severity"] for item in await unmet(world, roster) if item["rule"] == "uncovered_cells"] == ["soft"]


async def test_an_officer_who_has_left_and_a_patrol_on_two_shifts_are_named(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    (shift,) = await shifts(world, roster)
    await seated(world, shift)
    body = {"patrol": "PA", "starts_at": shift["starts_at"], "ends_at": shift["ends_at"]}
    await world.post(DISPATCHER, "/v1/shifts", body | {"crew": [{"officer": "U2", "is_leader": True}]})
    async with world.database.write() as session:
        await session.execute(text("UPDATE officer SET is_active = false WHERE number = 'M1'"))
    found = [(item["rule"], item["officer"]) for item in await unmet(world, roster)]
    assert found == [("overlap", None), ("officer_inactive", "M1")]


async def test_a_check_is_for_who_runs_the_duty(world: World) -> None:
    path = f"{ROSTERS}/{(await drafted(world))['id']}/check"
    status = [(await world.get(name, path)).status_code for name in ("a_member", "b_dispatcher")]
    assert status == [403, 404]
