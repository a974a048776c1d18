"""Reads the OsmAnd protocol: parameters in the address or a form, as OsmAnd, GPSLogger and Traccar's apps send them.

`lat` and `lon`, or `location=lat,lon`; `timestamp` in seconds, milliseconds or text; `speed` in knots, or `speed_mps`;
`bearing` or `heading`; `accuracy` in metres; `batt` in percent. Traccar's newer apps also send a JSON array of these.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from app.patrol.device.workflow import Quarantine
from app.patrol.ingest import reading
from app.patrol.ingest.reading import MPS_PER_KNOT, Reading, UnreadableError, Upload

MOST_PARAMETERS = 200
FALSE = frozenset({"false", "0"})
TRUE = frozenset({"true", "1"})


def decode(query: str, body: bytes) -> Upload:
    """The fixes of a request: one for its parameters, or one for each object of a JSON array."""
    upload = Upload()
    try:
        for parameters in _each(query, body):
            _add(upload, parameters)
    except UnreadableError:
        upload.lose(Quarantine.UNREADABLE)
    return upload


def _each(query: str, body: bytes) -> list[dict[str, Any]]:
    """The parameters of each fix; those in the address hold for all of a body's.

    Raises:
        UnreadableError: the body is neither a form nor JSON objects.
    """
    address = _pairs(query)
    content = body.lstrip()
    if not content.startswith((b"[", b"{")):
        return [address | _pairs(content.decode("utf-8", "replace"))]
    found = reading.document(content)
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(one, dict) for one in listed):
        raise UnreadableError
    return [address | one for one in listed]


def _pairs(text: str) -> dict[str, Any]:
    try:
        return dict(parse_qsl(text, max_num_fields=MOST_PARAMETERS))
    except ValueError:
        raise UnreadableError from None


def _add(upload: Upload, given: Mapping[str, Any]) -> None:
    name = given.get("id", given.get("deviceid"))
    if name is not None:
        upload.names.add(str(name))
    if alarm := reading.text(given.get("alarm")):
        upload.alarms.add(alarm)
    if not {"lat", "lon", "location"} & given.keys():
        return  # only towers and networks: the app says it is there, and those are not read
    if reading.text(str(given.get("valid"))) in FALSE:
        upload.lose(Quarantine.NO_FIX)
        return
    try:
        upload.readings.append(_reading(given))
    except UnreadableError:
        upload.lose(Quarantine.UNREADABLE)


def _reading(given: Mapping[str, Any]) -> Reading:
    lat, lon = given.get("lat"), given.get("lon")
    if "location" in given:
        lat, _, lon = str(given["location"]).partition(",")
    knots = reading.speed(given.get("speed"), MPS_PER_KNOT)
    return Reading(
        observed_at=reading.instant(given.get("timestamp")),
        lon=reading.degrees(lon),
        lat=reading.degrees(lat),
        accuracy_m=reading.accuracy(given.get("accuracy")),
        speed_mps=reading.speed(given["speed_mps"]) if "speed_mps" in given else knots,
        heading_deg=reading.heading(given.get("bearing", given.get("heading"))),
        battery=reading.percent(given.get("batt")),
        is_mock=reading.text(str(given.get("mock"))) in TRUE,
    )
