"""HTTP of the adapters: each app gets the reply that lets it forget what it sent, and no other."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Request, Response
from pydantic import BaseModel, Field

from app.core.db import PositionLane
from app.core.problems import problems
from app.patrol.ingest import native, osmand, overland, owntracks, service, traccar
from app.patrol.ingest.access import Terms, Uploads
from app.patrol.ingest.reading import Upload
from app.patrol.ingest.service import UnknownDevice
from app.patrol.schemas import PositionsIn, PositionsOut

router = APIRouter(prefix="/v1/ingest", tags=["devices"], responses=problems(UnknownDevice))


def takes(example: Any) -> dict[str, Any]:
    """The `openapi_extra=` of a route that reads an app's own format, of which the example shows what is read."""
    schema = {"type": "array" if isinstance(example, list) else "object"}
    return {"requestBody": {"content": {"application/json": {"schema": schema, "example": example}}}}


IN_OSMAND = {"id": "phone-17", "lat": 32.06, "lon": 118.6, "timestamp": 1795593600, "speed": 2.7, "batt": 87}
IN_OWNTRACKS = {"_type": "location", "lat": 32.06, "lon": 118.6, "tst": 1795593600, "acc": 8, "vel": 5, "batt": 87}
IN_TRACCAR = {
    "device_id": "phone-17",
    "location": {
        "timestamp": "2026-11-25T08:00:00Z",
        "coords": {"latitude": 32.06, "longitude": 118.6, "accuracy": 8, "speed": 1.4, "heading": 90},
        "battery": {"level": 0.87},
    },
}
IN_OVERLAND = {
    "locations": [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [118.6, 32.06]},
            "properties": {"timestamp": "2026-11-25T08:00:00Z", "speed": 1.4, "device_id": "phone-17"},
        }
    ]
}


def terms(request: Request) -> Terms:
    """The terms of this process."""
    found: Terms = request.app.state.terms
    return found


async def _osmand(request: Request) -> Upload:
    return osmand.decode(request.url.query, await request.body())


async def _owntracks(
    request: Request,
    device: Annotated[str | None, Header(alias="X-Limit-D", description="What OwnTracks calls the device.")] = None,
) -> Upload:
    return owntracks.decode(await request.body(), device)


async def _traccar(request: Request) -> Upload:
    return traccar.decode(await request.body())


async def _overland(request: Request) -> Upload:
    return overland.decode(await request.body())


class Taken(BaseModel):
    """What Overland waits for."""

    result: Literal["ok"] = "ok"


# A slow phone is waited for before a connection to the database is taken: the upload comes before the lane.
OnTerms = Annotated[Terms, Depends(terms)]
OsmandKey = Annotated[str, Depends(Uploads("osmand"))]
Osmand = Annotated[Upload, Depends(_osmand)]


@router.get("/osmand", response_class=Response)
async def get_osmand(key: OsmandKey, upload: Osmand, terms: OnTerms, lane: PositionLane) -> Response:
    """One fix in the address: OsmAnd, GPSLogger, Traccar Client before 9. The reply is 200 and empty."""
    await service.receive(lane, terms, key, upload)
    return Response()


@router.post("/osmand", response_class=Response, openapi_extra=takes([IN_OSMAND]))
async def post_osmand(key: OsmandKey, upload: Osmand, terms: OnTerms, lane: PositionLane) -> Response:
    """Fixes in the address, in a form, or in a JSON array. The reply is 200 and empty."""
    await service.receive(lane, terms, key, upload)
    return Response()


@router.post("/owntracks", openapi_extra=takes(IN_OWNTRACKS))
async def post_owntracks(
    key: Annotated[str, Depends(Uploads("owntracks"))],
    upload: Annotated[Upload, Depends(_owntracks)],
    terms: OnTerms,
    lane: PositionLane,
) -> Annotated[list[str], Field(examples=[[]])]:
    """A message of OwnTracks' HTTP mode. The reply is an empty list: there is nothing to tell the phone."""
    await service.receive(lane, terms, key, upload)
    return []


@router.post("/traccar", response_class=Response, openapi_extra=takes(IN_TRACCAR))
async def post_traccar(
    key: Annotated[str, Depends(Uploads("traccar"))],
    upload: Annotated[Upload, Depends(_traccar)],
    terms: OnTerms,
    lane: PositionLane,
) -> Response:
    """A message of Traccar Client 9 or later. The reply is 200 and empty."""
    await service.receive(lane, terms, key, upload)
    return Response()


@router.post("/overland", openapi_extra=takes(IN_OVERLAND))
async def post_overland(
    key: Annotated[str, Depends(Uploads("overland"))],
    upload: Annotated[Upload, Depends(_overland)],
    terms: OnTerms,
    lane: PositionLane,
) -> Taken:
    """A batch of Overland. Only after `{"result": "ok"}` does the phone forget it."""
    await service.receive(lane, terms, key, upload)
    return Taken()


@router.post("/native")
async def post_native(
    key: Annotated[str, Depends(Uploads("native"))], body: PositionsIn, terms: OnTerms, lane: PositionLane
) -> PositionsOut:
    """Fixes as `POST /v1/positions` takes them, with a device's key; only what was not stored is listed."""
    return await service.receive(lane, terms, key, native.decode(body))
