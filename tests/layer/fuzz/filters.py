"""Random filters for each collection, with literals near to what its features have."""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from types import SimpleNamespace
from typing import Any

from app.layer.filter.workflow import Kind
from app.layer.workflow import COLLECTIONS
from tests.layer.filter.trees import Grammar, Pools, grammar
from tests.layer.fuzz.conftest import Client
from tests.layer.fuzz.population import BEGIN, COLUMNS, NAMES, ROWS, UNTIL, wkt

ALWAYS_NEW = frozenset({"age_s"})
"""Properties that are another at each look."""
OUTER = [(2.0, 0.0), (8.0, 0.0), (8.0, 4.0), (2.0, 4.0), (2.0, 0.0)]
SHAPES = [
    *(wkt("POINT", at) for at in ((2, 2), (3, 1), (0, 0), (COLUMNS, ROWS), (99, 9))),
    wkt("LINESTRING", (0, 0), (4, 4)),
    wkt("LINESTRING", (-1, 2), (COLUMNS + 1, 2)),
    wkt("LINESTRING", (2, 0), (2, 4)),
    wkt("POLYGON", *OUTER),
    wkt("POLYGON", (0, 0), (2, 0), (2, 2), (0, 2), (0, 0)),
    wkt("POLYGON", (1, 1), (5, 1), (5, 3), (1, 3), (1, 1)),
    wkt("POLYGON", (-1, -1), (99, -1), (99, 9), (-1, 9), (-1, -1)),
    wkt("MULTIPOINT", (2, 2), (7, 3)),
]
MANY = 25
NUMBERS = [0, 1, -1, 2, 3, 7, 0.5, 0.1, 1e6, 2**31, 2**53 + 1, 1e300, 5e-324]


def pools(collection: str, rows: Sequence[SimpleNamespace]) -> Pools:
    """What filters of a collection are made of."""
    known = [one for one in COLLECTIONS[collection].properties if one.name not in ALWAYS_NEW]
    names = {kind: [one.name for one in known if one.kind is kind] for kind in Kind}
    words = [*NAMES, *_values(rows, names[Kind.STRING])]
    long = max(words, key=len)
    instants = [BEGIN, UNTIL, *_values(rows, names[Kind.INSTANT])]
    return Pools(
        names=names | {Kind.GEOMETRY: ["geometry"]},
        words=words,
        patterns=["", "%", "_%", *(pattern for word in (*NAMES, long) for pattern in _patterns(word))],
        numbers=[*NUMBERS, *_values(rows, [*names[Kind.INTEGER], *names[Kind.NUMBER]])],
        instants=instants,
        days=sorted({(at + timedelta(days=by)).date() for at in instants for by in (-1, 0, 1)}),
        shapes=SHAPES,
    )


def _values(rows: Sequence[SimpleNamespace], names: Sequence[str]) -> list[Any]:
    found = sorted({getattr(row, name) for row in rows for name in names} - {None})
    return found[:: len(found) // MANY + 1]


def _patterns(word: str) -> list[str]:
    plain = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return [f"{plain}%", f"%{word[-1:] if word[-1:] != chr(92) else ''}", "_" * len(word), plain.upper()]


@cache
def filters(client: Client, collection: str) -> Grammar:
    """The filters of a collection."""
    return grammar(pools(collection, list(client.rows[collection].values())))
