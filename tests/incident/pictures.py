"""Pictures for tests, with what a camera writes into them."""

import io
from typing import Any

import httpx
from PIL import Image

from tests.hands import Hands

TAKEN = {0x9003: "2026:11:20 10:00:00", 0x9011: "+08:00"}
"""10:00 by a camera in China: 02:00 UTC."""
THERE = {1: "N", 2: (32.0, 0.0, 18.0), 3: "E", 4: (118.0, 36.0, 18.0)}
"""118.605 E, 32.005 N."""


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 20), mode: str = "RGB", **more: Any) -> bytes:
    """The bytes of a picture whose left half is red."""
    image = Image.new(mode, size, "white")
    image.paste("red", (0, 0, size[0] // 2, size[1]))
    written = io.BytesIO()
    image.save(written, kind, **more)
    return written.getvalue()


def photograph(**tags: Any) -> bytes:
    """A JPEG file as a phone writes it: time, place, comment and any further tags of the first directory."""
    exif = Image.Exif()
    exif.get_ifd(0x8769).update(TAKEN)
    exif.get_ifd(0x8825).update(THERE)
    exif.update({int(tag.removeprefix("t")): value for tag, value in tags.items()})
    return picture(exif=exif, comment=b"SECRET-COMMENT")


async def attach(
    hands: Hands, who: str, incident: dict[str, Any], content: bytes, key: str | None = None, **said: Any
) -> httpx.Response:
    """Send a picture as a form."""
    path = f"/v1/incidents/{incident['id']}/evidence"
    form = {"kind": "before"} | {name: str(value) for name, value in said.items()}
    files = {"file": ("p.bin", content, "application/octet-stream")}
    return await hands.client.post(path, headers=hands.headers(who, key=key), data=form, files=files)


async def attached(hands: Hands, incident: dict[str, Any], content: bytes | None = None, **said: Any) -> dict[str, Any]:
    """A picture that must be taken."""
    answer = await attach(hands, "patrol1.member", incident, content or picture(), **said)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made
