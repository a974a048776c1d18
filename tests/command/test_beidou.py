"""An incident says what the BeiDou grid calls its place, to who sees its place, and that this is unofficial."""

from app.core.beidou import encode
from app.core.geo import LonLat
from tests.hands import Hands


async def test_an_incident_shows_the_code_of_its_place(hands: Hands) -> None:
    incident = await hands.report()
    code = encode(LonLat(*incident["location"]["coordinates"]))
    assert incident["beidou"] == {"code": code, "level": 7, "standing": "unofficial 非官方"}
    shown = await hands.get("street1.acceptor", f"/v1/incidents/{incident['id']}")
    assert shown.json()["beidou"] == incident["beidou"]


async def test_it_follows_a_correction(hands: Hands) -> None:
    incident = await hands.report()
    lon, lat = incident["location"]["coordinates"]
    moved = {"location": {"type": "Point", "coordinates": [lon + 0.0003, lat]}}
    path = f"/v1/incidents/{incident['id']}"
    headers = hands.headers("street1.acceptor", incident["version"])
    amended = await hands.client.patch(path, headers=headers, json=moved)
    assert amended.status_code == 200, amended.text
    assert amended.json()["beidou"]["code"] == encode(LonLat(*amended.json()["location"]["coordinates"]))
    assert amended.json()["beidou"]["code"] != incident["beidou"]["code"]


async def test_a_list_stays_short(hands: Hands) -> None:
    await hands.report()
    [listed] = (await hands.get("street1.acceptor", "/v1/incidents")).json()["items"]
    assert "beidou" not in listed
