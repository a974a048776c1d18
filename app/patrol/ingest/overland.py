"""Reads what Overland sends: GeoJSON features in `locations`, up to 200, and the phone's place now in `current`.

Speed in m/s, charge from 0 to 1, -1 for unknown. The name of the wireless network is not read.
"""

from typing import Any

from app.patrol.device.workflow import Quarantine
from app.patrol.ingest import reading
from app.patrol.ingest.reading import Reading, UnreadableError, Upload


def decode(body: bytes) -> Upload:
    """The fixes of a batch."""
    upload = Upload()
    try:
        batch = reading.document(body)
    except UnreadableError:
        batch = None
    if not isinstance(batch, dict) or not isinstance(batch.get("locations"), list):
        upload.lose(Quarantine.UNREADABLE)
        return upload
    now = batch.get("current")
    for feature in [*batch["locations"], *([now] if isinstance(now, dict) else [])]:
        try:
            _add(upload, feature)
        except UnreadableError:
            upload.lose(Quarantine.UNREADABLE)
    return upload


def _add(upload: Upload, feature: Any) -> None:
    match feature:
        case {"geometry": {"type": "Point", "coordinates": [lon, lat, *_]}, "properties": dict(said)}:
            pass
        case _:
            raise UnreadableError
    if said.get("device_id"):
        upload.names.add(str(said["device_id"]))
    upload.readings.append(
        Reading(
            observed_at=reading.instant(said.get("timestamp")),
            lon=reading.degrees(lon),
            lat=reading.degrees(lat),
            accuracy_m=reading.accuracy(said.get("horizontal_accuracy")),
            speed_mps=reading.speed(said.get("speed")),
            heading_deg=reading.heading(said.get("course")),
            battery=reading.percent(said.get("battery_level"), 100),
        )
    )
