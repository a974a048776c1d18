"""Recommendations over HTTP: who is able, who is rested, and why somebody is not sent."""

from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core.db import Database
from tests.hands import Hands

ABLE = text(
    "UPDATE officer SET skills = :skills FROM crew_member c JOIN shift s ON s.id = c.shift_id"
    " JOIN patrol p ON p.id = s.patrol_id WHERE c.officer_id = officer.id AND p.code = :patrol"
)
LONG_ON = text("UPDATE shift SET signed_on_at = now() - interval '12 h', starts_at = now() - interval '13 h'")
JUST_ON = text("UPDATE shift SET signed_on_at = now() FROM patrol p WHERE p.id = patrol_id AND p.code = 'P-002'")
NEXT_SHIFT = text("""
    WITH old AS (
      SELECT s.patrol_id, s.centre_id, s.ends_at, c.officer_id, c.department_id
      FROM shift s JOIN crew_member c ON c.shift_id = s.id JOIN patrol p ON p.id = s.patrol_id WHERE p.code = 'P-002'
    ), made AS (
      INSERT INTO shift (id, patrol_id, centre_id, starts_at, ends_at)
      SELECT gen_random_uuid(), patrol_id, centre_id, ends_at + interval '330 min', ends_at + interval '10 h' FROM old
      RETURNING *
    )
    INSERT INTO crew_member (shift_id, officer_id, department_id, is_leader, during)
    SELECT made.id, officer_id, department_id, true, tstzrange(starts_at, made.ends_at) FROM made, old
""")
WANTS = text("UPDATE category SET rules = rules || CAST(:rules AS jsonb) WHERE code = 'E0406'")


async def wants(db: Database, *skills: str, **crews: list[str]) -> None:
    """The category wants skills, and crews (`P_001`) have some."""
    async with db.write() as session:
        listed = ", ".join(f'"{skill}"' for skill in skills)
        await session.execute(WANTS, {"rules": f'{{"skills": [{listed}], "response_mix": {{}}}}'})
        for patrol, able in crews.items():
            await session.execute(ABLE, {"skills": able, "patrol": patrol.replace("_", "-")})


async def recommended(hands: Hands) -> dict[str, Any]:
    """Who is recommended for a new incident in community A1."""
    incident = await hands.registered()
    answer = await hands.get("street1.dispatcher", f"/v1/incidents/{incident['id']}/recommendations")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_crew_without_the_skills_wanted_is_rejected_and_says_what_it_lacks(hands: Hands, db: Database) -> None:
    await wants(db, "first_aid", P_002=["first_aid", "policing"])
    found = await recommended(hands)
    assert [one["patrol"] for one in found["items"]] == found["suggested"] == ["P-002"]
    assert [(one["patrol"], one["reason"], one["lacks"]) for one in found["rejected"]] == [
        ("P-001", "lacks_skill", ["first_aid"])
    ]
    assert (found["wanted_skills"], found["missing_skills"]) == (["first_aid"], [])


async def test_crews_go_together_for_skills_that_none_has_alone(hands: Hands, db: Database) -> None:
    await wants(db, "first_aid", "mediation", "food_safety", P_001=["first_aid"], P_002=["mediation"])
    found = await recommended(hands)
    assert sorted(found["suggested"]) == ["P-001", "P-002"]
    assert (found["missing_skills"], found["rejected"]) == (["food_safety"], [])
    assert {one["parts"]["skill"] for one in found["items"]} == {0.3333}


async def test_where_nobody_can_nobody_is_suggested(hands: Hands, db: Database) -> None:
    await wants(db, "diving")
    found = await recommended(hands)
    assert (found["items"], found["suggested"], found["missing_skills"]) == ([], [], ["diving"])


async def test_a_category_that_wants_no_skill_counts_none(hands: Hands) -> None:
    found = await recommended(hands)
    assert [one["parts"]["skill"] for one in found["items"]] == [1, 1]


async def test_a_crew_long_on_duty_is_ranked_lower(hands: Hands, db: Database) -> None:
    before = await recommended(hands)
    async with db.write() as session:
        await session.execute(LONG_ON)
        await session.execute(JUST_ON)
    after = await recommended(hands)
    parts = [{one["patrol"]: one["parts"]["rest"] for one in found["items"]} for found in (before, after)]
    assert parts == [{"P-001": 1, "P-002": 1}, {"P-001": 0, "P-002": 1}]
    (tired,) = [one for one in after["items"] if one["patrol"] == "P-001"]
    assert tired["on_duty_s"] == timedelta(hours=12).total_seconds()


async def test_a_crew_whose_next_shift_is_near_is_ranked_lower(hands: Hands, db: Database) -> None:
    async with db.write() as session:
        await session.execute(NEXT_SHIFT)
    found = {one["patrol"]: (one["rest_s"], one["parts"]["rest"]) for one in (await recommended(hands))["items"]}
    assert found == {"P-001": (None, 1), "P-002": (330 * 60, 0.5)}


async def test_time_spent_on_incidents_in_this_duty_counts(hands: Hands, db: Database) -> None:
    incident = await hands.dispatched("P-001")
    (assignment,) = incident["assignments"]
    accepted = (await hands.assignment("patrol1.leader", assignment, "accept")).json()
    await hands.assignment("street1.dispatcher", accepted, "withdraw", reason="r")
    async with db.write() as session:
        await session.execute(text("UPDATE assignment SET accepted_at = now() - interval '6 h'"))
    (shown,) = [one for one in (await recommended(hands))["items"] if one["patrol"] == "P-001"]
    assert (shown["handling_s"], shown["parts"]["rest"]) == (6 * 3600, 0.5)
