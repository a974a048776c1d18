"""Patrols are set up by who runs the duty of their centre."""

from tests.roster.world import World

BODY = {"code": "PX", "name": "新队", "name_en": "New", "centre": "A", "vehicle": "foot"}


async def test_a_patrol_is_set_up_at_a_centre_by_its_code(world: World) -> None:
    answer = await world.post("a_dispatcher", "/v1/patrols", BODY)
    assert (answer.status_code, answer.json()["centre_id"]) == (201, str(world.places["A"]))
    assert answer.headers["etag"] == '"1"'


async def test_nobody_sets_up_a_patrol_at_another_street(world: World) -> None:
    answer = await world.post("b_dispatcher", "/v1/patrols", BODY)
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/unprocessable")


async def test_a_member_sets_up_no_patrol(world: World) -> None:
    answer = await world.post("a_member", "/v1/patrols", BODY)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/forbidden")


async def test_a_code_is_taken_once(world: World) -> None:
    answer = await world.post("a_dispatcher", "/v1/patrols", BODY | {"code": "PA"})
    assert (answer.status_code, answer.json()["detail"]) == (409, "A patrol with this code exists.")


async def test_a_change_names_the_version_it_is_based_on(world: World) -> None:
    stale = await world.patch("a_dispatcher", "/v1/patrols/PA", {"vehicle": "foot"}, **{"If-Match": '"7"'})
    good = await world.patch("a_dispatcher", "/v1/patrols/PA", {"vehicle": "foot"}, **{"If-Match": '"1"'})
    assert (stale.status_code, good.status_code) == (412, 200)
    assert (good.json()["vehicle"], good.json()["version"], good.headers["etag"]) == ("foot", 2, '"2"')


async def test_another_streets_patrol_is_not_there_to_be_changed(world: World) -> None:
    answer = await world.patch("b_dispatcher", "/v1/patrols/PA", {"vehicle": "foot"})
    assert answer.status_code == 404


async def test_text_that_no_column_takes_is_refused(world: World) -> None:
    answer = await world.post("a_dispatcher", "/v1/patrols", BODY | {"name": "a\x00b"})
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")
