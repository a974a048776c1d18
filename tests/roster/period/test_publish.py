"""A roster is published when it keeps to every hard rule, and is everybody's from then on."""

from sqlalchemy import text

from tests.roster.plan import DISPATCHER, ROSTERS, drafted, published, seated, shifts, templated, unmet
from tests.roster.world import World


async def test_every_hard_rule_that_is_unmet_is_named_and_nothing_is_published(world: World) -> None:
    await templated(world)
    roster = await drafted(world, (1, 2))
    await seated(world, (await shifts(world, roster))[0])
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{roster['id']}/publish")
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/rules-unmet")
    assert answer.json()["unmet"] == [item for item in await unmet(world, roster) if item["severity"] == "hard"]
    assert {item["rule"] for item in answer.json()["unmet"]} == {"mix_unmet", "open_seat", "leader_missing"}
    assert (await world.get(DISPATCHER, f"{ROSTERS}/{roster['id']}")).json()["status"] == "draft"


async def test_a_published_roster_is_seen_by_its_crews_and_their_departments(world: World) -> None:
    roster = await published(world)
    shift = (await shifts(world, roster))[0]
    paths = [f"{ROSTERS}/{roster['id']}", f"{ROSTERS}/{roster['id']}/shifts", f"/v1/shifts/{shift['id']}"]
    for name, status in (("a_member", 200), ("u_desk", 200), ("b_dispatcher", 404)):
        assert [(await world.get(name, path)).status_code for path in paths] == [status] * 3, name
    assert [one["id"] for one in (await world.get("a_member", "/v1/shifts")).json()["items"]] == [shift["id"]]
    assert (roster["published_at"] is None, roster["open_seats"], shift["is_draft"]) == (False, 0, False)


async def test_publishing_is_one_fact_for_the_centre_and_the_departments(world: World) -> None:
    roster = await published(world)
    async with world.database.read() as session:
        found = await session.execute(text("SELECT topic, scope, payload FROM outbox WHERE topic LIKE 'roster.%'"))
        ((topic, scope, payload),) = found.all()
    assert (topic, set(scope)) == ("roster.published", await world.told(*"AUM"))
    assert (payload["shifts"], payload["version"]) == (1, roster["version"])


async def test_publishing_is_safe_to_send_twice_and_based_on_a_version(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    await seated(world, (await shifts(world, roster))[0])
    path, key = f"{ROSTERS}/{roster['id']}/publish", {"Idempotency-Key": "once", "If-Match": '"1"'}
    first, again = [await world.post(DISPATCHER, path, **key) for _ in range(2)]
    stale = await world.post(DISPATCHER, path, **{"If-Match": '"1"'})
    assert (first.status_code, again.content, stale.status_code) == (200, first.content, 412)


async def test_only_who_runs_the_duty_publishes(world: World) -> None:
    await templated(world)
    roster = await drafted(world)
    answers = [await world.post(name, f"{ROSTERS}/{roster['id']}/publish") for name in ("a_member", "b_dispatcher")]
    assert [answer.status_code for answer in answers] == [403, 404]


async def test_a_roster_without_shifts_is_not_published(world: World) -> None:
    answer = await world.post(DISPATCHER, f"{ROSTERS}/{(await drafted(world))['id']}/publish")
    assert (answer.status_code, answer.json()["detail"]) == (422, "The roster has no shifts.")


async def test_the_crew_of_a_published_roster_signs_on_as_any_other(world: World) -> None:
    roster = await published(world, (0, 1), starts="00:00", length_s=43200)
    first = (await shifts(world, roster))[-1]
    async with world.database.write() as session:
        move = "UPDATE shift SET starts_at = now(), ends_at = now() + interval '8 h' WHERE id = :id"
        await session.execute(text(move), {"id": first["id"]})
    answer = await world.post("a_leader", f"/v1/shifts/{first['id']}/sign-on")
    assert (answer.status_code, answer.json()["on_duty"]) == (200, True)
