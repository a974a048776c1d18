"""Reads our own format, that of `POST /v1/positions`, from a device that has a key instead of an account."""

from app.patrol.ingest.reading import Reading, Upload
from app.patrol.schemas import PositionsIn


def decode(body: PositionsIn) -> Upload:
    """The fixes of a batch, each in its place. Whose they are is the key's business, so a patrol named is not heard."""
    readings = [
        Reading(
            observed_at=fix.observed_at,
            lon=fix.location[0],
            lat=fix.location[1],
            datum=fix.datum if "datum" in fix.model_fields_set else None,
            **fix.model_dump(include={"accuracy_m", "speed_mps", "heading_deg", "battery", "is_mock"}),
        )
        for fix in body.positions
    ]
    return Upload(readings, names={fix.device_id for fix in body.positions if fix.device_id})
