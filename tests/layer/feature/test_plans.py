"""How layers ask the database: few statements, each incident once, and by an index whoever asks."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, union_all

from app.core.db import Database, Hot
from app.identity.workflow import Actor
from app.incident.models import Incident
from app.incident.queries import sight, visible, visible_parts
from app.layer.feature import queries
from app.layer.feature.queries import Form
from app.layer.feature.workflow import Order
from tests import make
from tests.hands import Hands
from tests.layer.reading import features, items

DISTRICT, STREET, DESK, CREW = "district.dispatcher", "street1.dispatcher", "fire_rescue.desk", "patrol1.member"
NEWEST = (Order("reported_at", descending=True),)
WHOLE = Hot(lambda: select(Incident.id).where(visible()))
PARTS = Hot(lambda: union_all(*(select(Incident.id).where(part) for part in visible_parts())))


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that run meanwhile."""
    texts: list[str] = []
    for name in ("row", "rows"):
        own = getattr(Hot, name)

        async def noted(hot: Hot, lane: Any, own: Any = own, **values: Any) -> Any:
            if " FROM account" not in hot.sql.replace("\n", " "):  # who asks is known for two seconds
                texts.append(hot.sql)
            return await own(hot, lane, **values)

        monkeypatch.setattr(Hot, name, noted)
    return texts


async def _actor(hands: Hands, who: str) -> Actor:
    token = hands.door.access_token(hands.town.accounts[who])
    return await hands.door.caller(token, None)


async def test_parts_put_together_are_what_is_visible_and_nothing_twice(hands: Hands, db: Database) -> None:
    led, called = await hands.registered(), await hands.registered()
    await hands.moved("street1.dispatcher", led, "dispatch", lead_department="fire_rescue")
    await hands.blown(STREET, called, "fire_rescue")
    await hands.dispatched()
    await hands.report("patrol1.member")
    await hands.report("street2.acceptor", at=make.B1)
    counts = {}
    async with db.search_lane() as lane:
        for who in (DISTRICT, STREET, "street2.dispatcher", DESK, CREW, "patrol1.leader", "street2.acceptor"):
            values = sight(await _actor(hands, who))
            whole, parts = [[row["id"] for row in await hot.rows(lane, **values)] for hot in (WHOLE, PARTS)]
            assert sorted(parts) == sorted(whole), who
            counts[who] = len(whole)
    assert (counts[DISTRICT], counts[STREET], counts["street2.dispatcher"], counts[DESK]) == (5, 4, 1, 2)


async def test_a_request_is_one_statement_and_one_more_where_it_counts(hands: Hands, sent: list[str]) -> None:
    made = [await hands.report() for _ in range(3)]
    asked: tuple[tuple[dict[str, Any], int], ...] = (
        ({"limit": 10}, 1),
        ({"limit": 2}, 2),
        ({"limit": 1, "offset": 1}, 1),
    )
    for wanted, statements in asked:
        sent.clear()
        assert (await items(hands, DISTRICT, "incidents", **wanted)).status_code == 200
        assert len(sent) == statements, wanted
    sent.clear()
    await hands.get(DISTRICT, f"/ogc/collections/incidents/items/{made[0]['id']}")
    assert len(sent) == 1


@pytest.mark.parametrize(
    ("who", "index"),
    [
        (DISTRICT, "incident_home"),
        (STREET, "incident_home"),
        (DESK, "incident_lead_department"),
        (CREW, "incident_reporter"),
    ],
)
async def test_nobody_has_all_incidents_looked_at_for_a_page(hands: Hands, db: Database, who: str, index: str) -> None:
    values: dict[str, Any] = sight(await _actor(hands, who)) | {"limit": 101, "offset": 0, "most": 10_001}
    plans = [
        await _plan(db, of, values)
        for of in (queries.hot(Form("incidents", order=NEWEST)), queries.hot_count(Form("incidents")))
    ]
    for plan in plans:
        assert "Seq Scan on incident" not in plan
        assert f"using {index}" in plan or f"on {index}" in plan


async def test_a_later_page_begins_where_the_one_before_ended(hands: Hands, db: Database) -> None:
    made = await hands.report()
    (seen,) = await features(hands, STREET, "incidents")
    form = Form("incidents", order=NEWEST, after=(False,))
    place = {"by_0": datetime.fromisoformat(seen["properties"]["reported_at"]), "id": made["id"]}
    plan = await _plan(db, queries.hot(form), sight(await _actor(hands, STREET)) | {"limit": 101, "offset": 0} | place)
    assert "(home_centre_id = place.id) AND (reported_at <=" in plan


async def _plan(db: Database, hot: Hot, values: dict[str, Any]) -> str:
    """The plan where reading from end to end is the last resort, as with a million rows."""
    given = hot.arguments(values)
    async with db.search_lane() as lane, lane.transaction():
        for way in ("seqscan", "bitmapscan", "sort"):
            await lane.fetch(f"SET LOCAL enable_{way} = off")
        return "\n".join(row["QUERY PLAN"] for row in await lane.fetch(f"EXPLAIN {hot.sql}", *given))
