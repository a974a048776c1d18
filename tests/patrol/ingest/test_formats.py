"""Each app's format, unit by unit: what is read, what is unknown, what cannot be read."""

import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.patrol.ingest import osmand, overland, owntracks, traccar
from app.patrol.ingest.reading import Reading, Upload

AT = datetime(2026, 11, 25, 8, 0, tzinfo=UTC)
S = int(AT.timestamp())
HERE = Reading(AT, 118.6, 32.06)
GIVEN = "lat=32.06&lon=118.6"
OSMAND = [
    (f"id=p1&{GIVEN}&timestamp={S}", HERE),
    (f"deviceid=p1&{GIVEN}&timestamp={S}000", HERE),
    (f"id=p1&location=32.06,118.6&timestamp={S}.0", HERE),
    (f"id=p1&{GIVEN}&timestamp=2026-11-25T08%3A00%3A00Z", HERE),
    (f"id=p1&{GIVEN}&timestamp=2026-11-25T16%3A00%3A00%2B08%3A00", HERE),
    (f"id=p1&{GIVEN}&timestamp=2026-11-25+08%3A00%3A00", HERE),
    (f"{GIVEN}", Reading(None, 118.6, 32.06)),
    (f"{GIVEN}&timestamp={S}&speed=10&bearing=90&accuracy=8&batt=87", Reading(AT, 118.6, 32.06, 8, 5.1444, 90, 87)),
    (f"{GIVEN}&timestamp={S}&speed_mps=10&heading=270&hdop=2&altitude=9", Reading(AT, 118.6, 32.06, None, 10, 270)),
    (f"{GIVEN}&timestamp={S}&speed=-1&bearing=-1&accuracy=-1&batt=-1", HERE),
    (f"{GIVEN}&timestamp={S}&speed=NaN&bearing=400&accuracy=x&batt=101", HERE),
    (f"{GIVEN}&timestamp={S}&valid=true&mock=1&driverUniqueId=9&rpm=933", Reading(AT, 118.6, 32.06, is_mock=True)),
    ("lat=91&lon=1e300&timestamp=0", Reading(datetime(1970, 1, 1, tzinfo=UTC), 1e300, 91)),
]
LOST = [
    ("lat=x&lon=118.6", "unreadable"),
    ("lat=NaN&lon=118.6", "unreadable"),
    ("lat=32.06", "unreadable"),
    ("location=32.06", "unreadable"),
    (f"{GIVEN}&timestamp=yesterday", "unreadable"),
    (f"{GIVEN}&timestamp=9e30", "unreadable"),
    (f"{GIVEN}&valid=false", "no_fix"),
    (f"{GIVEN}&valid=0", "no_fix"),
    ("&".join(f"a{n}=1" for n in range(300)), "unreadable"),
]


def one(upload: Upload) -> Reading:
    """The one reading, numbers rounded."""
    assert upload.lost == Counter()
    (read,) = upload.readings
    rounded = None if read.speed_mps is None else round(read.speed_mps, 4)
    return Reading(
        read.observed_at,
        read.lon,
        read.lat,
        read.accuracy_m,
        rounded,
        read.heading_deg,
        read.battery,
        is_mock=read.is_mock,
    )


@pytest.mark.parametrize(("query", "expected"), OSMAND)
def test_osmand_is_read_from_the_address_and_from_a_form(query: str, expected: Reading) -> None:
    assert one(osmand.decode(query, b"")) == expected
    assert one(osmand.decode("key=lqd_1.2", query.encode())) == expected


@pytest.mark.parametrize(("query", "reason"), LOST)
def test_what_osmand_cannot_say_is_counted(query: str, reason: str) -> None:
    upload = osmand.decode(query, b"")
    assert (upload.readings, upload.lost) == ([], Counter({reason: 1}))


def test_osmand_comes_as_an_array_too_with_the_name_in_each_or_in_the_address() -> None:
    listed = [
        {"id": "p1", "lat": 32.06, "lon": 118.6, "timestamp": S},
        {"lat": "32.06", "lon": "118.6", "timestamp": S},
    ]
    upload = osmand.decode("key=k&id=p1", json.dumps(listed).encode())
    assert (upload.readings, upload.names, upload.lost) == ([HERE, HERE], {"p1"}, Counter())


def test_towers_and_networks_are_a_sign_of_life_and_nothing_of_them_is_read() -> None:
    upload = osmand.decode(f"id=p1&timestamp={S}&cell=257,02,16,2224&wifi=00-14-22-01-23-45,-80", b"")
    assert (upload.readings, upload.size, upload.names) == ([], 0, {"p1"})


@pytest.mark.parametrize("decode", [lambda body: osmand.decode("", body), traccar.decode, overland.decode])
@pytest.mark.parametrize("body", [b"[1]", b"[", b"{", b"\x00", b'{"location": 3}', b'{"locations": [[]]}'])
def test_a_body_that_is_none_is_counted(decode: Any, body: bytes) -> None:
    assert decode(body).readings == []


def test_an_alarm_is_noted_whoever_raises_it() -> None:
    assert osmand.decode("id=p1&alarm=SOS", b"").alarms == {"sos"}
    assert traccar.decode(b'{"device_id": "p1", "location": {"alarm": "sos"}}').alarms == {"sos"}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({}, HERE),
        ({"vel": 36, "cog": 90, "acc": 8, "batt": 46, "vac": 2, "alt": 9}, Reading(AT, 118.6, 32.06, 8, 10, 90, 46)),
        ({"vel": -1, "cog": -1, "acc": -1, "batt": -1}, HERE),
        ({"SSID": "home", "BSSID": "a:b", "inregions": ["home"], "conn": "w", "mcc": 232, "cid": "673A"}, HERE),
    ],
)
def test_owntracks_speaks_of_kilometres_an_hour_and_percent(more: dict[str, Any], expected: Reading) -> None:
    message = {"_type": "location", "lat": 32.06, "lon": 118.6, "tst": S, "tid": "P1"} | more
    assert one(owntracks.decode(json.dumps(message).encode(), None)) == expected


@pytest.mark.parametrize(
    "body", [b"", b"  ", b'{"_type": "transition", "lat": 1, "lon": 1}', b'{"_type": "encrypted"}', b"[]", b"{}"]
)
def test_what_owntracks_says_beside_places_is_left_aside(body: bytes) -> None:
    assert owntracks.decode(body, None) == Upload()


def test_owntracks_names_the_device_in_a_header_or_in_the_topic() -> None:
    body = json.dumps({"_type": "location", "lat": 1, "lon": 1, "topic": "owntracks/u/p1"}).encode()
    assert (owntracks.decode(body, None).names, owntracks.decode(body, "p2").names) == ({"p1"}, {"p2"})


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ({"battery": {"level": 0.79}, "is_moving": True}, Reading(AT, 118.6, 32.06, battery=79)),
        ({"battery": {"level": -1, "is_charging": False}, "mock": True}, Reading(AT, 118.6, 32.06, is_mock=True)),
        ({"battery": 3, "extras": {"wifi": "x"}, "activity": {"type": "still"}}, HERE),
    ],
)
def test_traccar_speaks_of_metres_a_second_and_charges_to_one(location: dict[str, Any], expected: Reading) -> None:
    coords = {"latitude": 32.06, "longitude": 118.6, "speed": -1, "heading": -1, "altitude": 5}
    body = {"device_id": "p1", "location": {"timestamp": "2026-11-25T08:00:00.000Z", "coords": coords} | location}
    assert one(traccar.decode(json.dumps(body).encode())) == expected


def test_traccar_says_its_speed_as_it_is() -> None:
    coords = {"latitude": 32.06, "longitude": 118.6, "speed": 18.67, "heading": 63, "accuracy": 3.8}
    body = {"device_id": "p1", "location": [{"timestamp": "2026-11-25T08:00:00Z", "coords": coords}]}
    assert one(traccar.decode(json.dumps(body).encode())) == Reading(AT, 118.6, 32.06, 3.8, 18.67, 63)


def test_traccar_without_a_place_is_a_sign_of_life() -> None:
    upload = traccar.decode(b'{"device_id": "p1", "location": {"event": "heartbeat"}}')
    assert (upload.readings, upload.size, upload.names) == ([], 0, {"p1"})


def feature(**said: Any) -> dict[str, Any]:
    """A place as Overland tells it."""
    place = {"type": "Point", "coordinates": [118.6, 32.06]}
    return {"type": "Feature", "geometry": place, "properties": {"timestamp": "2026-11-25T08:00:00Z"} | said}


def test_overland_sends_batches_and_where_it_is_now() -> None:
    told = feature(speed=4, horizontal_accuracy=8, battery_level=0.5, course=90, wifi="home", device_id="p1")
    unknown = feature(speed=-1, horizontal_accuracy=-1, battery_level=-1, course=-1, motion=["walking"])
    upload = overland.decode(json.dumps({"locations": [told, unknown], "current": feature(), "trip": {}}).encode())
    assert upload.readings == [Reading(AT, 118.6, 32.06, 8, 4, 90, 50), HERE, HERE]
    assert (upload.names, upload.lost) == ({"p1"}, Counter())


def test_overland_may_have_nothing_to_tell_and_what_is_damaged_is_counted() -> None:
    assert overland.decode(b'{"locations": []}').size == 0
    damaged = [
        {"geometry": None},
        feature() | {"geometry": {"type": "LineString", "coordinates": []}},
        3,
        feature(timestamp="x"),
    ]
    assert overland.decode(json.dumps({"locations": [*damaged, feature()]}).encode()).lost == Counter(unreadable=4)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["_type", "location", "locations", "coords", "lat", "lon", "tst", "properties", "geometry"]
            ),
            inside,
        )
    ),
    max_leaves=12,
)


@given(JSON)
def test_no_json_is_too_strange_to_be_answered(document: Any) -> None:
    body = json.dumps(document).encode()
    for upload in (osmand.decode("", body), owntracks.decode(body, None), traccar.decode(body), overland.decode(body)):
        assert upload.size >= len(upload.readings)


@given(st.text(max_size=60), st.binary(max_size=60))
def test_no_bytes_are_too_strange_to_be_answered(query: str, body: bytes) -> None:
    for upload in (
        osmand.decode(query, body),
        owntracks.decode(body, None),
        traccar.decode(body),
        overland.decode(body),
    ):
        assert upload.size >= len(upload.readings)
