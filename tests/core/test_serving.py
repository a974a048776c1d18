"""Head and body of an answer leave in one piece; what is long leaves as it comes."""

import asyncio
from typing import Any, cast

from app.core.serving import MOST_HELD, OnePiece


class Wire:
    """A connection that remembers what was sent on it."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed_after: int | None = None

    def write(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.closed_after = len(self.sent)

    def is_closing(self) -> bool:
        return self.closed_after is not None


def on(wire: Wire) -> Any:
    return OnePiece(cast("asyncio.Transport", wire), asyncio.get_running_loop())


async def test_what_is_written_in_a_turn_leaves_together() -> None:
    wire = Wire()
    piece = on(wire)
    for turn in (b"1", b"2"):
        piece.write(b"head" + turn)
        piece.write(b"body" + turn)
        await asyncio.sleep(0)
    assert wire.sent == [b"head1body1", b"head2body2"]


async def test_closing_sends_what_was_written_first() -> None:
    wire = Wire()
    piece = on(wire)
    piece.write(b"last")
    piece.close()
    assert (wire.sent, wire.closed_after, piece.is_closing()) == ([b"last"], 1, True)
    await asyncio.sleep(0)
    assert wire.sent == [b"last"]


async def test_a_long_body_is_not_held_back() -> None:
    wire = Wire()
    piece = on(wire)
    piece.write(b"head")
    piece.write(bytes(MOST_HELD))
    assert [len(one) for one in wire.sent] == [MOST_HELD + 4]
    piece.write(b"rest")
    await asyncio.sleep(0)
    assert wire.sent[1:] == [b"rest"]
