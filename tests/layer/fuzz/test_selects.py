"""A filter sent by HTTP selects just the features of which it is true in Python, in items and in tiles."""

import json
from operator import attrgetter
from typing import Any

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.layer.filter.tree import Tree
from app.layer.filter.workflow import Language
from app.layer.tile.workflow import WHOLE_ZOOM
from app.layer.workflow import COLLECTIONS
from tests.layer.filter.reference import says
from tests.layer.filter.trees import as_json, as_text
from tests.layer.fuzz.conftest import TIMES, Client, always
from tests.layer.fuzz.filters import ALWAYS_NEW, filters
from tests.layer.fuzz.population import COLUMNS, ROWS, place
from tests.layer.tile import mvt
from tests.layer.tile.conftest import at

Query = list[tuple[str, str]]

languages = st.sampled_from(Language)


def examples(many: int) -> settings:
    """So many, times what a long run wants."""
    return settings(max_examples=many * TIMES, deadline=None)


def asked(tree: Tree, language: Language) -> Query:
    """The parameters that carry a filter."""
    written = json.dumps(as_json(tree)) if language is Language.JSON else as_text(tree)
    return [("filter", written), ("filter-lang", language)]


def true_of(client: Client, collection: str, tree: Tree) -> set[str]:
    """The features of which a filter is true."""
    return {id_ for id_, row in client.rows[collection].items() if says(tree, row) is True}


@pytest.mark.parametrize("collection", COLLECTIONS)
@given(data=st.data())
@examples(16)
def test_items_are_those_of_which_the_filter_is_true(client: Client, collection: str, data: st.DataObject) -> None:
    tree = data.draw(st.one_of(filters(client, collection)))
    query = [*asked(tree, data.draw(languages)), ("limit", "1000"), *always(collection)]
    answer = client.get(f"{collection}/items", query)
    assert answer.status == 200, (answer.body, query)
    found = answer.json()
    assert {one["id"] for one in found["features"]} == true_of(client, collection, tree), as_text(tree)
    assert found["numberMatched"] == len(found["features"])


boxes = st.tuples(st.integers(-1, COLUMNS), st.integers(-1, ROWS), st.integers(0, 6), st.integers(0, 3)).map(
    lambda corner: (*place(corner[0], corner[1]), *place(corner[0] + corner[2], corner[1] + corner[3]))
)


@pytest.mark.parametrize("collection", COLLECTIONS)
@given(data=st.data())
@examples(4)
def test_pages_of_a_filter_are_its_features_in_order_within_the_box(
    client: Client, collection: str, data: st.DataObject
) -> None:
    tree, box = data.draw(filters(client, collection).condition), data.draw(boxes)
    names = [one.name for one in COLLECTIONS[collection].properties if one.name not in ALWAYS_NEW]
    order = data.draw(st.lists(st.tuples(st.sampled_from(names), st.booleans()), max_size=2))
    query = [*asked(tree, data.draw(languages)), *always(collection), ("bbox", ",".join(map(repr, box)))]
    query += [("limit", "3"), ("sortby", ",".join("-" * down + name for name, down in order))]
    rows = client.rows[collection]
    within = shapely.box(*box) if box[0] < box[2] and box[1] < box[3] else shapely.LineString([box[:2], box[2:]])
    expected = [id_ for id_ in true_of(client, collection, tree) if rows[id_].geometry.intersects(within)]
    usual = COLLECTIONS[collection].sorted_by
    order = order or ([(usual.lstrip("-"), usual.startswith("-"))] if usual else [])
    assert pages(client, collection, query) == ordered(rows, expected, order), (query, order)


def pages(client: Client, collection: str, query: Query) -> list[str]:
    """Page after page by the cursors of the `next` links."""
    found: list[str] = []
    cursor: Query = []
    while True:
        answer = client.get(f"{collection}/items", [*query, *cursor])
        assert answer.status == 200, (answer.body, query)
        page = answer.json()
        found += [one["id"] for one in page["features"]]
        links = [link["href"] for link in page["links"] if link["rel"] == "next"]
        if not links:
            return found
        cursor = [("cursor", links[0].partition("cursor=")[2].partition("&")[0].replace("%3D", "="))]


def ordered(rows: dict[str, Any], ids: list[str], order: list[tuple[str, bool]]) -> list[str]:
    """By the properties, what has none of them last either way, then by id."""
    found = sorted(ids)
    for name, down in reversed(order):
        value = attrgetter(name)
        known = [id_ for id_ in found if value(rows[id_]) is not None]
        unknown = [id_ for id_ in found if value(rows[id_]) is None]
        found = sorted(known, key=lambda id_: value(rows[id_]), reverse=down) + unknown
    return found


@pytest.mark.parametrize("collection", COLLECTIONS)
@given(data=st.data())
@examples(6)
def test_a_tile_holds_of_its_features_those_of_which_the_filter_is_true(
    client: Client, collection: str, data: st.DataObject
) -> None:
    tree = data.draw(filters(client, collection).condition)
    zoom = data.draw(st.sampled_from([11, 13, 14, 15] if collection != "incidents" else [14, 15]))
    x, y = data.draw(st.tuples(st.integers(0, COLUMNS), st.integers(0, ROWS)))
    query = [*asked(tree, data.draw(languages)), *always(collection)]
    where = at(*place(x + 0.3, y + 0.3), zoom)
    path = f"{collection}/tiles/WebMercatorQuad/{zoom}/{where.y}/{where.x}"
    whole, narrowed = (cut(client, path, params) for params in (always(collection), query))
    truth = true_of(client, collection, tree)
    assert [one.properties["id"] for one in narrowed] == [
        one.properties["id"] for one in whole if one.properties["id"] in truth
    ], as_text(tree)


@given(data=st.data())
@examples(6)
def test_a_wide_tile_counts_the_incidents_of_which_the_filter_is_true(client: Client, data: st.DataObject) -> None:
    tree = data.draw(filters(client, "incidents").condition)
    where = at(*place(6.5, 2.5), data.draw(st.sampled_from([9, 10])))
    path = f"incidents/tiles/WebMercatorQuad/{where.z}/{where.y}/{where.x}"
    counted = [one.properties for one in cut(client, path, asked(tree, data.draw(languages)))]
    rows = [client.rows["incidents"][id_] for id_ in true_of(client, "incidents", tree)]
    assert where.zoom < WHOLE_ZOOM
    assert sum(one["count"] for one in counted) == len(rows), as_text(tree)
    for name, member in (("open", "is_open"), ("overdue", "is_overdue")):
        assert sum(one[name] for one in counted) == sum(getattr(row, member) for row in rows)
    assert min((one["priority"] for one in counted), default=0) == min((row.priority for row in rows), default=0)


def cut(client: Client, path: str, query: Query) -> list[mvt.Feature]:
    """The features of a tile of one collection, in the order of their ids."""
    answer = client.get(path, query)
    assert answer.status in {200, 204}, (answer.body, query)
    features = [one for layer in mvt.layers(answer.body).values() for one in layer.features]
    return sorted(features, key=lambda one: str(one.properties.get("id")))
