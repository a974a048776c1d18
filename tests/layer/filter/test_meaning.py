"""A filter means in SQL what it means in Python: random filters, in both languages, on every row."""

import json

from hypothesis import given, settings

from app.layer.filter.tree import Tree
from app.layer.filter.workflow import Language, parsed
from tests.layer.filter import trees
from tests.layer.filter.reference import says
from tests.layer.filter.table import FILTERS, ROWS, Table

EXAMPLES = 100


@given(tree=FILTERS.condition)
@settings(max_examples=EXAMPLES, deadline=None)
def test_both_languages_say_what_was_meant(tree: Tree) -> None:
    assert parsed(json.dumps(trees.as_json(tree)), Language.JSON) == tree
    assert parsed(trees.as_text(tree), Language.TEXT) == tree


def _agrees(table: Table, tree: Tree) -> None:
    assert table.says(tree) == {row.id: says(tree, row) for row in ROWS}, trees.as_text(tree)


@given(tree=FILTERS.comparison)
@settings(max_examples=EXAMPLES * 2, deadline=None)
def test_a_comparison_is_true_false_or_unknown_as_in_python(kinds_table: Table, tree: Tree) -> None:
    _agrees(kinds_table, tree)


@given(tree=FILTERS.temporal)
@settings(max_examples=EXAMPLES, deadline=None)
def test_times_relate_as_in_python(kinds_table: Table, tree: Tree) -> None:
    _agrees(kinds_table, tree)


@given(tree=FILTERS.spatial)
@settings(max_examples=EXAMPLES, deadline=None)
def test_places_relate_as_shapely_says(kinds_table: Table, tree: Tree) -> None:
    _agrees(kinds_table, tree)


@given(tree=FILTERS.condition)
@settings(max_examples=EXAMPLES, deadline=None)
def test_conditions_combine_as_in_python(kinds_table: Table, tree: Tree) -> None:
    _agrees(kinds_table, tree)
