"""Officers: on whose books, based where, seen by whom."""

from typing import Any

from tests.agency.town import Town


def officer(**facts: Any) -> dict[str, Any]:
    return {"number": "0001", "display_name": "队员 0001", "department": "water", "centre": "A1", **facts}


async def test_an_officer_is_of_a_department_and_based_at_a_centre(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    made = await admin.post("/v1/officers", officer(skills=["diving"]))
    assert made.status_code == 201
    (shown,) = (await admin.get("/v1/officers?centre=A1&department=water"))["items"]
    assert (shown["department"], shown["centre"], shown["skills"]) == ("water", "A1", ["diving"])
    assert (await admin.get("/v1/officers?centre=A2"))["items"] == []


async def test_a_street_sees_the_officers_based_there_and_no_others(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    for number, centre in (("1", "A1"), ("2", "A2"), ("3", None)):
        assert (await admin.post("/v1/officers", officer(number=number, centre=centre))).status_code == 201
    street = await town.caller("dispatcher", "A1")
    desk = await town.caller("department_desk", "water")
    assert [o["number"] for o in (await street.get("/v1/officers"))["items"]] == ["1"]
    assert [o["number"] for o in (await desk.get("/v1/officers"))["items"]] == ["1", "2", "3"]


async def test_an_officer_carries_an_account_of_the_jurisdiction_only(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    names: dict[str, str] = {}
    for place in ("A1", "B"):
        caller = await town.caller("patrol_member", place)
        names[place] = (await caller.get("/v1/me"))["username"]
    assert (await admin.post("/v1/officers", officer(account=names["B"]))).status_code == 422
    assert (await admin.post("/v1/officers", officer(account=names["A1"]))).json()["account"] == names["A1"]
    taken = await admin.post("/v1/officers", officer(number="0002", account=names["A1"]))
    assert taken.status_code == 409


async def test_an_officer_moves_and_leaves(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    await admin.post("/v1/officers", officer())
    moved = await admin.change("PATCH", "/v1/officers/0001", {"department": "police", "centre": None}, 1)
    assert (moved.json()["department"], moved.json()["centre"]) == ("police", None)
    gone = await admin.change("PATCH", "/v1/officers/0001", {"is_active": False}, 2)
    assert (gone.json()["is_active"], gone.json()["version"]) == (False, 3)


async def test_a_number_is_given_once(town: Town) -> None:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/officers", officer())).status_code == 201
    assert (await admin.post("/v1/officers", officer())).status_code == 409


async def test_an_officer_of_another_jurisdiction_is_out_of_reach(town: Town) -> None:
    await (await town.caller("administrator", "A")).post("/v1/officers", officer())
    other = await town.caller("administrator", "B")
    assert (await other.change("PATCH", "/v1/officers/0001", {"display_name": "x"})).status_code == 404
    assert (await other.post("/v1/officers", officer(number="9"))).status_code == 422
