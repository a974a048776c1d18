"""Editions of categories: taken in whole, published, looked up in two languages."""

from typing import Any

import pytest
from sqlalchemy import literal, select

from app.catalogue import queries
from app.catalogue.workflow import Limit, Step, Unit, limit_for
from tests.agency.town import Caller, Town, named

LIMITS = {"handle": {"amount": 2, "unit": "work_day"}, "total": {"amount": 4, "unit": "work_day"}}


def standard(**facts: Any) -> dict[str, Any]:
    texts = {f"{kind}_condition{end}": f"{kind}{end}" for kind in ("filing", "closing") for end in ("", "_en")}
    return {"code": "S1", **texts, "limits": LIMITS, "is_default": True, **facts}


def category(**facts: Any) -> dict[str, Any]:
    given = {"code": "C01", "domain": "livelihood", "main_class": "C", "standards": [standard()], **facts}
    return named(**given)


def scheme(**facts: Any) -> dict[str, Any]:
    given = {
        "area": "alpha",
        "code": "city",
        "edition": "1",
        "title": "目录",
        "title_en": "Catalogue",
        "source": "made",
    }
    return {**given, "categories": [category(), category(code="C02", domain="road_traffic")], **facts}


@pytest.fixture
async def admin(town: Town) -> Caller:
    return await town.caller("administrator", "A")


async def publish(admin: Caller, **facts: Any) -> dict[str, Any]:
    draft = await admin.post("/v1/category-schemes", scheme(**facts))
    assert draft.status_code == 201, draft.text
    answer = await admin.post(f"/v1/category-schemes/{draft.json()['id']}/publish", **{"If-Match": '"1"'})
    assert answer.status_code == 200, answer.text
    published: dict[str, Any] = answer.json()
    return published


async def test_a_draft_is_not_in_force(town: Town, admin: Caller) -> None:
    draft = (await admin.post("/v1/category-schemes", scheme())).json()
    assert (draft["is_current"], draft["published_at"], draft["categories"]) == (False, None, 2)
    assert (await admin.get("/v1/categories"))["items"] == []
    assert len((await admin.get("/v1/categories?edition=1"))["items"]) == 2


async def test_a_published_edition_takes_the_place_of_the_one_before_which_stays(town: Town, admin: Caller) -> None:
    await publish(admin)
    second = await publish(admin, edition="2", categories=[category(code="C03")])
    editions = {s["edition"]: s["is_current"] for s in (await admin.get("/v1/category-schemes"))["items"]}
    assert (editions, second["version"]) == ({"1": False, "2": True}, 2)
    assert [c["code"] for c in (await admin.get("/v1/categories"))["items"]] == ["C03"]
    assert [c["code"] for c in (await admin.get("/v1/categories?edition=1"))["items"]] == ["C01", "C02"]


async def test_a_published_edition_is_not_changed(town: Town, admin: Caller) -> None:
    path = f"/v1/category-schemes/{(await publish(admin))['id']}"
    again = await admin.post(f"{path}/publish", **{"If-Match": "*"})
    assert (again.status_code, again.json()["type"]) == (409, "/problems/published-already")
    assert (await admin.change("DELETE", path)).status_code == 409


async def test_a_draft_can_be_thrown_away_and_sent_again(town: Town, admin: Caller) -> None:
    draft = (await admin.post("/v1/category-schemes", scheme())).json()
    assert (await admin.post("/v1/category-schemes", scheme())).status_code == 409
    assert (await admin.change("DELETE", f"/v1/category-schemes/{draft['id']}", version=1)).status_code == 204
    assert (await admin.post("/v1/category-schemes", scheme())).status_code == 201


@pytest.mark.parametrize(
    ("asked", "label"),
    [
        ("", "C01号"), ("en", "Number C01"), ("en-GB, zh;q=0.9", "Number C01"), ("zh, en;q=0.9", "C01号"),
        ("en;q=0.5, zh-CN;q=0.8", "C01号"), ("fr", "C01号"), ("en;q=0", "C01号"), ("*;q=x,,;=en", "C01号"),
    ],
)  # fmt: skip
async def test_the_label_is_in_the_language_asked_for(town: Town, admin: Caller, asked: str, label: str) -> None:
    await publish(admin)
    shown = await admin.get("/v1/categories/C01", **{"Accept-Language": asked})
    assert (shown["label"], shown["name"], shown["name_en"]) == (label, "C01号", "Number C01")


async def test_a_category_is_shown_with_rules_and_standards(town: Town, admin: Caller) -> None:
    rules = {"response_mix": {"police": 2}, "lead_department": "water", "emergency": True}
    rows = [standard(code="S0", is_default=False), standard()]
    await publish(admin, categories=[category(rules=rules, standards=rows)])
    shown = await (await town.caller("grid_worker", "A1")).get("/v1/categories/C01")
    assert rules.items() <= shown["rules"].items()
    assert shown["rules"]["duplicate_radius_m"] == 50
    assert [s["code"] for s in shown["standards"]] == ["S1", "S0"]
    assert shown["standards"][0]["limits"]["handle"] == {**LIMITS["handle"], "overrides": []}


@pytest.mark.parametrize(
    ("query", "codes"),
    [("q=C02", ["C02"]), ("q=number", ["C01", "C02"]), ("q=%25", []), ("domain=road_traffic", ["C02"]),
     ("q=%E5%8F%B7", ["C01", "C02"]), ("scheme=city", ["C01", "C02"]), ("area=beta", []), ("category=C01", ["C01"])],
)  # fmt: skip
async def test_categories_are_found_by(town: Town, admin: Caller, query: str, codes: list[str]) -> None:
    await publish(admin)
    assert [c["code"] for c in (await admin.get(f"/v1/categories?{query}"))["items"]] == codes


async def test_standards_are_listed_by_category(town: Town, admin: Caller) -> None:
    await publish(admin)
    assert [s["category"] for s in (await admin.get("/v1/standards"))["items"]] == ["C01", "C02"]
    assert [s["category"] for s in (await admin.get("/v1/standards?category=C02"))["items"]] == ["C02"]


async def test_a_catalogue_is_seen_in_its_jurisdiction_only(town: Town, admin: Caller) -> None:
    draft = await publish(admin)
    other = await town.caller("administrator", "B")
    for path in ("/v1/categories", "/v1/standards", "/v1/category-schemes", "/v1/categories?edition=1"):
        assert (await other.get(path))["items"] == []
    assert (await other.look("/v1/categories/C01")).status_code == 404
    hidden = await other.post(f"/v1/category-schemes/{draft['id']}/publish", **{"If-Match": "*"})
    assert hidden.status_code == 404
    desk = await town.caller("department_desk", "water")
    assert len((await desk.get("/v1/categories"))["items"]) == 2


@pytest.mark.parametrize(("role", "place"), [("administrator", "A1"), ("administrator", "B"), ("dispatcher", "A")])
async def test_only_who_administers_the_jurisdiction_imports(town: Town, role: str, place: str) -> None:
    caller = await town.caller(role, place)
    assert (await caller.post("/v1/category-schemes", scheme())).status_code == 403


async def test_rules_that_name_no_department_are_not_published(town: Town, admin: Caller) -> None:
    rules = {"lead_department": "beta.water", "response_mix": {"police": 1}}
    draft = (await admin.post("/v1/category-schemes", scheme(categories=[category(rules=rules)]))).json()
    refused = await admin.post(f"/v1/category-schemes/{draft['id']}/publish", **{"If-Match": '"1"'})
    assert (refused.status_code, refused.json()["departments"]) == (422, ["beta.water"])


SHORT = {"handle": {"amount": 25, "unit": "urgent_hour"}, "total": {"amount": 1, "unit": "natural_day"}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"standards": []}, {"standards": [standard(is_default=False)]},
        {"standards": [standard(), standard(code="S2")]},
        {"standards": [standard(), standard(is_default=False)]}, {"standards": [standard(limits={})]},
        {"standards": [standard(limits={**LIMITS, "total": {"amount": 1, "unit": "work_day"}})]},
        {"standards": [standard(limits=SHORT)]}, {"rules": {"unknown": 1}}, {"rules": {"response_mix": {"police": 0}}},
        {"standards": [standard(limits={**LIMITS, "check": {"amount": -1, "unit": "minute"}})]},
        {"standards": [standard(limits={**LIMITS, "check": {**LIMITS["handle"], "overrides": [LIMITS["handle"]]}})]},
        {"domain": "space"}, {"default_priority": 0}, {"name": "\0"}, {"code": "'; --"},
    ],
)  # fmt: skip
async def test_a_category_that_makes_no_sense_is_refused(town: Town, admin: Caller, wrong: dict[str, Any]) -> None:
    answer = await admin.post("/v1/category-schemes", scheme(categories=[category(**wrong)]))
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-request")


@pytest.mark.parametrize("wrong", [{"area": "alpha.1"}, {"area": "nowhere"}, {"categories": [category(), category()]}])
async def test_an_edition_that_makes_no_sense_is_refused(town: Town, admin: Caller, wrong: dict[str, Any]) -> None:
    assert (await admin.post("/v1/category-schemes", scheme(**wrong))).status_code == 422


async def test_other_capabilities_find_category_and_standard_in_one_statement(town: Town, admin: Caller) -> None:
    await publish(admin)
    async with town.db.read() as session:
        root = queries.root_of(literal(town.areas["alpha.1.a"]))
        category = await session.scalar(queries.category_in_force("C02", root))
        assert category is not None
        found: Any = await session.scalar(select(queries.standard_json(queries.default_standard(category.id))))
    assert (found["code"], found["limits"]) == ("S1", LIMITS)


def test_a_limit_may_differ_by_priority_and_level() -> None:
    other = [{"amount": 3, "unit": "minute", "level": 2}, {"amount": 2, "unit": "minute", "priority": 1}]
    both = {"amount": 1, "unit": "minute", "priority": 1, "level": 2}
    limits = {"arrive": {"amount": 9, "unit": "minute", "overrides": [*other, both]}}
    amounts = {(p, level): limit_for(limits, Step.ARRIVE, p, level) for p in (1, 3) for level in (1, 2)}
    assert {key: limit and limit.amount for key, limit in amounts.items()} == {
        (1, 1): 2,
        (1, 2): 1,
        (3, 1): 9,
        (3, 2): 3,
    }
    assert limit_for(limits, Step.CHECK, 1, 1) is None
    assert Limit(amount=10, unit=Unit.MINUTE).part(0.8) == Limit(amount=8, unit=Unit.MINUTE)
