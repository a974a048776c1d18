"""Phones lose the network in the middle of a sentence."""

from typing import Any

from fastapi import FastAPI

from tests.hands import Hands


async def test_a_sender_that_goes_away_in_the_middle_is_nobodys_fault(api: FastAPI, hands: Hands) -> None:
    headers = [(name.lower().encode(), value.encode()) for name, value in hands.headers("patrol1.leader").items()]
    told: list[dict[str, Any]] = [
        {"type": "http.request", "body": b'{"pos', "more_body": True},
        {"type": "http.disconnect"},
    ]
    heard: list[dict[str, Any]] = []
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "scheme": "http",
        "path": "/v1/positions", "raw_path": b"/v1/positions", "query_string": b"", "root_path": "",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 2),
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return told.pop(0) if len(told) > 1 else told[0]

    async def send(message: Any) -> None:
        heard.append(message)

    await api(scope, receive, send)
    assert [message["status"] for message in heard if message["type"] == "http.response.start"] == [400]
