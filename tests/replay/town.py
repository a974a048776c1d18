"""An invented town: a service that answers like the API, and recordings of its incidents, written by the tests."""

import asyncio
import csv
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx

from app.replay.mapping import Mapping
from app.replay.recording import Recording
from app.replay.sending import Courier
from app.replay.service import Credentials, Pace, Replay
from app.replay.tally import Tally

PASSWORD = "a password for the town"
COLUMNS = ("ref", "opened", "due", "closed", "lon", "lat", "kind", "class", "channel", "quarter", "status")
MAPPING = Mapping.model_validate(
    {
        "name": "town",
        "account": "town.channel",
        "status": "status",
        "place": {"lon": "lon", "lat": "lat", "defaults": [[10.0, 50.0]]},
        "time": {"zone": "Europe/Berlin", "opened_at": "opened", "due_at": "due", "closed_at": "closed"},
        "report": {"external_ref": "{ref}", "title": "{kind}", "description": "{kind} in {quarter}"},
        "source": {"column": "channel", "default": "feed", "values": {"Phone": "hotline"}},
        "category": {"column": "kind", "main_class": "class"},
        "life": [
            {"action": "accept", "by": "town.acceptor"},
            {"action": "register", "by": "town.shift_leader", "standard": "default", "filing_condition_met": True},
        ],
        "jurisdiction": {
            "code": "town",
            "name": "小镇",
            "name_en": "Town",
            "subareas": {"column": "quarter"},
            "grid": {"cell_m": 500},
        },
    }
)
Row = dict[str, Any]
Answer = Callable[[httpx.Request], httpx.Response]


def row(ref: str, **other: Any) -> Row:
    """A row that can be sent."""
    return {
        "ref": ref,
        "opened": "2026-03-02T09:00:00",
        "due": "2026-03-04T09:00:00",
        "closed": None,
        "lon": 10.01,
        "lat": 50.01,
        "kind": "Pothole",
        "class": "Roads",
        "channel": "Phone",
        "quarter": "North",
        "status": "Open",
    } | other


def jsonl(folder: Path, *rows: Row | str) -> Path:
    """A recording; a text is a line as it stands."""
    file = folder / "town.jsonl"
    file.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return file


def csv_file(folder: Path, *rows: Row) -> Path:
    """A recording as CSV."""
    file = folder / "town.csv"
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.DictWriter(lines, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return file


def refused(status: int, slug: str, **headers: str) -> httpx.Response:
    """A problem document."""
    return httpx.Response(status, json={"type": f"/problems/{slug}", "status": status}, headers=headers)


class Service:
    """Answers like the API: keys, tickets reported twice, places outside, the first moves of a life."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 23, 9, tzinfo=UTC)
        self.faults: list[httpx.Response | httpx.TransportError] = []
        self.fault_moves: list[httpx.Response] = []
        self.requests: list[tuple[str, str | None, Any]] = []
        self.answers: dict[str, tuple[bytes, dict[str, Any]]] = {}
        self.tickets: set[tuple[str, str]] = set()
        self.incidents: dict[str, dict[str, Any]] = {}
        self.tokens: set[str] = set()
        self.sign_ins = 0
        self.first = asyncio.Event()

    def client(self) -> httpx.AsyncClient:
        """A client of this service."""
        return httpx.AsyncClient(transport=httpx.MockTransport(self), base_url="http://town")

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v1/auth/token":
            return self._token(parse_qs(request.content.decode()))
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.tokens:
            return refused(401, "not-signed-in")
        if request.method == "GET":
            return httpx.Response(200, json={}, headers={"Date": self.now.strftime("%a, %d %b %Y %H:%M:%S GMT")})
        return self._once(request)

    def _token(self, form: dict[str, list[str]]) -> httpx.Response:
        if form["password"] != [PASSWORD]:
            return refused(401, "not-signed-in")
        self.sign_ins += 1
        self.tokens.add(token := f"{form['username'][0]}-{self.sign_ins}")
        return httpx.Response(200, json={"access_token": token})

    def _once(self, request: httpx.Request) -> httpx.Response:
        key, body = request.headers["Idempotency-Key"], json.loads(request.content)
        self.requests.append((key, request.headers.get("If-Match"), body))
        if self.faults:
            fault = self.faults.pop(0)
            if isinstance(fault, httpx.TransportError):
                raise fault
            return fault
        if key in self.answers:
            sent, told = self.answers[key]
            return httpx.Response(201, json=told) if sent == request.content else refused(422, "key-reused")
        answer = self._report(body) if request.url.path == "/v1/incidents" else self._move(request.url.path, body)
        if answer.is_success:
            self.answers[key] = request.content, answer.json()
        return answer

    def _report(self, body: dict[str, Any]) -> httpx.Response:
        lon, lat = body["location"]["coordinates"]
        if not (10 < lon < 11 and 50 < lat < 51):
            return refused(422, "outside-jurisdiction")
        if (ticket := (body["source"], body["external_ref"])) in self.tickets:
            return refused(409, "conflict")
        self.tickets.add(ticket)
        self.first.set()
        made: dict[str, Any] = {
            "id": str(len(self.incidents)),
            "version": 1,
            "status": "reported",
            "created_at": self.now.isoformat(),
        }
        self.incidents[made["id"]] = made | {"body": body}
        return httpx.Response(201, json=made)

    def _move(self, path: str, body: dict[str, Any]) -> httpx.Response:
        if self.fault_moves:
            return self.fault_moves.pop(0)
        held = self.incidents[path.split("/")[3]]
        if body["action"] == "accept" and "category_code" not in held["body"]:
            return refused(422, "needs-missing")
        status = {"accept": "accepted", "register": "registered"}[body["action"]]
        held |= {"version": held["version"] + 1, "status": status}
        return httpx.Response(200, json={name: held[name] for name in ("id", "version", "status", "created_at")})


async def replayed(
    file: Path, service: Service, mapping: Mapping = MAPPING, *, concurrency: int = 4, limit: int | None = None
) -> Tally:
    """What comes of replaying a file against a service, as fast as it goes and without waiting between tries."""
    async with service.client() as client:
        with Recording(file, mapping) as recording:
            run = Replay(client, mapping, Credentials(PASSWORD), Pace(0, concurrency, limit))
            run.courier = Courier(client, run.tally, tries=4, first_wait_s=0)
            return await run.of(recording)
