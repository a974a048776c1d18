"""A citizen's report is taken once, filed where it is, linked to what is reported already, and refused clearly."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import func, select, text

from app.core.db import Database
from app.core.outbox import Event
from app.core.settings import Settings
from app.exchange.open311.models import ServiceRequest
from app.incident.contact.models import Reporter
from app.incident.history.models import IncidentNote
from app.incident.models import Incident
from tests import make
from tests.exchange.conftest import key_of
from tests.exchange.open311.citizen import Citizen
from tests.hands import Hands

NEAR = (make.A1[0] + 0.0001, make.A1[1])
FAR = (make.A1[0] + 0.003, make.A1[1])


@pytest.fixture
def app(client: httpx.AsyncClient, key: str) -> Citizen:
    return Citizen(client, key)


async def _incidents(db: Database) -> list[Incident]:
    async with db.read() as session:
        return list(await session.scalars(select(Incident).order_by(Incident.number)))


async def test_a_report_becomes_an_incident_of_its_place(app: Citizen, db: Database, town: make.Town) -> None:
    number = await app.report()
    [incident] = await _incidents(db)
    assert (incident.source, incident.description, incident.status) == ("open311", "流动摊贩", "reported")
    assert incident.home_centre_id == town.organisations["A"]
    assert len(number) == 16


async def test_the_contact_goes_to_the_contacts_and_nowhere_else(app: Citizen, db: Database) -> None:
    said: dict[str, Any] = {
        "first_name": "Zorro",
        "last_name": "Vega",
        "phone": "13912345678",
        "email": "z@vega.example",
    }
    await app.report(**said)
    async with db.read() as session:
        kept = await session.scalar(select(Reporter))
        tables = await session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
        for table in set(tables) - {"reporter", "spatial_ref_sys"}:
            looked = f"SELECT count(*) FROM {table} t WHERE t::text ~ 'Zorro|13912345678|z@vega'"  # noqa: S608  # ours
            assert await session.scalar(text(looked)) == 0, f"{table} holds a contact"
    assert kept is not None
    assert (kept.name, kept.phone, kept.email) == ("Vega Zorro", "13912345678", "z@vega.example")


async def test_the_same_words_within_ten_minutes_are_one_report(app: Citizen, db: Database) -> None:
    first, again = await app.post(), await app.post()
    assert (first.status_code, first.content) == (201, again.content)
    other = await app.post(description="别的")
    assert other.json() != first.json()
    assert len(await _incidents(db)) == 2


async def test_the_same_words_later_are_another_report(app: Citizen, db: Database) -> None:
    first = await app.report()
    async with db.write() as session:
        await session.execute(text("UPDATE service_request SET requested_at = now() - interval '11 minutes'"))
    assert await app.report() != first


async def test_another_account_of_the_app_or_another_device_is_another_report(app: Citizen) -> None:
    numbers = [await app.report(account_id=who, device_id=on) for who, on in (("a", "1"), ("b", "1"), ("a", "2"))]
    assert len(set(numbers)) == 3
    assert (await app.post(account_id="a", device_id="1")).json()[0]["account_id"] == "a"


async def test_what_is_reported_already_is_taken_and_merged_into_it(app: Citizen, db: Database) -> None:
    first = await app.report()
    second = await app.report(NEAR, description="同一摊贩")
    assert first != second
    one, two = await _incidents(db)
    assert (two.status, two.master_id) == ("merged", one.id)
    assert (await app.one(second))["status"] == "open"


async def test_what_is_far_away_stands_alone(app: Citizen, db: Database) -> None:
    await app.report()
    await app.report(FAR)
    assert [one.master_id for one in await _incidents(db)] == [None, None]


async def test_an_acceptor_may_undo_the_link(app: Citizen, hands: Hands, db: Database) -> None:
    await app.report()
    await app.report(NEAR, description="同一摊贩")
    merged = (await _incidents(db))[1]
    known = {"id": str(merged.id), "version": merged.version}
    undone = await hands.moved("street1.acceptor", known, "unmerge", reason="不是同一件")
    assert undone["status"] == "reported"


async def test_what_was_handled_already_is_not_linked_to(app: Citizen, db: Database) -> None:
    await app.report()
    async with db.write() as session:
        await session.execute(text("UPDATE incident SET status = 'handled'"))
    await app.report(NEAR, description="又来了")
    assert (await _incidents(db))[1].master_id is None


async def test_answers_links_and_address_stand_in_a_supplement(app: Citizen, db: Database) -> None:
    answers: dict[str, Any] = {"attribute[size]": "l", "attribute[kinds][]": ["s", "l"], "attribute[count]": "3"}
    where: dict[str, Any] = {"address_string": "某路口东", "media_url": "http://169.254.169.254/latest?x=<y>"}
    await app.report(service_code="E0110", **answers, **where)
    async with db.read() as session:
        note = await session.scalar(select(IncidentNote))
        facts = set(await session.scalars(select(Event.topic)))
    assert note is not None
    assert (note.kind, note.role) == ("supplement", "channel")
    assert note.note.splitlines()[:3] == ["多大？ 大", "几处？ 3", "哪些？ 小、大"]
    assert "某路口东" in note.note
    assert "http://169.254.169.254/latest?x=<y>" in note.note
    assert {"incident.report", "incident.supplemented"} <= facts


@pytest.mark.parametrize(
    ("answers", "word"),
    [
        ({}, "attribute[size] is required"),
        ({"attribute[size]": "xl"}, "is not a singlevaluelist"),
        ({"attribute[size]": ["s", "l"]}, "takes one answer"),
        ({"attribute[size]": "s", "attribute[count]": "many"}, "is not a number"),
        ({"attribute[size]": "s", "attribute[count]": "nan"}, "is not a number"),
        ({"attribute[size]": "s", "attribute[since]": "yesterday"}, "is not a datetime"),
        ({"attribute[size]": "s", "attribute[told]": "x"}, "is not asked"),
        ({"attribute[size]": "s", "attribute[other]": "x"}, "is not asked"),
    ],
)
async def test_answers_that_do_not_fit_are_refused(app: Citizen, answers: dict[str, Any], word: str) -> None:
    answer = await app.post(service_code="E0110", **answers)
    assert answer.status_code == 400
    assert word in answer.json()[0]["description"]


@pytest.mark.parametrize(
    ("fields", "status", "word"),
    [
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "E0401"}, 404, "service_code"),
        ({"lat": None, "address_string": "某路"}, 400, "no geocoder"),
        ({"lat": None}, 400, "lat and long"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "32.5", "long": "118.9"}, 400, "outside"),
        ({"jurisdiction_id": "elsewhere"}, 400, "outside"),
        ({"description": "x" * 4001}, 400, "description"),
        ({"description": "a\x00b"}, 400, "description"),
        ({"media_url": "file:///etc/passwd"}, 400, "media_url"),
        ({"phone": "<script>"}, 400, "phone"),
    ],
)
async def test_what_cannot_be_filed_is_refused_with_the_reason(
    app: Citizen, db: Database, fields: dict[str, Any], status: int, word: str
) -> None:
    answer = await app.post(**fields)
    assert answer.status_code == status, answer.text
    assert answer.json()[0]["code"] == status
    assert word in answer.json()[0]["description"]
    assert await _incidents(db) == []


async def test_a_grid_cell_is_an_address(app: Citizen, db: Database, town: make.Town) -> None:
    code = next(code for code in town.cells)
    await app.report(lat=None, long=None, address_id=code)
    assert (await _incidents(db))[0].cell_id == town.cells[code]


async def test_without_a_good_key_nothing_is_taken(app: Citizen, hands: Hands) -> None:
    for key in (None, "lq_nonsense", app.key and app.key[:-1] + "x"):
        answer = await Citizen(app.client, key).post()
        assert (answer.status_code, answer.json()[0]["code"]) == (403, 403)
    looker = await key_of(hands, "street1.dispatcher", "incidents:read")
    assert (await Citizen(app.client, looker).post()).status_code == 403
    in_header = await app.client.post(
        "/open311/v2/requests.xml", headers={"X-API-Key": app.key or ""}, data={"service_code": "E0406"}
    )
    assert in_header.status_code == 400, "the key is good, the rest is missing"


async def test_a_channel_may_bring_so_much_and_then_waits(
    app: Citizen, api: FastAPI, settings: Settings, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: setattr(api.state, "settings", settings))
    api.state.settings = settings.model_copy(update={"open311_quota": 2})
    assert [(await app.post(description=str(n))).status_code for n in range(3)] == [201, 201, 429]
    assert (await app.post(description="0")).status_code == 201, "a repeat is answered all the same"


async def test_a_form_with_parts_is_read_and_files_are_not(app: Citizen, db: Database) -> None:
    said = {"service_code": "E0406", "lat": "32.005", "long": "118.605", "api_key": app.key or ""}
    parts = [(name, (None, value)) for name, value in said.items()]
    assert (await app.client.post("/open311/v2/requests.json", files=parts)).status_code == 201
    picture = ("media", ("a.jpg", b"\xff\xd8", "image/jpeg"))
    assert (await app.client.post("/open311/v2/requests.json", files=[*parts, picture])).status_code == 400
    assert len(await _incidents(db)) == 1


async def test_a_huge_form_is_refused(app: Citizen) -> None:
    answer = await app.client.post("/open311/v2/requests.json", content=b"description=" + b"x" * 300_000)
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)


async def test_a_token_becomes_a_number_once_the_centre_has_decided(app: Citizen, hands: Hands, db: Database) -> None:
    [made] = (await app.post(service_code="E0497")).json()
    assert made["service_request_id"] is None
    path = f"tokens/{made['token']}.json"
    assert (await app.get(path)).json() == [{"service_request_id": None, "token": made["token"]}]
    [incident] = await _incidents(db)
    await hands.moved("street1.acceptor", {"id": str(incident.id), "version": incident.version}, "accept")
    [found] = (await app.get(path)).json()
    assert (await app.one(found["service_request_id"]))["status"] == "open"
    assert (await app.get("tokens/nonsense.xml")).status_code == 404
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(ServiceRequest)) == 1
