"""How much may be under way, and what the headers of the protocol say."""

import base64
import binascii
import hashlib
from datetime import timedelta
from typing import NamedTuple

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum,termination"
ALGORITHMS = ("sha1", "sha256")
MEDIA_TYPE = "application/offset+octet-stream"

KEPT = timedelta(hours=72)
"""A phone may lie without a network over a weekend."""
GRACE = timedelta(hours=1)
"""Whoever began to send just before the end is not swept away while sending."""
DAY = timedelta(days=1)
OPEN_UPLOADS = 20
BYTES_A_DAY = 1024**3
"""What one account may have under way, and may announce in 24 hours: a hundred large pictures."""
MOST_PIECES = 1000
SILENCE_S = 30.0
"""Whoever sends nothing for so long is taken for gone; what came is kept."""

NOT_SAID = frozenset({"filename", "filetype", "name", "type", "relativePath"})
"""What clients put into the metadata of their own accord; the content tells what a file is."""


class Checksum(NamedTuple):
    """What the bytes of one request must hash to."""

    algorithm: str
    digest: bytes

    def fits(self, content: bytes) -> bool:
        """Whether these are the bytes."""
        return hashlib.new(self.algorithm, content, usedforsecurity=False).digest() == self.digest


def checksum_of(header: str) -> Checksum | None:
    """The checksum in the header `Upload-Checksum`; nothing if it is not one that is known here."""
    algorithm, _, digest = header.partition(" ")
    try:
        found = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return None
    return Checksum(algorithm, found) if algorithm in ALGORITHMS else None


def metadata_of(header: str) -> dict[str, str] | None:
    """The pairs in the header `Upload-Metadata`; nothing if they cannot be read."""
    found = {}
    try:
        for pair in filter(None, header.split(",")):
            name, _, value = pair.strip().partition(" ")
            found[name] = base64.b64decode(value.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return {name: value for name, value in found.items() if name not in NOT_SAID}
