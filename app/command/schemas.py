"""One request to change something, as it is passed on: who asks, under which key, on which connection."""

from typing import NamedTuple

from app.core.db import Lane
from app.core.once import Once
from app.identity.workflow import Actor


class Call(NamedTuple):
    """A caller's request: the connection is in a transaction that is committed when all went well."""

    lane: Lane
    actor: Actor
    once: Once
