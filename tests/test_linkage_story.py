"""Three whistles, and one incident that goes from the street to the district and back: each read from top to bottom."""

from typing import Any

from tests import make
from tests.hands import Hands
from tests.incident.pictures import picture

HERE = list(make.A1)
STREET, DISTRICT = "street1.dispatcher", "district.dispatcher"
FIRE, FIREMAN, URBAN, URBAN_MAN = (
    "fire_rescue.desk", "fire_rescue.handler", "urban_management.desk", "urban_management.handler",
)  # fmt: skip


async def photo(hands: Hands, who: str, incident: dict[str, Any], kind: str = "after") -> str:
    """A picture somebody takes at the place."""
    fields = {"kind": kind, "lon": str(HERE[0]), "lat": str(HERE[1])}
    path = f"/v1/incidents/{incident['id']}/evidence"
    answer = await hands.client.post(
        path, headers=hands.headers(who), data=fields, files={"file": ("p.jpg", picture())}
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def works(hands: Hands, desk: str, handler: str, summons: dict[str, Any]) -> dict[str, Any]:
    """A department comes, works and is done."""
    summons = await hands.summoned(desk, summons, "acknowledge")
    summons = await hands.summoned(handler, summons, "arrive", location=HERE, accuracy_m=12)
    summons = await hands.summoned(handler, summons, "work")
    return await hands.summoned(handler, summons, "done", measures=["cleared"], note="nothing is left")


async def closed(hands: Hands, incident: dict[str, Any]) -> dict[str, Any]:
    """A handled incident is checked by somebody else and closed."""
    incident = await hands.moved("street1.acceptor", incident, "send_check")
    seen = await photo(hands, "inspector1", incident, "check")
    incident = await hands.moved("inspector1", incident, "pass_check", evidence=[seen])
    return await hands.moved("street1.shift_leader", incident, "close", closing_condition_met=True)


async def test_a_daily_whistle_a_market_is_cleared_by_who_acknowledges_first_and_the_other_assists(
    hands: Hands,
) -> None:
    whistle = await hands.blown(STREET, await hands.registered(), "urban_management", "fire_rescue", kind="daily")
    urban, fire = whistle["summons"]
    urban = await works(hands, URBAN, URBAN_MAN, urban)
    assert urban["role"] == "lead"
    incident = await hands.seen(URBAN, whistle["incident"])
    await photo(hands, URBAN, incident)
    refused = await hands.move(URBAN, incident, "finish", measures=["persuasion"])
    assert refused.json()["missing"] == ["assists"]
    await works(hands, FIRE, FIREMAN, fire)
    incident = await hands.moved(URBAN, await hands.seen(URBAN, incident), "finish", measures=["persuasion"])
    incident = await closed(hands, incident)
    assert [(s["state"], s["ended_by"], s["is_late"]) for s in incident["summons"]] == [
        ("released", "release", False)
    ] * 2
    assert incident["whistles"][0]["state"] == "closed"


async def test_a_key_task_whistle_the_lead_is_named_declines_is_called_again_and_hands_the_lead_over(
    hands: Hands,
) -> None:
    lead = {"department": "fire_rescue", "role": "lead"}
    whistle = await hands.blown(STREET, await hands.registered(), lead, "urban_management", kind="key_task")
    fire, urban = whistle["summons"]
    fire = await hands.summoned(FIRE, fire, "decline", reason="no fire, no smoke")
    fire = await hands.summoned(DISTRICT, fire, "recall", reason="gas bottles are stored there")
    fire = await works(hands, FIRE, FIREMAN, fire)
    urban = await hands.summoned(URBAN, urban, "acknowledge")
    incident = await hands.seen(STREET, whistle["incident"])
    incident = await hands.moved(STREET, incident, "move_lead", lead_department="urban_management")
    assert {s["department"]["code"]: s["state"] for s in incident["summons"]} == {
        "fire_rescue": "done", "urban_management": "acknowledged",
    }  # fmt: skip
    await hands.summoned(STREET, next(s for s in incident["summons"] if s["state"] == "done"), "release")
    await photo(hands, URBAN, incident)
    incident = await hands.moved(URBAN, await hands.seen(URBAN, incident), "finish", measures=["sealed"])
    assert (await closed(hands, incident))["lead"]["department"] == "urban_management"


async def test_an_emergency_whistle_crews_and_departments_are_there_before_anybody_filed_anything(hands: Hands) -> None:
    incident = await hands.report("patrol1.member", category_code="E0406")
    whistle = await hands.blown(
        STREET, incident, "fire_rescue", kind="emergency", place={"type": "Point", "coordinates": HERE}
    )
    fire = await works(hands, FIRE, FIREMAN, whistle["summons"][0])
    assert (fire["is_late"], fire["incident"]["status"]) == (False, "reported")
    incident = await hands.moved("street1.acceptor", await hands.seen(STREET, incident), "accept")
    incident = await hands.moved(
        "street1.shift_leader", incident, "register", standard="E0406-1", filing_condition_met=True
    )
    incident = await hands.moved(STREET, incident, "dispatch", lead_department="fire_rescue")
    assert (incident["status"], incident["lead"]["department"]) == ("handling", "fire_rescue")
    await photo(hands, FIRE, incident)
    incident = await hands.moved(FIRE, incident, "finish", measures=["extinguished"])
    assert (await closed(hands, incident))["status"] == "closed"


async def test_street_to_district_to_street_what_is_under_way_goes_on_and_both_see_it(hands: Hands) -> None:
    incident = await hands.dispatched("P-001")
    await hands.assignment("patrol1.leader", incident["assignments"][0], "accept")
    fire = (await hands.blown(STREET, await hands.seen(STREET, incident), "fire_rescue"))["summons"][0]
    fire = await hands.summoned(FIRE, fire, "acknowledge")
    incident = await hands.moved(STREET, await hands.seen(STREET, incident), "escalate", reason="crosses the border")
    assert (incident["level"], incident["status"], incident["assignments"][0]["state"]) == (2, "registered", "accepted")
    assert (await hands.move(STREET, incident, "dispatch", patrols=["P-002"])).status_code == 403
    fire = await hands.summoned(FIREMAN, fire, "arrive", location=HERE)
    incident = await hands.moved(DISTRICT, await hands.seen(DISTRICT, incident), "assign_down", note="yours again")
    assert (incident["level"], incident["commanding_centre"]["code"]) == (1, "A")
    incident = await hands.moved(STREET, incident, "dispatch", patrols=["P-002"])
    assert incident["status"] == "handling"
    states = {a["patrol"]: a["state"] for a in incident["assignments"]} | {"fire": incident["summons"][0]["state"]}
    assert states == {"P-001": "accepted", "P-002": "offered", "fire": "arrived"}
    moves = (await hands.get(DISTRICT, f"/v1/incidents/{incident['id']}/timeline")).json()["items"]
    assert [(m["action"], m["from_centre"], m["centre"]) for m in moves if m["from_centre"]] == [
        ("escalate", "A", "D"), ("assign_down", "D", "A"),
    ]  # fmt: skip
