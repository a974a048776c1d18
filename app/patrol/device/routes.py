"""HTTP of devices."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from app.core.db import Read, Write
from app.core.pages import Cursor, InvalidCursor, Limit, Page, decode, page_of
from app.core.problems import NotFound, problems
from app.identity.access import OnceKey
from app.patrol.device import service
from app.patrol.device.schemas import DeviceFilter, DeviceIn, DeviceMade, DeviceOut, DevicePatch
from app.patrol.device.service import DeviceInUse
from app.patrol.device.setting_up import Reach
from app.roster.routes import CHANGES, MAKES, REFUSED, BasedOn, Planner, Reader

router = APIRouter(prefix="/v1/devices", tags=["devices"])


def reach(request: Request) -> Reach:
    """How this request reached the service: devices are told the same address."""
    address, port = str(request.base_url).rstrip("/"), request.app.state.settings.jt808_port
    return Reach(address, request.base_url.hostname or "", port)


Reached = Annotated[Reach, Depends(reach)]


@router.get("", responses=problems(*REFUSED, InvalidCursor))
async def list_devices(
    session: Read,
    caller: Reader,
    wanted: Annotated[DeviceFilter, Depends()],
    limit: Limit = 100,
    cursor: Cursor = None,
) -> Page[DeviceOut]:
    """Devices in the order they were registered."""
    after = decode("devices", cursor, UUID)
    found = await service.devices(session, caller, wanted, after[0] if after else None, limit)
    return page_of("devices", found, limit, "id")


@router.post("", status_code=201, response_model=DeviceMade, responses=problems(*MAKES))
async def register_device(body: DeviceIn, session: Write, caller: Planner, once: OnceKey, reached: Reached) -> Response:
    """Register a device. Its key and settings are in this answer only: a repeat is answered without them."""
    made = await service.register(session, caller, body, reached)
    return await once.reply(session, made, 201, stored=made.without_secret())


@router.get("/{device_id}", responses=problems(*REFUSED, NotFound))
async def show_device(device_id: UUID, response: Response, session: Read, caller: Reader) -> DeviceOut:
    """One device, and what of it was not kept."""
    return _tagged(response, await service.device(session, caller, device_id))


@router.patch("/{device_id}", responses=problems(*CHANGES))
async def change_device(
    device_id: UUID, body: DevicePatch, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> DeviceOut:
    """Bind a device to another patrol or officer, rename it, or take it out of use."""
    return _tagged(response, await service.change(session, caller, device_id, body, based_on))


@router.delete("/{device_id}", status_code=204, responses=problems(*CHANGES, DeviceInUse))
async def remove_device(device_id: UUID, session: Write, caller: Planner, based_on: BasedOn) -> None:
    """Take a device off the record that never sent anything; others are taken out of use."""
    await service.remove(session, caller, device_id, based_on)


@router.post("/{device_id}/key", response_model=DeviceMade, responses=problems(*CHANGES, *MAKES))
async def make_key(
    device_id: UUID, session: Write, caller: Planner, once: OnceKey, based_on: BasedOn, reached: Reached
) -> Response:
    """Give a device a new key, shown in this answer only; the one before ends at once."""
    made = await service.new_key(session, caller, device_id, based_on, reached)
    return await once.reply(session, made, stored=made.without_secret())


@router.delete("/{device_id}/key", responses=problems(*CHANGES))
async def revoke_key(
    device_id: UUID, response: Response, session: Write, caller: Planner, based_on: BasedOn
) -> DeviceOut:
    """End a device's key at once. What still comes with it is counted and not kept."""
    return _tagged(response, await service.revoke_key(session, caller, device_id, based_on))


def _tagged(response: Response, shown: DeviceOut) -> DeviceOut:
    response.headers["ETag"] = f'"{shown.version}"'
    return shown
