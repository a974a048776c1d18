"""What one process keeps of tiles for a short while: those cut lately, and how the ground was a moment ago."""

import gzip
import time
from collections import OrderedDict
from collections.abc import Hashable
from functools import cached_property
from typing import NamedTuple

LIFE_S = 2.0
"""What lives, and what is known of the ground, is read again after it: as long as an actor is remembered."""
MAX_BYTES = 64 * 1024 * 1024
OVERHEAD = 500
"""Bytes that a tile takes beside its own, at most about."""


class Cut:
    """A finished tile with its ETag. It is packed when somebody first wants it so, and then stays packed."""

    def __init__(self, body: bytes, tag: str) -> None:
        self.body = body
        self.tag = tag

    @cached_property
    def packed(self) -> bytes:
        """The same by gzip."""
        return gzip.compress(self.body, 1, mtime=0)

    @property
    def size(self) -> int:
        """The bytes it takes at most; packed it is never longer than it was by more than the overhead."""
        return 2 * len(self.body) + OVERHEAD


class _Kept(NamedTuple):
    cut: Cut
    until: float


class Shelf:
    """The tiles of a process, up to `MAX_BYTES`: those used longest ago go first."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self.max_bytes = max_bytes
        self.marks: dict[str, tuple[str, float]] = {}
        self._kept: OrderedDict[Hashable, _Kept] = OrderedDict()
        self._bytes = 0

    def get(self, key: Hashable) -> Cut | None:
        """The tile kept under this key, if it is still good."""
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            return None
        self._kept.move_to_end(key)
        return kept.cut

    def put(self, key: Hashable, cut: Cut, life_s: float) -> None:
        """Keep a tile for so long."""
        self._drop(key)
        self._kept[key] = _Kept(cut, time.monotonic() + life_s)
        self._bytes += cut.size
        while self._bytes > self.max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Hashable) -> None:
        kept = self._kept.pop(key, None)
        if kept is not None:
            self._bytes -= kept.cut.size
