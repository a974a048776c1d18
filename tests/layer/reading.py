"""Layers as a GIS client reads them."""

from collections.abc import AsyncIterator
from datetime import datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from shapely.geometry import shape

from app.layer.filter.workflow import Kind
from app.layer.workflow import Collection
from tests.hands import Hands


async def items(hands: Hands, who: str, collection: str, **asked: Any) -> httpx.Response:
    """A page of a collection, `bbox_crs=` for `bbox-crs`."""
    given = {name.replace("_", "-") if name.endswith(("_crs", "_lang")) else name: asked[name] for name in asked}
    return await hands.get(who, f"/ogc/collections/{collection}/items", **given)


async def features(hands: Hands, who: str, collection: str, **asked: Any) -> list[dict[str, Any]]:
    """The features of a page that must be there."""
    answer = await items(hands, who, collection, **asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["features"]
    return found


async def pages(hands: Hands, who: str, collection: str, **asked: Any) -> AsyncIterator[list[dict[str, Any]]]:
    """Page after page, by the `next` links alone."""
    answer = await items(hands, who, collection, **asked)
    while True:
        assert answer.status_code == 200, answer.text
        yield answer.json()["features"]
        following = [link["href"] for link in answer.json()["links"] if link["rel"] == "next"]
        if not following:
            return
        address = urlsplit(following[0])
        answer = await hands.get(who, address.path, **dict(parse_qsl(address.query)))


def codes(found: list[dict[str, Any]], name: str = "code") -> list[Any]:
    """A property of each feature."""
    return [one["properties"][name] for one in found]


def row_of(collection: Collection, feature: dict[str, Any]) -> SimpleNamespace:
    """A feature as a filter sees it: its properties by their kinds, and its geometry."""
    row = {known.name: feature["properties"][known.name] for known in collection.properties}
    for known in collection.properties:
        if known.kind is Kind.INSTANT and row[known.name] is not None:
            row[known.name] = datetime.fromisoformat(row[known.name])
    return SimpleNamespace(**row, geometry=shape(feature["geometry"]))
