"""Work calendars: taken in, changed, and the one a centre works by."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import literal, select

from app.catalogue.calendar import service
from app.catalogue.calendar.schemas import CalendarIn
from app.catalogue.queries import calendar_json, calendar_of_centre
from app.core.db import Hot
from tests.agency.town import SYSTEM, Caller, Town, named

HOURS = [["08:00", "12:00"], ["14:00", "18:00"]]
HOLIDAY = {"on": "2026-10-01", "periods": [], "name": "国庆节", "name_en": "National Day"}
MAKE_UP = {"on": "2026-10-10", "periods": HOURS, "name": "调休", "name_en": "Make-up day"}
NEXT = {**HOLIDAY, "on": "2027-10-01"}


def calendar(**facts: Any) -> dict[str, Any]:
    weekly = {str(day): HOURS for day in range(1, 6)}
    given = {"code": "cn", "area": "alpha", "time_zone": "Asia/Shanghai", "weekly": weekly, "days": [HOLIDAY, MAKE_UP]}
    return named(**{**given, **facts})


@pytest.fixture
async def admin(town: Town) -> Caller:
    admin = await town.caller("administrator", "A")
    assert (await admin.post("/v1/calendars", calendar())).status_code == 201
    return admin


async def test_a_calendar_is_shown_with_the_days_of_a_year(town: Town, admin: Caller) -> None:
    shown = await (await town.caller("patrol_member", "A1")).get("/v1/calendars/cn?year=2026")
    assert (shown["area"], shown["days"]) == ("alpha", [HOLIDAY, MAKE_UP])
    assert (await admin.get("/v1/calendars/cn?year=2027"))["days"] == []
    assert [c["code"] for c in (await admin.get("/v1/calendars"))["items"]] == ["cn"]


async def test_days_of_one_year_are_replaced_and_raise_the_version(town: Town, admin: Caller) -> None:
    added = await admin.change("PUT", "/v1/calendars/cn/days", {"year": 2027, "days": [NEXT]}, 1)
    assert (added.status_code, added.headers["ETag"]) == (200, '"2"')
    changed = await admin.change("PUT", "/v1/calendars/cn/days", {"year": 2026, "days": [HOLIDAY]}, 2)
    assert changed.json()["days"] == [HOLIDAY, NEXT]
    all_of_them = await admin.change("PUT", "/v1/calendars/cn/days", {"days": []}, 3)
    assert (all_of_them.json()["days"], all_of_them.json()["version"]) == ([], 4)
    assert (await admin.change("PUT", "/v1/calendars/cn/days", {"days": []}, 3)).status_code == 412


async def test_the_week_changes(town: Town, admin: Caller) -> None:
    changed = await admin.change("PATCH", "/v1/calendars/cn", {"weekly": {"6": [["00:00", "24:00"]]}}, 1)
    assert changed.json()["weekly"] == {"6": [["00:00", "24:00"]]}
    assert (changed.json()["time_zone"], changed.json()["version"]) == ("Asia/Shanghai", 2)


@pytest.mark.parametrize(
    "wrong",
    [
        {"weekly": {}}, {"weekly": {"8": HOURS}},
        {"weekly": {"1": [["12:00", "08:00"]]}}, {"weekly": {"1": [["8", "9"]]}},
        {"weekly": {"1": [*HOURS, ["17:00", "19:00"]]}}, {"time_zone": "Asia/Pukou"}, {"time_zone": "/etc/passwd"},
        {"days": [HOLIDAY, HOLIDAY]}, {"days": [{**HOLIDAY, "on": "1999-01-01"}]}, {"area": "alpha.1"}, {"area": "x"},
    ],
)  # fmt: skip
async def test_a_calendar_that_makes_no_sense_is_refused(town: Town, admin: Caller, wrong: dict[str, Any]) -> None:
    assert (await admin.post("/v1/calendars", calendar(code="other", **wrong))).status_code == 422


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "", {"time_zone": "Nowhere/At_All"}), ("PATCH", "", {"weekly": {"1": []}}),
        ("PUT", "/days", {"year": 2027, "days": [HOLIDAY]}), ("PUT", "/days", {}),
    ],
)  # fmt: skip
async def test_a_change_that_makes_no_sense_is_refused(
    town: Town, admin: Caller, method: str, path: str, body: dict[str, Any]
) -> None:
    assert (await admin.change(method, f"/v1/calendars/cn{path}", body, 1)).status_code == 422
    assert (await admin.get("/v1/calendars/cn"))["version"] == 1


async def test_a_calendar_of_another_jurisdiction_is_not_there(town: Town, admin: Caller) -> None:
    other = await town.caller("administrator", "B")
    assert (await other.look("/v1/calendars/cn")).status_code == 404
    assert (await other.get("/v1/calendars"))["items"] == []
    assert (await other.change("PATCH", "/v1/calendars/cn", {"name": "x"})).status_code == 404
    assert (await other.change("PATCH", "/v1/centres/B", {"calendar": "cn"})).status_code == 422


async def test_a_calendar_for_all_is_the_systems_to_change(town: Town, admin: Caller) -> None:
    async with town.db.write() as session:
        await service.import_calendar(session, SYSTEM, CalendarIn.model_validate(calendar(code="all", area=None)))
    assert (await admin.get("/v1/calendars/all"))["area"] is None
    assert (await admin.change("PATCH", "/v1/calendars/all", {"name": "我的"})).status_code == 403
    assert (await admin.post("/v1/calendars", calendar(code="mine", area=None))).status_code == 403


async def zone_of(town: Town, centre: str) -> str:
    caller = await town.caller("leader", centre)
    id = UUID((await caller.get(f"/v1/centres/{centre}"))["id"])
    async with town.db.read() as session:
        return (await service.calendar_of_centre(session, id)).zone.key


async def test_a_centre_works_by_its_calendar_else_by_the_one_above(town: Town, admin: Caller) -> None:
    await admin.post("/v1/calendars", calendar(code="utc", time_zone="UTC"))
    assert await zone_of(town, "A1") == "Asia/Shanghai"
    await admin.change("PATCH", "/v1/centres/A", {"calendar": "utc"})
    assert await zone_of(town, "A1") == "UTC"
    await admin.change("PATCH", "/v1/centres/A1", {"calendar": "cn"})
    assert [await zone_of(town, "A1"), await zone_of(town, "A2")] == ["Asia/Shanghai", "UTC"]


async def test_a_hot_statement_carries_the_calendar_and_a_new_version_is_noticed(town: Town, admin: Caller) -> None:
    await admin.change("PATCH", "/v1/centres/A", {"calendar": "cn"})
    id = UUID((await admin.get("/v1/centres/A1"))["id"])
    hot = Hot(lambda: select(calendar_json(calendar_of_centre(literal(id))).label("calendar")))
    seen, row = [], None
    for version in (1, 2):
        async with town.db.read_lane() as lane:
            row = await hot.row(lane)
        assert row is not None
        seen.append(service.calendar_of(row["calendar"]))
        await admin.change("PUT", "/v1/calendars/cn/days", {"days": []}, version)
    assert [len(calendar.days) for calendar in seen] == [2, 0]
    assert row is not None
    assert service.calendar_of(row["calendar"]) is seen[1]
