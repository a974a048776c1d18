"""What people do over HTTP, in short: report, move, accept. Every write carries a key and its version."""

from typing import Any

import httpx

from app.core.ids import uuid7
from app.identity.access import Doorman
from tests import make


class Hands:
    """The people of a town at their screens and phones."""

    def __init__(self, client: httpx.AsyncClient, town: make.Town, door: Doorman) -> None:
        self.client, self.town, self.door = client, town, door

    def headers(self, who: str, version: int | str | None = None, key: str | None = None) -> dict[str, str]:
        """The headers of a request by somebody."""
        shown = {"Authorization": f"Bearer {self.door.access_token(self.town.accounts[who])}"}
        shown["Idempotency-Key"] = key or str(uuid7())
        return shown if version is None else shown | {"If-Match": "*" if version == "*" else f'"{version}"'}

    async def get(self, who: str, path: str, **params: Any) -> httpx.Response:
        """Look at something."""
        return await self.client.get(path, headers=self.headers(who), params=params)

    async def post(
        self, who: str, path: str, body: Any, version: int | str | None = None, key: str | None = None
    ) -> httpx.Response:
        """Make or move something; where the service is too busy to answer (503), send the same again, as clients do."""
        headers = self.headers(who, version, key)
        for _ in range(5):
            answer = await self.client.post(path, headers=headers, json=body)
            if answer.status_code != 503:
                break
        return answer

    async def report(
        self, who: str = "patrol1.leader", at: tuple[float, float] = make.A1, **more: Any
    ) -> dict[str, Any]:
        """Report an incident that must be filed."""
        answer = await self.post(who, "/v1/incidents", report_body(at, **more))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def move(self, who: str, incident: dict[str, Any], action: str, **needs: Any) -> httpx.Response:
        """Try an action on an incident at the version that is known."""
        path = f"/v1/incidents/{incident['id']}/transitions"
        return await self.post(who, path, {"action": action, **needs}, incident["version"])

    async def moved(self, who: str, incident: dict[str, Any], action: str, **needs: Any) -> dict[str, Any]:
        """An action that must go well."""
        answer = await self.move(who, incident, action, **needs)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def registered(self, at: tuple[float, float] = make.A1, category: str = "E0406") -> dict[str, Any]:
        """An incident of street A, reported, accepted and registered."""
        incident = await self.report(at=at)
        incident = await self.moved("street1.acceptor", incident, "accept", category=category)
        standard = {"standard": f"{category}-1", "filing_condition_met": True}
        return await self.moved("street1.shift_leader", incident, "register", **standard)

    async def dispatched(self, *patrols: str) -> dict[str, Any]:
        """A registered incident, dispatched to patrols (`P-001` if none is named)."""
        incident = await self.registered()
        return await self.moved("street1.dispatcher", incident, "dispatch", patrols=list(patrols) or ["P-001"])

    async def assignment(self, who: str, assignment: dict[str, Any], action: str, **needs: Any) -> httpx.Response:
        """Try an action on an assignment at the version that is known."""
        path = f"/v1/assignments/{assignment['id']}/transitions"
        return await self.post(who, path, {"action": action, **needs}, assignment["version"])

    async def blow(self, who: str, incident: dict[str, Any], *departments: Any, **more: Any) -> httpx.Response:
        """Try to blow a whistle, for daily needs unless another kind is named."""
        body = {"kind": "daily", "departments": list(departments)} | more
        return await self.post(who, f"/v1/incidents/{incident['id']}/whistles", body)

    async def blown(self, who: str, incident: dict[str, Any], *departments: Any, **more: Any) -> dict[str, Any]:
        """A whistle that must be blown; its summons are in it."""
        answer = await self.blow(who, incident, *departments, **more)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def summon(self, who: str, summons: dict[str, Any], action: str, **needs: Any) -> httpx.Response:
        """Try an action on a summons at the version that is known."""
        path = f"/v1/summons/{summons['id']}/transitions"
        return await self.post(who, path, {"action": action, **needs}, summons["version"])

    async def summoned(self, who: str, summons: dict[str, Any], action: str, **needs: Any) -> dict[str, Any]:
        """An action on a summons that must go well."""
        answer = await self.summon(who, summons, action, **needs)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def seen(self, who: str, incident: dict[str, Any]) -> dict[str, Any]:
        """The incident as somebody sees it now."""
        answer = await self.get(who, f"/v1/incidents/{incident['id']}")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def report_body(at: tuple[float, float] = make.A1, **more: Any) -> dict[str, Any]:
    """What a report says."""
    point = {"type": "Point", "coordinates": list(at)}
    return {"description": "stall on the road", "location": point, "source": "patrol"} | more
