"""The board shows what is open in a caller's sight, and its stream keeps it so."""

from tests.overview.conftest import Site

A, B = "street1.dispatcher", "street2.dispatcher"


async def test_the_board_of_a_street_shows_its_incidents_patrols_and_positions(site: Site) -> None:
    incident = await site.hands.report()
    board = await site.fresh(A)
    assert board["incident", incident["id"]]["number"] == incident["number"]
    assert sorted(item["code"] for (kind, _), item in board.items() if kind == "patrol") == ["P-001", "P-002"]
    assert sorted(item["patrol"] for (kind, _), item in board.items() if kind == "position") == ["P-001", "P-002"]
    assert ("incident", incident["id"]) not in await site.fresh(B)


async def test_what_happens_comes_to_every_console(site: Site) -> None:
    await site.watch()
    await site.agree()
    incident = await site.hands.dispatched("P-002")
    await site.agree()
    assert site.consoles["aboard"].items["incident", incident["id"]]["crews"][0]["patrol"] == "P-002"
    await site.hands.moved(A, incident, "recall", reason="other plans")
    await site.agree()
    assert ("incident", incident["id"]) not in site.consoles["aboard"].items
