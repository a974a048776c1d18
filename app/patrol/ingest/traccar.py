"""Reads what Traccar Client sends since version 9: JSON with `location` and `device_id`; it may be without a place.

Speed in m/s, charge from 0 to 1, negative numbers for unknown; `mock` is set where the phone makes its places up.
"""

from typing import Any

from app.patrol.device.workflow import Quarantine
from app.patrol.ingest import reading
from app.patrol.ingest.reading import Reading, UnreadableError, Upload


def decode(body: bytes) -> Upload:
    """The fixes of a request: `location` is one or a list of them."""
    upload = Upload()
    if not body.strip():
        return upload
    try:
        message = reading.document(body)
    except UnreadableError:
        message = None
    if not isinstance(message, dict):
        upload.lose(Quarantine.UNREADABLE)
        return upload
    if message.get("device_id") is not None:
        upload.names.add(str(message["device_id"]))
    given = message.get("location")
    for location in given if isinstance(given, list) else [given]:
        _add(upload, location)
    return upload


def _add(upload: Upload, location: Any) -> None:
    if not isinstance(location, dict):
        return upload.lose(Quarantine.UNREADABLE)
    if alarm := reading.text(location.get("alarm")):
        upload.alarms.add(alarm)
    coords = location.get("coords")
    if coords is None:
        return None  # a sign of life
    try:
        upload.readings.append(_reading(location, coords))
    except UnreadableError:
        upload.lose(Quarantine.UNREADABLE)
    return None


def _reading(location: dict[str, Any], coords: Any) -> Reading:
    if not isinstance(coords, dict):
        raise UnreadableError
    battery = location.get("battery")
    return Reading(
        observed_at=reading.instant(location.get("timestamp")),
        lon=reading.degrees(coords.get("longitude")),
        lat=reading.degrees(coords.get("latitude")),
        accuracy_m=reading.accuracy(coords.get("accuracy")),
        speed_mps=reading.speed(coords.get("speed")),
        heading_deg=reading.heading(coords.get("heading")),
        battery=reading.percent(battery.get("level"), 100) if isinstance(battery, dict) else None,
        is_mock=location.get("mock") is True,
    )
