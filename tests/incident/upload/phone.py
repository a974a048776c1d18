"""A phone that sends a picture in pieces, for tests: one request at a time, each as the test wants it."""

import base64
from typing import Any

import httpx

from tests.hands import Hands

PIECE = "application/offset+octet-stream"


def encoded(**said: Any) -> str:
    """What is said about a picture, as the protocol writes it."""
    return ",".join(f"{name} {base64.b64encode(str(value).encode()).decode()}" for name, value in said.items())


def headers(hands: Hands, who: str, **more: str) -> dict[str, str]:
    """What every request of the protocol carries."""
    shown = hands.headers(who) | {"Tus-Resumable": "1.0.0"}
    del shown["Idempotency-Key"]
    return shown | more


async def begin(hands: Hands, incident: dict[str, Any], size: int, who: str = "patrol1.member", **more: Any) -> Any:
    """Begin an upload; `said` is what is said of it, everything else a header."""
    said = more.pop("said", {"kind": "before"})
    shown = {"Upload-Length": str(size), "Upload-Metadata": encoded(**said)}
    path = f"/v1/incidents/{incident['id']}/evidence/uploads"
    return await hands.client.post(path, headers=headers(hands, who, **shown | more))


async def begun(hands: Hands, incident: dict[str, Any], size: int, **more: Any) -> str:
    """Where an upload is that must begin."""
    answer = await begin(hands, incident, size, **more)
    assert answer.status_code == 201, answer.text
    return str(answer.headers["Location"])


async def send(hands: Hands, where: str, at: int, piece: bytes, who: str = "patrol1.member", **more: str) -> Any:
    """Send a piece."""
    shown = {"Content-Type": PIECE, "Upload-Offset": str(at)} | more
    return await hands.client.patch(where, headers=headers(hands, who, **shown), content=piece)


async def progress(hands: Hands, where: str, who: str = "patrol1.member") -> httpx.Response:
    """Ask how far an upload is."""
    return await hands.client.head(where, headers=headers(hands, who))


async def sent(hands: Hands, incident: dict[str, Any], content: bytes, *cuts: int, **more: Any) -> dict[str, Any]:
    """A picture sent in pieces, cut at these places; what is on record of it."""
    where, at = await begun(hands, incident, len(content), **more), 0
    for end in (*cuts, len(content)):
        answer = await send(hands, where, at, content[at:end])
        assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, str(end)), answer.text
        at = end
    found: dict[str, Any] = (await hands.get("street1.acceptor", answer.headers["Content-Location"])).json()
    return found
