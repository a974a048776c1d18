"""双考核 over HTTP: the street scores the departments, the district scores the street."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update

from app.core.db import Database
from app.core.ids import uuid7
from app.core.outbox import Event
from app.identity.models import Account, RoleGrant
from app.incident.models import RunningClock
from app.supervision.score.models import WhistleScore
from tests import make
from tests.hands import Hands

DISPATCHER, SCORER, ABOVE = "street1.dispatcher", "street1.shift_leader", "district.leader"
DESK, HANDLER = "fire_rescue.desk", "fire_rescue.handler"


async def whistle(hands: Hands, db: Database, *, late: bool = False, comes: bool = True) -> dict[str, Any]:
    """An emergency whistle for two departments; the fire brigade comes, late or not at all, the other in time."""
    blown = await hands.blown(DISPATCHER, await hands.registered(), "fire_rescue", "urban_management", kind="emergency")
    fire, urban = blown["summons"]
    if late:
        async with db.write() as session:
            past = {"due_at": func.now() - timedelta(minutes=1)}
            await session.execute(update(RunningClock).where(RunningClock.summons_id == fire["id"]).values(**past))
    for who, summons in (("urban_management", urban), *((("fire_rescue", fire),) if comes else ())):
        taken = await hands.summoned(f"{who}.desk", summons, "acknowledge")
        await hands.summoned(f"{who}.handler", taken, "arrive", location=list(make.A1))
    return blown


async def closed(hands: Hands, db: Database, **how: bool) -> dict[str, Any]:
    """The same, closed by the centre: who came is released, who did not is withdrawn."""
    blown = await whistle(hands, db, **how)
    for summons in (await hands.seen(DISPATCHER, blown["incident"]))["summons"]:
        came = summons["state"] == "arrived"
        await hands.summoned(DISPATCHER, summons, "release" if came else "withdraw", reason="over")
    answer = await hands.post(DISPATCHER, f"/v1/whistles/{blown['id']}/transitions", {"action": "close"}, "*")
    assert answer.status_code == 200, answer.text
    return blown


async def give(
    hands: Hands, who: str, blown: dict[str, Any], target: str, mark: int = 90, **more: Any
) -> httpx.Response:
    return await hands.post(who, f"/v1/whistles/{blown['id']}/scores", {"target": target, "mark": mark, **more})


async def scores(hands: Hands, who: str, blown: dict[str, Any]) -> dict[str, Any]:
    answer = await hands.get(who, f"/v1/whistles/{blown['id']}/scores")
    assert answer.status_code == 200, answer.text
    return {item["target"]: item for item in answer.json()["items"]}


@pytest.mark.parametrize(
    ("late", "comes", "finding"),
    [(False, True, "on_time"), (True, True, "late"), (True, False, "absent"), (False, False, "excused")],
)
async def test_the_facts_say_who_was_on_time_late_or_absent(
    hands: Hands,
    db: Database,
    late: bool,  # noqa: FBT001  # a case
    comes: bool,  # noqa: FBT001
    finding: str,
) -> None:
    found = await scores(hands, SCORER, await closed(hands, db, late=late, comes=comes))
    assert {name: (item["target_kind"], item["scorer"], item["finding"]) for name, item in found.items()} == {
        "fire_rescue": ("department", "A", finding),
        "urban_management": ("department", "A", "on_time"),
        "A": ("centre", "D", "on_time"),
    }
    assert [name for name, item in found.items() if item["may_score"]] == (
        ["urban_management"] if finding == "excused" else ["fire_rescue", "urban_management"]
    )


async def test_the_street_scores_departments_and_the_district_the_street(hands: Hands, db: Database) -> None:
    blown = await closed(hands, db)
    assert (await give(hands, SCORER, blown, "fire_rescue", 95, note="fast")).status_code == 201
    assert (await give(hands, SCORER, blown, "A")).status_code == 403
    assert (await give(hands, ABOVE, blown, "A", 80)).status_code == 201
    found = await scores(hands, "auditor", blown)
    given = {name: item["score"] and (item["score"]["mark"], item["score"]["by"]) for name, item in found.items()}
    assert given == {"fire_rescue": (95, SCORER), "urban_management": None, "A": (80, ABOVE)}


async def test_a_street_that_was_late_itself_is_found_so(hands: Hands, db: Database) -> None:
    blown = await closed(hands, db)
    async with db.write() as session:
        past = {"due_at": RunningClock.ended_at - timedelta(minutes=3)}
        await session.execute(update(RunningClock).where(RunningClock.kind == "dispatch").values(**past))
    assert (await scores(hands, ABOVE, blown))["A"]["finding"] == "late"


async def test_a_score_is_given_once_and_corrected_by_a_new_one(hands: Hands, db: Database) -> None:
    blown = await closed(hands, db)
    first = (await give(hands, SCORER, blown, "fire_rescue", 60)).json()["items"][0]["score"]
    assert (await give(hands, SCORER, blown, "fire_rescue", 70)).status_code == 409
    second = await give(hands, SCORER, blown, "fire_rescue", 70, corrects=first["id"], note="waited at a barrier")
    assert second.status_code == 201
    assert (await give(hands, SCORER, blown, "fire_rescue", 75, corrects=first["id"])).status_code == 409
    item = (await scores(hands, SCORER, blown))["fire_rescue"]
    assert [(s["mark"], s["corrects"]) for s in item["history"]] == [(60, None), (70, first["id"])]
    assert item["score"]["mark"] == 70
    async with db.write() as session:
        assert await session.scalar(select(func.count()).select_from(WhistleScore)) == 2


async def test_nothing_is_scored_before_the_whistle_is_closed(hands: Hands, db: Database) -> None:
    blown = await whistle(hands, db)
    assert not any(item["may_score"] for item in (await scores(hands, SCORER, blown)).values())
    answer = await give(hands, SCORER, blown, "fire_rescue")
    assert (answer.status_code, answer.json()["rule"]) == (409, "closed")


async def test_who_was_not_needed_is_not_scored(hands: Hands, db: Database) -> None:
    answer = await give(hands, SCORER, await closed(hands, db, comes=False), "fire_rescue")
    assert (answer.status_code, answer.json()["rule"]) == (409, "excused")


async def test_an_exempt_finding_stays_and_says_so(hands: Hands, db: Database) -> None:
    blown = await closed(hands, db, late=True)
    async with db.write() as session:
        await session.execute(update(RunningClock).values(is_exempt=True))
    item = (await scores(hands, SCORER, blown))["fire_rescue"]
    assert (item["finding"], item["is_exempt"]) == ("late", True)


@pytest.mark.parametrize("who", [DISPATCHER, DESK, "inspector1", "auditor", "street2.dispatcher"])
async def test_nobody_else_scores(hands: Hands, db: Database, who: str) -> None:
    assert (await give(hands, who, await closed(hands, db), "fire_rescue")).status_code == 403


async def test_an_evaluator_scores_without_any_other_right_to_act(hands: Hands, db: Database) -> None:
    blown, account = await closed(hands, db), uuid7()
    async with db.write() as session:
        session.add(Account(id=account, username="evaluator", display_name="e"))
        await session.flush()
        session.add(RoleGrant(account_id=account, role="evaluator", organisation_id=hands.town.organisations["A"]))
    hands.town.accounts["evaluator"] = account
    given = await give(hands, "evaluator", blown, "fire_rescue")
    assert (given.status_code, given.json()["items"][0]["score"]["role"]) == (201, "evaluator")
    note = await hands.post("evaluator", f"/v1/incidents/{blown['incident']['id']}/notes", {"note": "n"})
    assert note.status_code == 403


async def test_who_was_not_called_is_not_scored_and_another_street_sees_nothing(hands: Hands, db: Database) -> None:
    blown = await closed(hands, db)
    assert (await give(hands, SCORER, blown, "traffic_police")).status_code == 422
    assert (await give(hands, SCORER, {"id": uuid7()}, "fire_rescue")).status_code == 404
    assert (await hands.get("street2.acceptor", f"/v1/whistles/{blown['id']}/scores")).status_code == 404


async def test_a_score_sent_twice_is_given_once_and_told(hands: Hands, db: Database) -> None:
    blown, key = await closed(hands, db), str(uuid7())
    path, body = f"/v1/whistles/{blown['id']}/scores", {"target": "fire_rescue", "mark": 9}
    first, again = [await hands.post(SCORER, path, body, key=key) for _ in range(2)]
    assert first.content == again.content
    async with db.write() as session:
        [fact] = (await session.scalars(select(Event).where(Event.topic == "whistle.scored"))).all()
    assert (fact.payload["target"], fact.payload["mark"], fact.payload["finding"]) == ("fire_rescue", 9, "on_time")
    assert {hands.town.organisations[code] for code in ("A", "fire_rescue")} <= set(fact.scope)
