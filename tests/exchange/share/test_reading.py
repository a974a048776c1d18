"""What a share shows: every tier with every set of masks against a plain filter, and never longer than agreed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import chain, combinations
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.exchange.share.models import ShareReading
from app.incident.contact.models import Reporter
from app.incident.models import Incident
from tests.exchange.share.conftest import A1, B1, GIVER, RECEIVER, Neighbours
from tests.hands import Hands
from tests.incident.pictures import attached

MASKS = ("place", "text", "pictures", "people")
SETS = [list(chosen) for chosen in chain.from_iterable(combinations(MASKS, size) for size in range(5))]
WORDS = ("stall on the road", "a word beside", "picture of it", "因为")


@pytest.fixture
async def rich(hands: Hands, db: Database) -> dict[str, Any]:
    """An incident of street A with everything an incident can have."""
    incident = await hands.report(title="stall on the road")
    made = await attached(hands, incident, lon=118.6051, lat=32.0051, note="picture of it")
    path = f"/v1/incidents/{incident['id']}/notes"
    assert (await hands.post("street1.dispatcher", path, {"note": "a word beside"})).status_code == 201
    async with db.write() as session:
        session.add(Reporter(incident_id=incident["id"], name="王女士", phone="13800000000"))
    accepted = await hands.moved("street1.acceptor", incident, "accept", category="E0406", note="因为")
    return accepted | {"picture": made["id"]}


def leaves(value: Any, way: str = "") -> Iterator[tuple[str, Any]]:
    """Every leaf of a document, by the way to it."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from leaves(part, f"{way}.{name}".lstrip("."))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for part in value:
            yield from leaves(part, way)
    else:
        yield way, value


def expected(tier: str, masks: list[str]) -> set[str]:
    """The ways that docs/sharing.md promises: written from its words, without the product's tables."""
    found = {"may_share_on", "tier", "id", "cell.code", "category.code", "category.name", "category.name_en"}
    if tier == "notice":
        return found
    found |= {"number", "status", "priority", "occurred_at", "reported_at", "status_since", "closed_at"}
    found |= {"cell_location.type", "cell_location.coordinates"}
    if "place" not in masks:
        found |= {"location.type", "location.coordinates"}
    if tier == "summary":
        return found
    people, text, place = "people" not in masks, "text" not in masks, "place" not in masks
    found |= {f"history.{name}" for name in ("action", "from_status", "to_status", "at", "role")}
    found |= {"history.actor"} if people else set()
    if text:
        found |= {"title", "description", "history.note"}
        found |= {f"notes.{name}" for name in ("at", "kind", "note", "role")} | ({"notes.actor"} if people else set())
    if "pictures" not in masks:
        found |= {f"pictures.{name}" for name in ("id", "kind", "at", "media_type")}
        found |= {"pictures.note"} if text else set()
        found |= {"pictures.actor"} if people else set()
        found |= {"pictures.location.type", "pictures.location.coordinates"} if place else set()
    return found


@pytest.mark.parametrize("tier", ["notice", "summary", "record"])
async def test_every_field_is_one_that_was_agreed_on_or_is_not_there(
    neighbours: Neighbours, rich: dict[str, Any], tier: str
) -> None:
    share = await neighbours.agreed(tier=tier)
    for masks in SETS:
        await neighbours.set(share, masks=masks)
        answer = await neighbours.read(share, rich)
        assert answer.status_code == 200, answer.text
        assert {way for way, _ in leaves(answer.json())} == expected(tier, masks), masks
        hidden = list(WORDS) if tier != "record" or "text" in masks else []
        hidden += ["patrol1.leader", "street1"] if tier != "record" or "people" in masks else []
        hidden += ["118.605", "32.005"] if tier == "notice" else []
        hidden += ["118.6051", "32.0051"] if "place" in masks else []
        hidden += ["王女士", "13800000000"]
        assert [word for word in hidden if word in answer.text] == []
        listed = (await neighbours.read(share)).json()["items"]
        hanging = ("history", "notes", "pictures")
        plain = {way for way in expected(tier, masks) if not way.startswith(hanging)}
        assert {way for way, _ in leaves(listed)} == plain


async def test_a_masked_place_is_the_same_for_all_in_the_cell(neighbours: Neighbours) -> None:
    places = [(118.6011, 32.0012), (118.6077, 32.0088)]
    for at in places:
        await neighbours.hands.report(at=at)
    share = await neighbours.agreed(tier="summary", masks=["place"])
    shown = (await neighbours.read(share)).json()["items"]
    assert len(shown) == 2
    assert len({str(one["cell_location"]) for one in shown}) == 1
    assert all(tuple(one["cell_location"]["coordinates"]) not in places for one in shown)


async def test_a_standing_share_shows_what_is_open_in_the_area_and_of_the_category(neighbours: Neighbours) -> None:
    hands = neighbours.hands
    stall = await hands.registered(A1, "E0406")
    other = await hands.registered((118.625, 32.005), "E0110")  # in A2
    await hands.report("patrol3.leader", at=B1)
    shares = {
        "A": await neighbours.agreed(area="A"),
        "A1": await neighbours.agreed(area="A1"),
        "stalls": await neighbours.agreed(area="D", category="E0406"),
        "one": await neighbours.agreed(incident_id=other["id"]),
    }
    found = {
        name: {one["id"] for one in (await neighbours.read(share)).json()["items"]} for name, share in shares.items()
    }
    assert found == {
        "A": {stall["id"], other["id"]},
        "A1": {stall["id"]},
        "stalls": {stall["id"]},
        "one": {other["id"]},
    }
    async with neighbours.db.write() as session:
        await session.execute(update(Incident).values(closed_at=func.now()))
    assert (await neighbours.read(shares["A"])).json()["items"] == []
    assert (await neighbours.read(shares["A"], stall)).status_code == 404
    assert (await neighbours.read(shares["one"], other)).status_code == 200


async def test_it_shows_something_only_between_its_instants(neighbours: Neighbours, rich: dict[str, Any]) -> None:
    share = await neighbours.agreed()
    hour, second = timedelta(hours=1), timedelta(seconds=1)
    boxes = [(-hour, hour, 200), (second, hour, 404), (-hour, -second, 404), (-hour, timedelta(0), 404)]
    for starts, ends, status in boxes:
        await neighbours.set(share, starts_at=func.now() + starts, ends_at=func.now() + ends)
        for what in (None, rich):
            assert (await neighbours.read(share, what)).status_code == status, (starts, ends)
        shown = (await neighbours.hands.get(RECEIVER, f"/v1/shares/{share['id']}")).json()
        assert shown["is_in_force"] is (status == 200)


@pytest.mark.parametrize("who", [GIVER, RECEIVER])
async def test_withdrawn_by_either_side_it_is_gone_at_once(
    neighbours: Neighbours, rich: dict[str, Any], who: str
) -> None:
    share = await neighbours.agreed()
    assert (await neighbours.read(share, rich)).status_code == 200
    await neighbours.moved(who, share, "withdraw")
    for what in (None, rich):
        assert (await neighbours.read(share, what)).status_code == 404
    path = f"/v1/shares/{share['id']}/incidents/{rich['id']}/pictures/{rich['picture']}"
    assert (await neighbours.hands.get(RECEIVER, path)).status_code == 404


async def test_it_is_read_by_the_receiver_alone_and_only_there(neighbours: Neighbours, rich: dict[str, Any]) -> None:
    share, hands = await neighbours.agreed(), neighbours.hands
    for who in ("fire_rescue.desk", "urban_management.desk", GIVER):
        assert (await neighbours.read(share, rich, who)).status_code == 404
    for who in ("street2.dispatcher", RECEIVER):
        assert (await neighbours.read(share, rich, who)).status_code == 200
        assert (await hands.get(who, f"/v1/incidents/{rich['id']}")).status_code == 404
        listed = (await hands.get(who, "/v1/incidents")).json()["items"]
        assert rich["id"] not in [one["id"] for one in listed]
        assert (await hands.get(who, f"/v1/evidence/{rich['picture']}")).status_code == 404
    assert (await hands.blow("street2.dispatcher", rich, {"department": "fire_rescue"})).status_code == 404


async def test_what_was_received_is_not_shared_on(neighbours: Neighbours, rich: dict[str, Any]) -> None:
    share, hands = await neighbours.agreed(incident_id=rich["id"]), neighbours.hands
    assert (await neighbours.read(share, rich)).json()["may_share_on"] is False
    onwards = {"giver": "B", "receiver": "fire_rescue"}
    refused = await neighbours.propose(RECEIVER, **onwards, incident_id=rich["id"])
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/received-only")
    unknown = await neighbours.propose(RECEIVER, **onwards, incident_id=str(uuid7()))
    assert unknown.status_code == 422
    standing = await neighbours.proposed(RECEIVER, **onwards, area="D")
    await neighbours.moved("fire_rescue.desk", standing, "accept")
    own = await hands.report("patrol3.leader", at=B1)
    shown = (await neighbours.read(standing, who="fire_rescue.desk")).json()["items"]
    assert [one["id"] for one in shown] == [own["id"]]
    await neighbours.moved(GIVER, share, "withdraw")
    after = await neighbours.propose(RECEIVER, **onwards, incident_id=rich["id"])
    assert after.status_code == unknown.status_code
    assert after.json()["detail"] == unknown.json()["detail"]


async def test_every_reading_is_on_record_for_the_giver(neighbours: Neighbours, rich: dict[str, Any]) -> None:
    share, hands = await neighbours.agreed(), neighbours.hands
    await neighbours.read(share)
    await neighbours.read(share, rich, "street2.dispatcher")
    path = f"/v1/shares/{share['id']}/incidents/{rich['id']}/pictures/{rich['picture']}"
    assert (await hands.get(RECEIVER, path)).headers["content-type"] == "image/jpeg"
    await neighbours.read(share, {"id": uuid7()})
    for who in (GIVER, "auditor", "district.leader"):
        found = (await hands.get(who, f"/v1/shares/{share['id']}/readings")).json()["items"]
        assert [(one["actor"], one["incidents"], one["picture_id"]) for one in found] == [
            (RECEIVER, [rich["id"]], None),
            ("street2.dispatcher", [rich["id"]], None),
            (RECEIVER, [rich["id"]], rich["picture"]),
        ]
    assert (await hands.get(RECEIVER, f"/v1/shares/{share['id']}/readings")).status_code == 403
    assert (await hands.get("fire_rescue.desk", f"/v1/shares/{share['id']}/readings")).status_code == 404
    async with neighbours.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ShareReading)) == 3


async def test_a_picture_is_shown_only_where_pictures_are(neighbours: Neighbours, rich: dict[str, Any]) -> None:
    path = "/v1/shares/{}/incidents/{}/pictures/{}"
    share, other = await neighbours.agreed(), await neighbours.hands.report()
    for changed, status in (({"masks": ["pictures"]}, 404), ({"masks": []}, 200), ({"tier": "summary"}, 404)):
        await neighbours.set(share, **changed)
        answer = await neighbours.hands.get(RECEIVER, path.format(share["id"], rich["id"], rich["picture"]))
        assert (changed, answer.status_code) == (changed, status)
    await neighbours.set(share, tier="record")
    for incident, picture in ((other["id"], rich["picture"]), (rich["id"], uuid7())):
        assert (await neighbours.hands.get(RECEIVER, path.format(share["id"], incident, picture))).status_code == 404


async def test_shared_incidents_come_in_pages_and_each_page_is_on_record(neighbours: Neighbours) -> None:
    made = [(await neighbours.hands.report())["id"] for _ in range(3)]
    share, found, cursor = await neighbours.agreed(), [], dict[str, str]()
    while True:
        page = (await neighbours.hands.get(RECEIVER, f"/v1/shares/{share['id']}/incidents", limit=2, **cursor)).json()
        found.append([one["id"] for one in page["items"]])
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == [made[:2], made[2:]]
    logged = (await neighbours.hands.get(GIVER, f"/v1/shares/{share['id']}/readings")).json()["items"]
    assert [one["incidents"] for one in logged] == found
