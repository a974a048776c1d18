"""A citizen's app: it knows Open311 and nothing else."""

from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

import httpx
from defusedxml.ElementTree import fromstring

from tests import make

V2 = "/open311/v2"


@dataclass
class Citizen:
    """An app with or without a channel's key."""

    client: httpx.AsyncClient
    key: str | None = None

    async def post(self, at: tuple[float, float] = make.A1, form: str = "json", **fields: Any) -> httpx.Response:
        """Report something, by default something about E0406."""
        said = {"service_code": "E0406", "description": "流动摊贩", "lat": str(at[1]), "long": str(at[0])} | fields
        said = {name: value for name, value in said.items() if value is not None}
        return await self.client.post(f"{V2}/requests.{form}", data=said | ({"api_key": self.key} if self.key else {}))

    async def report(self, at: tuple[float, float] = make.A1, **fields: Any) -> str:
        """The number of a report that must be taken."""
        answer = await self.post(at, **fields)
        assert answer.status_code == 201, answer.text
        return str(answer.json()[0]["service_request_id"])

    async def get(self, path: str, **params: Any) -> httpx.Response:
        """Look at something."""
        return await self.client.get(f"{V2}/{path}", params=params | ({"api_key": self.key} if self.key else {}))

    async def xml(self, path: str, **params: Any) -> Element:
        """The same, as XML that a careful reader takes."""
        answer = await self.get(path, **params)
        assert answer.headers["content-type"].startswith("text/xml")
        root: Element = fromstring(answer.content)
        return root

    async def one(self, number: str) -> dict[str, Any]:
        """How far a request is."""
        answer = await self.get(f"requests/{number}.json")
        assert answer.status_code == 200, answer.text
        [found] = answer.json()
        return dict(found)
