"""Reads OwnTracks' HTTP mode: a JSON object whose `_type` is `location`; every other kind is left aside.

`tst` in seconds, `acc` in metres, `vel` in km/h, `cog` in degrees, `batt` in percent. What the phone says about
networks, regions and contacts is not read.
"""

from typing import Any

from app.patrol.device.workflow import Quarantine
from app.patrol.ingest import reading
from app.patrol.ingest.reading import MPS_PER_KMH, Reading, UnreadableError, Upload


def decode(body: bytes, device: str | None) -> Upload:
    """The fix of a message; `device` is the name in its `X-Limit-D` header, else the last part of its topic tells."""
    upload = Upload(names={device} if device else set())
    if not body.strip():
        return upload
    try:
        message = reading.document(body)
        if isinstance(message, dict) and message.get("_type") == "location":
            _name(upload, message.get("topic"))
            upload.readings.append(_reading(message))
    except UnreadableError:
        upload.lose(Quarantine.UNREADABLE)
    return upload


def _name(upload: Upload, topic: Any) -> None:
    if not upload.names and isinstance(topic, str):
        upload.names.add(topic.rpartition("/")[2])


def _reading(message: dict[str, Any]) -> Reading:
    return Reading(
        observed_at=reading.instant(message.get("tst")),
        lon=reading.degrees(message.get("lon")),
        lat=reading.degrees(message.get("lat")),
        accuracy_m=reading.accuracy(message.get("acc")),
        speed_mps=reading.speed(message.get("vel"), MPS_PER_KMH),
        heading_deg=reading.heading(message.get("cog")),
        battery=reading.percent(message.get("batt")),
    )
