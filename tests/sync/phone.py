"""An officer's phone: an outbox whose numbers have no gap, and what it holds of the bundle."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx

from app.core.ids import uuid7
from tests.hands import Hands

Json = dict[str, Any]


class Phone:
    """One app of one officer: operations are noted first, and sent when there is a network."""

    def __init__(self, hands: Hands, who: str) -> None:
        self.hands, self.who = hands, who
        self.device_id, self.seq = uuid7(), 0
        self.outbox: list[Json] = []
        self.skew = timedelta()
        self.token = ""
        self.documents: dict[str, dict[str, Json]] = {}

    def now(self) -> datetime:
        """The phone's own clock."""
        return datetime.now(UTC) + self.skew

    def note(
        self, kind: str, target: Any = None, *, ago_min: float = 0, base: int | None = None, **payload: Any
    ) -> Json:
        """Put an operation in the outbox."""
        self.seq += 1
        op: Json = {
            "op_id": str(uuid7()),
            "device_seq": self.seq,
            "type": kind,
            "observed_at": (self.now() - timedelta(minutes=ago_min)).isoformat(),
            "payload": payload,
        }
        op |= {"target": str(target)} if target else {}
        op |= {"base_version": base} if base else {}
        self.outbox.append(op)
        return op

    async def post(self, ops: list[Any], **more: Any) -> httpx.Response:
        """Send some operations, whatever they are."""
        body = {"device_id": str(self.device_id), "sent_at": self.now().isoformat(), "operations": ops} | more
        return await self.hands.client.post("/v1/sync/batches", headers=self.hands.headers(self.who), json=body)

    async def send(self, *ops: Json) -> list[Json]:
        """Send some operations, or all of the outbox; those with a final answer leave it."""
        answer = await self.post(list(ops or self.outbox))
        assert answer.status_code == 200, answer.text
        items: list[Json] = answer.json()["items"]
        done = {item.get("op_id") for item in items if item["result"] != "retry"}
        self.outbox = [op for op in self.outbox if op["op_id"] not in done]
        return items

    async def did(self, kind: str, target: Any = None, **said: Any) -> Json:
        """Note one operation and send it at once."""
        [item] = await self.send(self.note(kind, target, **said))
        return item

    async def take_along(self) -> Json:
        """The bundle, from now on the phone's own."""
        answer = await self.hands.get(self.who, "/v1/sync/bundle")
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        self.token, self.documents = found["token"], found["documents"]
        return found

    async def page(self, token: str, limit: int = 100) -> Json:
        """A page of changes since a token."""
        answer = await self.hands.get(self.who, "/v1/sync/changes", since=token, limit=limit)
        assert answer.status_code == 200, answer.text
        found: Json = answer.json()
        return found

    async def catch_up(self, limit: int = 100) -> list[Json]:
        """All changes since the last time, taken over."""
        told, more = list[Json](), True
        while more:
            page = await self.page(self.token, limit)
            for change in page["changes"]:
                apply(self.documents, change)
            told += page["changes"]
            self.token, more = page["token"], page["more"]
        return told

    def incident(self, id: Any) -> Json | None:
        """An incident as the phone knows it."""
        return self.documents["incident"].get(str(UUID(str(id))))


def apply(documents: dict[str, dict[str, Json]], change: Json) -> None:
    """Take over one change, as every client does."""
    held = documents.setdefault(change["kind"], {})
    if change["change"] in ("deleted", "lost"):
        held.pop(change["id"], None)
    else:
        held[change["id"]] = change["document"]
