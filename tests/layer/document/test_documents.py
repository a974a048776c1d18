"""What layers say about themselves is true, whole, and what the standards ask for."""

from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from app.layer.document.openapi import PARAMETERS, document
from app.layer.queries import SOURCES
from app.layer.workflow import COLLECTIONS
from tests import make
from tests.hands import Hands
from tests.layer.reading import features

WHO = "district.dispatcher"


def test_every_collection_has_a_source_with_just_its_properties() -> None:
    assert list(SOURCES) == list(COLLECTIONS)
    for name, source in SOURCES.items():
        columns = set(source().subquery().c.keys())
        assert columns == {"id", "geometry", *(one.name for one in COLLECTIONS[name].properties)}


def test_the_document_is_valid_openapi_and_names_every_parameter() -> None:
    made = document("http://example.org/ogc")
    validate(made)
    for one in COLLECTIONS.values():
        named = [
            part["name"]
            for part in made["paths"][f"/collections/{one.id}/items"]["get"]["parameters"]
            if "name" in part
        ]
        assert named == [known.name for known in one.properties]
        assert not set(named) & set(PARAMETERS)


@pytest.mark.parametrize("collection", list(COLLECTIONS))
async def test_features_are_as_the_queryables_describe_them(hands: Hands, collection: str) -> None:
    await hands.report(at=make.A1)
    schema = (await hands.get(WHO, f"/ogc/collections/{collection}/queryables")).json()
    nullable: dict[str, Any] = {
        name: {"anyOf": [one, {"type": "null"}]} for name, one in schema["properties"].items() if name != "geometry"
    }
    for feature in await features(hands, WHO, collection):
        jsonschema.validate(
            feature["properties"], {"type": "object", "properties": nullable, "additionalProperties": False}
        )
        assert feature["geometry"]["type"].lower() == COLLECTIONS[collection].shape


async def test_links_lead_somewhere(hands: Hands) -> None:
    root = (await hands.client.get("/ogc/")).json()
    listed = (await hands.get(WHO, "/ogc/collections")).json()
    links = [*root["links"], *listed["links"], *(link for one in listed["collections"] for link in one["links"])]
    for link in links:
        answer = await hands.client.get(link["href"], headers=hands.headers(WHO))
        assert answer.status_code in (200, 307), link
        assert answer.headers["content-type"].split(";")[0] == link["type"].split(";")[0], link


async def test_a_collection_says_the_same_alone_and_listed(hands: Hands) -> None:
    for one in (await hands.get(WHO, "/ogc/collections")).json()["collections"]:
        assert (await hands.get(WHO, f"/ogc/collections/{one['id']}")).json() == one


async def test_features_lie_in_the_extent(hands: Hands) -> None:
    await hands.report(at=make.A1)
    one = (await hands.get(WHO, "/ogc/collections/incidents")).json()
    west, south, east, north = one["extent"]["spatial"]["bbox"][0]
    lon, lat = (await features(hands, WHO, "incidents"))[0]["geometry"]["coordinates"]
    assert west <= lon <= east
    assert south <= lat <= north
