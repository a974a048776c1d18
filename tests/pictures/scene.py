"""The demo district with things happening in it, the same at whatever hour: incidents, patrols, cells looked at."""

import random
from datetime import UTC, datetime, timedelta
from math import sin
from typing import Any, NamedTuple

from geoalchemy2 import WKTElement
from sqlalchemy import Row, insert, select, text

from app.core.db import Database
from app.identity.models import Account
from app.patrol.models import Position
from tests.coverage.ground import work
from tests.hands import Hands

Place = tuple[float, float]
CENTRE: Place = (118.622, 32.0505)
"""The town of 江浦, where the demo's accounts work."""
TOWN, IN_TOWN = (118.594, 32.036, 118.642, 32.07), 30
ALL_OVER = """
SELECT ST_X(at), ST_Y(at)
FROM (SELECT ST_PointOnSurface(boundary) AS at, row_number() OVER (ORDER BY code) AS n FROM grid_cell) c
WHERE n % 15 = 0 ORDER BY n
"""
PATROLS = ("P-001", "P-002", "P-003", "P-010")
"""Those that stand by round the clock: who else is on duty depends on the hour, so nobody else is seen."""
TRACK_MINUTES = 170
ASIDE = "DELETE FROM {} WHERE patrol_id <> ALL (SELECT id FROM patrol WHERE code = ANY (:own))"
ON_DUTY = """
SELECT p.code, p.id, s.id AS shift_id, ST_X(l.location) AS lon, ST_Y(l.location) AS lat FROM latest_position l
JOIN patrol p ON p.id = l.patrol_id
JOIN shift s ON s.patrol_id = p.id AND s.signed_on_at IS NOT NULL AND s.signed_off_at IS NULL
"""
LATE = "UPDATE incident SET due_at = now() - interval '25 minutes' WHERE id = ANY (:late)"
FOR_LONG = "UPDATE grid_cell SET valid_from = valid_from - interval '1 day'"
"""A cell is looked at while it is in force."""
NEARBY_M = 260.0
SCOPES = ["layers:read", "stream:read", "incidents:read", "duty:read"]


class Scene(NamedTuple):
    """What must be seen: a key of the district's layers, and the open incidents of the town by their numbers."""

    key: str
    incidents: dict[str, dict[str, Any]]


async def walked(database: Database) -> None:
    """Only the patrols that stand by are seen, and they have been walking for some hours."""
    async with database.write() as session:
        await session.execute(text(FOR_LONG))
        for table in ("latest_position", "position"):
            await session.execute(text(ASIDE.format(table)), {"own": list(PATROLS)})
        on_duty = (await session.execute(text(ON_DUTY))).all()
        assert {one.code for one in on_duty} == set(PATROLS)
        await session.execute(insert(Position), [fix for one in on_duty for fix in _walk(one)])
    await work(database)


def _walk(patrol: Row[Any]) -> list[dict[str, Any]]:
    """A fix a minute on a winding way that ends where the patrol is."""
    now = datetime.now(UTC)
    turn = int(patrol.code[-2:])
    fixes = []
    for minute in range(1, TRACK_MINUTES):
        lon = patrol.lon + 0.00022 * minute * (-1) ** turn
        lat = patrol.lat + 0.012 * sin(minute / 30 + turn) - 0.012 * sin(turn)
        place = WKTElement(f"POINT({lon} {lat})", srid=4326)
        seen = {"observed_at": now - timedelta(minutes=minute), "location": place, "datum": "wgs84", "quality": "good"}
        fixes.append({"patrol_id": patrol.id, "shift_id": patrol.shift_id, "device_id": "", **seen})
    return fixes


async def happened(database: Database, hands: Hands) -> Scene:
    """Incidents of every urgency all over the district, some overdue, one being handled; and a key to look with."""
    async with database.read() as session:
        for account in await session.scalars(select(Account)):
            hands.town.accounts[account.username] = account.id
        all_over = [(lon, lat) for lon, lat in await session.execute(text(ALL_OVER))]
    chance = random.Random(23)
    known = [
        await _reported(hands, "street1.acceptor", number, at)
        for number, at in enumerate(_spread(chance, TOWN, IN_TOWN))
    ]
    for number, at in enumerate(all_over):
        await _reported(hands, "district.acceptor", number, at)
    known[1] = await _handled_now(hands, known[1])
    known[9] = await hands.moved("street1.acceptor", known[9], "accept")
    async with database.write() as session:
        await session.execute(text(LATE), {"late": [one["id"] for one in known[::7]]})
    body = {
        "account_id": str(hands.town.accounts["district.dispatcher"]),
        "label": "maps",
        "scopes": SCOPES,
    }
    made = await hands.post("admin", "/v1/api-keys", body)
    assert made.status_code == 201, made.text
    return Scene(made.json()["key"], {one["number"]: one for one in known})


async def _reported(hands: Hands, who: str, number: int, at: Place) -> dict[str, Any]:
    priority = (3, 2, 4, 3, 1, 3, 4, 2, 3, 4)[number % 10]
    return await hands.report(who, at, source="hotline", category_code="E0496", priority=priority)


async def _handled_now(hands: Hands, incident: dict[str, Any]) -> dict[str, Any]:
    """The crew is there."""
    incident = await hands.moved("street1.acceptor", incident, "accept")
    standard = {"standard": "E0496-1", "filing_condition_met": True}
    incident = await hands.moved("street1.shift_leader", incident, "register", **standard)
    incident = await hands.moved("street1.dispatcher", incident, "dispatch", patrols=["P-001"])
    part = incident["assignments"][0]
    for step in ("accept", "depart", "arrive"):
        answer = await hands.assignment("patrol1.leader", part, step)
        assert answer.status_code == 200, answer.text
        part = answer.json()
    return await hands.seen("street1.dispatcher", incident)


def _spread(chance: random.Random, box: tuple[float, float, float, float], wanted: int) -> list[Place]:
    """Places all over a box, none too near to another."""
    west, south, east, north = box
    found: list[Place] = []
    while len(found) < wanted:
        one = (round(chance.uniform(west, east), 6), round(chance.uniform(south, north), 6))
        if all(_apart_m(one, other) > NEARBY_M for other in found):
            found.append(one)
    return found


def _apart_m(one: Place, other: Place) -> float:
    return float((((one[0] - other[0]) * 94_400) ** 2 + ((one[1] - other[1]) * 111_000) ** 2) ** 0.5)
