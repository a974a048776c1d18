"""Everybody's layers hold what they may see, by whatever way they show who they are."""

import base64

import pytest

from app.layer.workflow import COLLECTIONS
from tests import make
from tests.hands import Hands
from tests.layer.reading import codes, features

DISTRICT, STREET, OTHER, DESK = "district.dispatcher", "street1.dispatcher", "street2.dispatcher", "fire_rescue.desk"


async def _key(hands: Hands, who: str, *scopes: str) -> str:
    body = {"account_id": str(hands.town.accounts[who]), "label": "map", "scopes": list(scopes)}
    answer = await hands.post("admin", "/v1/api-keys", body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["key"])


async def test_a_street_sees_its_own_ground(hands: Hands) -> None:
    for who, area in ((STREET, "A"), (OTHER, "B")):
        assert {code[0] for code in codes(await features(hands, who, "grid_cells"))} == {area}
        assert {code[0] for code in codes(await features(hands, who, "coverage"))} == {area}
    assert {code[0] for code in codes(await features(hands, DISTRICT, "grid_cells"))} == {"A", "B"}


async def test_an_incident_is_on_the_maps_of_those_who_see_it(hands: Hands) -> None:
    incident = await hands.report(at=make.A1)
    seen = {
        who: [one["id"] for one in await features(hands, who, "incidents")] for who in (DISTRICT, STREET, OTHER, DESK)
    }
    assert seen == {DISTRICT: [incident["id"]], STREET: [incident["id"]], OTHER: [], DESK: []}
    alone = f"/ogc/collections/incidents/items/{incident['id']}"
    assert [(await hands.get(who, alone)).status_code for who in seen] == [200, 200, 404, 404]


async def test_a_called_department_has_it_on_its_map_and_no_other(hands: Hands) -> None:
    incident, _ = await hands.registered(), await hands.report(at=make.A1)
    await hands.blown(STREET, incident, "fire_rescue")
    assert [one["id"] for one in await features(hands, DESK, "incidents")] == [incident["id"]]


async def test_counts_are_of_what_is_in_sight(hands: Hands) -> None:
    await hands.report(at=make.A1)
    await hands.report(who="street2.acceptor", at=make.B1)
    answer = await hands.get(OTHER, "/ogc/collections/incidents/items", limit=1)
    assert answer.json()["numberMatched"] == 1


@pytest.mark.parametrize("way", ["header", "basic", "query"])
async def test_a_key_opens_layers_in_each_way_a_client_can_send_it(hands: Hands, way: str) -> None:
    key = await _key(hands, STREET, "layers:read")
    basic = base64.b64encode(f"qgis:{key}".encode()).decode()
    headers = {"header": {"X-API-Key": key}, "basic": {"Authorization": f"Basic {basic}"}, "query": {}}[way]
    params = {"key": key} if way == "query" else {}
    answer = await hands.client.get("/ogc/collections/grid_cells/items", headers=headers, params=params)
    assert {one["properties"]["code"][0] for one in answer.json()["features"]} == {"A"}


async def test_a_key_without_the_scope_opens_nothing(hands: Hands) -> None:
    key = await _key(hands, STREET, "ground:read")
    for collection in COLLECTIONS:
        answer = await hands.client.get(f"/ogc/collections/{collection}/items", headers={"X-API-Key": key})
        assert answer.status_code == 403


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic é", "Basic eDp5", "Bearer x", ""])
async def test_nobody_comes_in_without_one(hands: Hands, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")} if header else {}
    answer = await hands.client.get("/ogc/collections", headers=headers)
    assert answer.status_code == 401
    assert ("basic" in answer.headers["www-authenticate"].lower()) == (
        not header.startswith("Bearer") and header != "Basic eDp5"
    )


async def test_the_first_pages_are_open(hands: Hands) -> None:
    for path in ("/ogc", "/ogc/", "/ogc/conformance", "/ogc/api"):
        assert (await hands.client.get(path)).status_code == 200


async def test_elsewhere_a_key_is_not_taken_from_the_address(hands: Hands) -> None:
    key = await _key(hands, STREET, "ground:read")
    assert (await hands.client.get("/v1/grid-cells", params={"key": key})).status_code in (401, 422)
