"""Who is competent: the nearest area first, then the longest part of the category's code."""

from typing import Any

import pytest

from app.agency.competence import service
from app.identity.queries import organisation_by_code
from tests.agency.town import Caller, Town

RULES = [
    {"category_prefix": "", "area": "alpha", "department": "police", "part": "assist"},
    {"category_prefix": "C01", "area": "alpha", "department": "police", "part": "lead"},
    {"category_prefix": "C0101", "area": "alpha", "department": "water", "part": "lead"},
    {"category_prefix": "C01", "area": "alpha.1", "department": "watch1", "part": "lead"},
    {"category_prefix": "C0101", "area": "alpha.1", "department": "watch1", "part": "assist"},
]


@pytest.fixture
async def admin(town: Town) -> Caller:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/competences", RULES)).status_code == 201
    return admin


async def asked(town: Town, category: str, area: str) -> tuple[str | None, list[str]]:
    async with town.db.read() as session:
        codes = {}
        for code in ("water", "police", "watch1"):
            place = await organisation_by_code(session, code)
            assert place is not None
            codes[place.id] = code
        found = await service.competent(session, category, town.areas[area])
    return codes[found.lead] if found.lead else None, [codes[id] for id in found.assists]


@pytest.mark.parametrize(
    ("category", "area", "lead", "assists"),
    [
        ("C0101", "alpha.2.a", "water", ["police"]),
        ("C0102", "alpha.2.a", "police", []),
        ("C0101", "alpha.1.a", "watch1", ["police"]),
        ("E9", "alpha", None, ["police"]),
        ("C0101", "beta.1", None, []),
    ],
)
async def test_the_most_specific_rule_names_the_lead_and_all_rules_the_assists(
    town: Town, admin: Caller, category: str, area: str, lead: str | None, assists: list[str]
) -> None:
    assert await asked(town, category, area) == (lead, assists)


async def test_the_answer_says_which_rules_cover_and_which_decide(town: Town, admin: Caller) -> None:
    found = (await admin.get("/v1/competences?category=C0101&area=alpha.1.a"))["items"]
    rules = [(r["department"], r["part"], *r["why"].values()) for r in found]
    assert rules == [
        ("watch1", "assist", 1, 5, True),
        ("watch1", "lead", 1, 3, True),
        ("water", "lead", 2, 5, False),
        ("police", "lead", 2, 3, False),
        ("police", "assist", 2, 0, True),
    ]


async def test_two_departments_cannot_lead_by_the_same_rule(town: Town, admin: Caller) -> None:
    rule = {**RULES[1], "department": "water"}
    assert (await admin.post("/v1/competences", rule)).status_code == 409


async def test_a_list_is_taken_whole_or_not_at_all(town: Town, admin: Caller) -> None:
    good = {"category_prefix": "E1", "area": "alpha", "department": "water", "part": "lead"}
    answer = await admin.post("/v1/competences", [good, {**good, "area": "beta", "part": "assist"}])
    assert answer.status_code == 422
    assert await asked(town, "E1", "alpha") == (None, ["police"])


async def test_a_competence_is_taken_away_by_its_version(town: Town, admin: Caller) -> None:
    rule = next(r for r in (await admin.get("/v1/competences"))["items"] if r["category_prefix"] == "C0101")
    path = f"/v1/competences/{rule['id']}"
    assert (await admin.change("DELETE", path, version=3)).status_code == 412
    assert (await admin.change("DELETE", path, version=1)).status_code == 204
    assert (await admin.change("DELETE", path, version=1)).status_code == 404
    assert await asked(town, "C0101", "alpha.2") == ("police", [])


async def test_another_jurisdictions_rules_are_not_there(town: Town, admin: Caller) -> None:
    other = await town.caller("administrator", "B")
    assert (await other.get("/v1/competences"))["items"] == []
    assert (await other.get("/v1/competences?category=C0101&area=alpha.1"))["items"] == []


@pytest.mark.parametrize(
    "query", ["category=C0101", "area=alpha", "category=C01&area=nowhere", "category=%00&area=alpha"]
)
async def test_half_a_question_is_refused(town: Town, admin: Caller, query: str) -> None:
    assert (await admin.look(f"/v1/competences?{query}")).status_code == 422


@pytest.mark.parametrize("wrong", [[], {}, [{"category_prefix": "%", "area": "alpha"}], None, "C01"])
async def test_something_else_than_rules_is_refused(town: Town, admin: Caller, wrong: Any) -> None:
    assert (await admin.post("/v1/competences", wrong)).status_code == 422
