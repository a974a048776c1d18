"""Which key came with an upload, whatever way the app has to send one, and how much one device may send."""

import time
from collections import OrderedDict
from dataclasses import dataclass
from uuid import UUID

from fastapi import Request
from fastapi.openapi.models import APIKey
from fastapi.security.base import SecurityBase

from app.core.problems import NotFound, Unavailable, raises
from app.core.settings import Adapter
from app.identity.access import Declared, basic_password, bearer_and_key
from app.identity.service import NotSignedIn

STEADY_FIXES = 10.0
"""Fixes a second that a device may send all day long."""
BURST_FIXES = 20_000.0
"""Fixes that it may send at once: hours without a network, one fix a second."""
REMEMBERED = 20_000


class Uploads(SecurityBase, Declared):
    """Says that a route is for devices, by their own keys, and only where the adapter is switched on."""

    model = APIKey.model_validate(
        {
            "in": "query",
            "name": "key",
            "description": "A device's own key, which may upload and nothing else. An app that can set more than an "
            "address sends it as a bearer token, as the password of Basic authentication, or as `X-API-Key`.",
        }
    )
    scheme_name = "device"

    def __init__(self, adapter: Adapter) -> None:
        self.adapter = adapter
        raises(NotSignedIn, NotFound, Unavailable)(self)

    async def __call__(self, request: Request) -> str:
        """The key that came, or an empty text."""
        if self.adapter not in request.app.state.settings.ingest:
            raise NotFound
        token, key = bearer_and_key(request)
        return token or basic_password(request) or key or request.query_params.get("key", "")


@dataclass(slots=True)
class _Share:
    left: float
    at: float
    dropped: int = 0


class Terms:
    """The terms on which devices upload: how many days are kept, and how much each may send to one process.

    A device has a bucket of fixes that fills up again. Keys that do not fit have another beside it, so that nobody
    uses up what the device may send.
    """

    def __init__(self, keep_days: int) -> None:
        self.keep_days = keep_days
        self._shares: OrderedDict[tuple[UUID, bool], _Share] = OrderedDict()

    def take(self, device_id: UUID, fixes: int, *, key_fits: bool) -> bool:
        """Whether the device may send so many fixes now; if not, they are remembered as dropped."""
        share = self._share(device_id, key_fits)
        now = time.monotonic()
        share.left = min(BURST_FIXES, share.left + (now - share.at) * STEADY_FIXES)
        share.at = now
        if share.left < fixes:
            share.dropped += fixes
            return False
        share.left -= fixes
        return True

    def dropped(self, device_id: UUID) -> int:
        """How many fixes were dropped since this was asked last."""
        share = self._share(device_id, key_fits=True)
        share.dropped, dropped = 0, share.dropped
        return dropped

    def _share(self, device_id: UUID, key_fits: bool) -> _Share:  # noqa: FBT001  # half of a bucket's name
        name = (device_id, key_fits)
        share = self._shares.setdefault(name, _Share(BURST_FIXES, time.monotonic()))
        self._shares.move_to_end(name)
        if len(self._shares) > REMEMBERED:
            self._shares.popitem(last=False)
        return share
