"""What may be reported is what the catalogue in force offers, in both formats and both languages."""

import httpx
import pytest

from app.core.db import Database
from tests import make
from tests.exchange.conftest import offer
from tests.exchange.open311.citizen import Citizen

pytestmark = pytest.mark.usefixtures("offered")


@pytest.fixture
def citizen(client: httpx.AsyncClient) -> Citizen:
    return Citizen(client)


async def test_services_are_the_categories_that_are_offered_to_the_public(citizen: Citizen) -> None:
    services = (await citizen.get("services.json")).json()
    assert [(one["service_code"], one["metadata"], one["type"]) for one in services] == [
        ("E0110", True, "realtime"),
        ("E0406", False, "realtime"),
        ("E0497", False, "batch"),
    ]
    assert services[0]["description"] == "关于E0110"


async def test_xml_says_the_same_with_the_names_of_the_standard(citizen: Citizen) -> None:
    root = await citizen.xml("services.xml")
    assert (root.tag, [one.tag for one in root]) == ("services", ["service"] * 3)
    assert [one.findtext("metadata") for one in root] == ["true", "false", "false"]


async def test_labels_are_in_the_language_that_is_asked_for(citizen: Citizen) -> None:
    answer = await citizen.client.get("/open311/v2/services.json", headers={"Accept-Language": "en"})
    assert answer.json()[0]["description"] == "about E0110"


async def test_a_definition_lists_the_questions_in_order(citizen: Citizen) -> None:
    said = (await citizen.get("services/E0110.json")).json()
    assert said["service_code"] == "E0110"
    assert [(one["order"], one["code"], one["datatype"], one["variable"]) for one in said["attributes"]] == [
        (1, "size", "singlevaluelist", True),
        (2, "since", "datetime", True),
        (3, "count", "number", True),
        (4, "kinds", "multivaluelist", True),
        (5, "told", "text", False),
    ]
    root = await citizen.xml("services/E0110.xml")
    assert [value.findtext("key") for value in root.iterfind("attributes/attribute[1]/values/value")] == ["s", "l"]


async def test_what_is_not_offered_is_not_there_in_the_form_of_the_standard(citizen: Citizen) -> None:
    answer = await citizen.get("services/E0401.json")
    said = {"code": 404, "description": "The service_code provided was not found."}
    assert (answer.status_code, answer.json()) == (404, [said])
    root = await citizen.xml("services/E0401.xml")
    assert (root.tag, root.findtext("error/code")) == ("errors", "404")


async def test_a_jurisdiction_is_asked_for_only_where_there_are_several(citizen: Citizen, db: Database) -> None:
    async with db.write() as session:
        other = await make.town(session, "X-")
    assert (await citizen.get("services.json")).status_code == 200
    await offer(db, other)
    answer = await citizen.get("services.json")
    assert (answer.status_code, answer.json()[0]["code"]) == (400, 400)
    assert len((await citizen.get("services.json", jurisdiction_id="X-D")).json()) == 3
    assert (await citizen.get("services.json", jurisdiction_id="Y")).status_code == 404


async def test_discovery_says_where_the_service_is(citizen: Citizen) -> None:
    [endpoint] = (await citizen.get("discovery.json")).json()["endpoints"]
    assert endpoint["url"] == "http://test/open311/v2"
    root = await citizen.xml("discovery.xml")
    assert [one.text for one in root.iterfind("endpoints/endpoint/formats/format")] == ["text/xml", "application/json"]


@pytest.mark.parametrize("path", ["services.yaml", "services/E0110.csv", "nothing.json", "requests/x.html"])
async def test_another_format_or_path_is_refused_in_the_form_of_the_standard(citizen: Citizen, path: str) -> None:
    answer = await citizen.get(path)
    assert answer.status_code in (400, 404)
    assert answer.json()[0]["code"] == answer.status_code
