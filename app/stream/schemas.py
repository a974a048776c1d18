"""What the stream carries."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from app.core.time import Instant

EXAMPLE = """retry: 3000
id: 7411-0

id: 7412-981
event: incident.registered
data: {"id":"7412-981","topic":"incident.registered","at":"2026-11-23T02:00:00.000Z","subject_id":"…","payload":{…}}

: heartbeat
id: 7415-0
"""


class StreamEvent(BaseModel):
    """The `data` of one event: a fact about `subject_id`. `id` is its place in the feed, `topic` its event type."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "7412-981",
                "topic": "shift.signed_on",
                "at": "2026-11-23T02:00:00.000Z",
                "subject_id": "019ab2f0-0000-7000-8000-000000000001",
                "subject_version": None,
                "payload": {"patrol": "P01", "version": 2},
            }
        }
    )

    id: str
    topic: str
    at: Instant
    subject_id: UUID
    subject_version: int | None
    payload: dict[str, Any]
