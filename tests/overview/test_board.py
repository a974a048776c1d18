"""The board shows what is open in a caller's sight, and its stream keeps it so."""

import asyncio

import pytest
from sqlalchemy import text

from app.core.db import Database
from app.overview.board import live
from app.stream import service as stream
from tests import make
from tests.overview.conftest import Console, Site

A, B = "street1.dispatcher", "street2.dispatcher"
MOVED = text(
    "UPDATE latest_position SET location = ST_SetSRID(ST_MakePoint(118.61, 32.01), 4326), observed_at = now() "
    "WHERE patrol_id = :id"
)


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


async def test_a_page_is_cut_and_goes_on(site: Site) -> None:
    for _ in range(3):
        await site.hands.report()
    whole = await site.fresh(A)
    assert await site.fresh(A, limit="2") == whole
    assert len(whole) == 3 + 2 + 2


async def test_a_stream_goes_on_from_the_place_of_a_page(site: Site) -> None:
    first = await site.hands.report()
    page = (await site.hands.get(A, "/v1/board")).json()
    second = await site.hands.report()
    console = Console(site, A, {}, {(one["kind"], one["id"]): one["item"] for one in page["items"]}, page["place"])
    site.consoles["one"] = console
    await console.connect()
    await site.agree()
    assert {("incident", first["id"]), ("incident", second["id"])} <= console.items.keys()


async def test_who_was_away_before_the_board_was_made_is_told_what_changed(site: Site) -> None:
    page = (await site.hands.get(A, "/v1/board")).json()
    incident = await site.hands.report()
    await site.settled()
    await site.board.ready()
    assert site.board.since > site.board.place._replace(tx=0)
    console = Console(site, A, {}, {(one["kind"], one["id"]): one["item"] for one in page["items"]}, page["place"])
    site.consoles["one"] = console
    await console.connect()
    await site.agree()
    assert ("incident", incident["id"]) in console.items


async def test_where_a_patrol_is_comes_by_the_stream_and_not_by_the_log(site: Site, own_db: Database) -> None:
    await site.watch()
    await site.agree()
    place = site.consoles["street A"].place
    patrol = site.hands.town.patrols["P-001"]
    async with own_db.write() as session:
        await session.execute(MOVED, {"id": patrol})
    await site.agree()
    [lon, lat] = site.consoles["street A"].items["position", str(patrol)]["location"]["coordinates"]
    assert (lon, lat) == (118.61, 32.01)
    assert ("position", str(patrol)) not in site.consoles["street B"].items
    async with own_db.read() as session:
        assert await session.scalar(text("SELECT count(*) FROM outbox WHERE topic LIKE '%position%'")) == 0
    assert place


async def test_who_signs_off_is_gone_and_the_position_no_later(site: Site) -> None:
    await site.watch()
    await site.agree()
    heard = site.consoles["street A"].heard
    before = len(heard)
    path = f"/v1/shifts/{site.hands.town.shifts['P-001']}/sign-off"
    answer = await site.hands.post("patrol1.leader", path, {}, "*")
    assert answer.status_code == 200, answer.text
    await site.agree()
    turns = [{one["kind"]: one["item"] for one in event["changes"]} for event in heard[before:] if event["changes"]]
    gone = turns.index(next(turn for turn in turns if "patrol" in turn))
    assert any("position" in turn for turn in turns[: gone + 1])
    assert {kind: item for turn in turns for kind, item in turn.items()} == {"patrol": None, "position": None}


async def test_a_grant_that_is_gone_takes_its_places_off_the_board(
    site: Site, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_S", 0.05)
    await site.hands.report(at=make.B1, who="patrol3.leader")
    await site.watch()
    await site.agree()
    town = site.hands.town
    async with own_db.write() as session:
        to = {"street": town.organisations["A"], "id": town.accounts["district.dispatcher"]}
        await session.execute(text("UPDATE role_grant SET organisation_id = :street WHERE account_id = :id"), to)
    await asyncio.sleep(0.5)
    await site.agree()
    assert site.consoles["district"].items == site.consoles["street A"].items


async def test_a_right_that_is_gone_ends_the_stream(
    site: Site, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "CHECK_S", 0.05)
    console = Console(site, A, {})
    await console.connect()
    async with own_db.write() as session:
        await session.execute(
            text("DELETE FROM role_grant WHERE account_id = :id"), {"id": site.hands.town.accounts[A]}
        )
    async with asyncio.timeout(5):
        await console.finished()
    assert console.ended == "The caller's roles do not allow this."


async def test_a_link_that_ends_by_time_takes_the_incident_off_the_departments_board(
    site: Site, own_db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "LOOK_S", 0.1)
    incident = await site.hands.registered()
    summons = (await site.hands.blown(A, incident, "fire_rescue"))["summons"][0]
    async with own_db.write() as session:
        await session.execute(text("UPDATE link_grant SET read_until = now() + interval '3 seconds'"))
    await site.watch()
    await site.agree()
    assert ("incident", incident["id"]) in site.consoles["a department"].items
    await asyncio.sleep(3.5)
    await site.agree()
    assert ("incident", incident["id"]) not in site.consoles["a department"].items
    assert summons


async def test_an_unknown_area_or_kind_is_refused(site: Site) -> None:
    for wanted in ({"area": "nowhere"}, {"kinds": "incident,ghost"}, {"cursor": "x"}, {"limit": "0"}):
        assert (await site.hands.get(A, "/v1/board", **wanted)).status_code == 422
