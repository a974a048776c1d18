"""What docs/devices.md shows is what happens: every request in it is sent, every reply compared."""

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from app.patrol.device.workflow import Quarantine
from app.patrol.workflow import NotKept
from tests.patrol.ingest.devices import Devices

PAGE = (Path(__file__).parents[3] / "docs" / "devices.md").read_text()
SHOWN = re.compile(r"<!-- request: (\w+) -->\n```http\n(.*?)\n```\n<!-- reply -->\n```http\n(.*?)\n```", re.DOTALL)


class Shown(NamedTuple):
    """A request and the reply to it."""

    name: str
    request: list[str]
    reply: list[str]


ALL = [Shown(name, request.split("\n"), reply.split("\n")) for name, request, reply in SHOWN.findall(PAGE)]
UPLOADS = [one for one in ALL if one.name != "register"]


async def send(devices: Devices, shown: Shown, key: str, at: datetime) -> httpx.Response:
    """Send what is shown, with the key and the instant put in."""
    text = "\n".join(shown.request).replace("KEY", key).replace("1795593600", str(int(at.timestamp())))
    (line, *rest) = text.replace("2026-11-25T08:00:00Z", at.isoformat()).split("\n")
    method, path = line.split(" ")
    headers = dict(one.split(": ", 1) for one in rest if not one.startswith(("{", "[")))
    if headers.get("Authorization", "").startswith("Basic"):
        headers["Authorization"] = f"Basic {base64.b64encode(headers['Authorization'][6:].encode()).decode()}"
    body = rest[-1] if rest and rest[-1].startswith(("{", "[")) else None
    return await devices.world.client.request(method, path, headers=headers, content=body)


@pytest.mark.parametrize("shown", UPLOADS, ids=lambda one: one.request[0][:28])
async def test_what_an_app_sends_is_answered_as_shown_and_stored_once(devices: Devices, shown: Shown) -> None:
    key = (await devices.registered(code="phone-17", officer="M1", app=shown.name))["key"]
    at = (datetime.now(UTC) - timedelta(minutes=1)).replace(microsecond=0)
    answer = await send(devices, shown, key, at)
    assert (str(answer.status_code), answer.text) == (
        shown.reply[0],
        "".join(shown.reply[1:]).replace(", ", ",").replace(": ", ":"),
    )
    assert (await send(devices, shown, key, at)).status_code == 200
    assert await devices.stored() == [(118.6, "PA", "good")]


async def test_a_device_is_registered_as_shown(devices: Devices) -> None:
    (shown,) = [one for one in ALL if one.name == "register"]
    answer = await devices.world.post("a_dispatcher", "/v1/devices", json.loads(shown.request[1]))
    expected: dict[str, Any] = json.loads(shown.reply[1].replace("[…]", '"…"'))
    assert str(answer.status_code) == shown.reply[0]
    assert {name: answer.json()[name] for name in expected if name not in ("key", "settings")} == {
        name: value for name, value in expected.items() if name not in ("key", "settings")
    }


def test_every_adapter_is_shown() -> None:
    assert {one.name for one in UPLOADS} == {"osmand", "owntracks", "traccar", "overland", "native"}


def test_every_reason_is_explained() -> None:
    never = {NotKept.MALFORMED, NotKept.UNKNOWN_PATROL}  # a device names no patrol, and its fixes have a shape
    reasons = {*Quarantine, *NotKept} - never
    assert {reason.value for reason in reasons if f"`{reason.value}`" not in PAGE} == set()
