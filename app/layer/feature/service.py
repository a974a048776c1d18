"""Pages of features and single features for one caller, as finished GeoJSON."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from shapely import to_wkb

from app.core.db import Hot, Lane
from app.core.geo import Datum
from app.core.problems import NotFound
from app.identity.workflow import Actor
from app.layer.crs.workflow import given_in, in_gcj02
from app.layer.feature import queries
from app.layer.feature.queries import Form
from app.layer.feature.workflow import Asked, cursor, period
from app.layer.filter.queries import condition
from app.layer.filter.workflow import parsed
from app.layer.queries import scope
from app.layer.workflow import Collection

MOST_COUNTED = 10_000
"""Counting further would cost more than the page."""


class Features(NamedTuple):
    """Finished features, the cursor after them if there are more, and how many there are, if that is cheap to know."""

    texts: Sequence[str]
    next: str | None
    matched: int | None


async def page(lane: Lane, actor: Actor, collection: Collection, asked: Asked) -> Features:
    """The features asked for, of those the caller may see.

    Raises:
        BadQuery, InvalidFilter.
    """
    form, condition_of = Form.of(collection.id, asked), filtered(asked)
    values = values_of(actor, collection, asked)
    statement = Hot(lambda: queries.statement(form, condition_of)) if condition_of else queries.hot(form)
    rows = await statement.rows(lane, **values)
    shown = rows[: asked.limit]
    matched = len(rows) if asked.is_first else None
    if len(rows) <= asked.limit:
        return Features(_drawn(shown, asked.datum), None, matched)
    if asked.is_first:
        counting = Hot(lambda: queries.count(form, condition_of)) if condition_of else queries.hot_count(form)
        found = await counting.row(lane, **values, most=MOST_COUNTED + 1)
        matched = found["n"] if found and found["n"] <= MOST_COUNTED else None
    by = [f"by_{number}" for number in range(len(asked.order))]
    after = cursor(collection, asked.order, [shown[-1][name] for name in (*by, "id")])
    return Features(_drawn(shown, asked.datum), after, matched)


async def one(lane: Lane, actor: Actor, collection: Collection, feature_id: str, asked: Asked) -> str:
    """The feature with this id.

    Raises:
        NotFound: there is none, or none this caller may see.
    """
    try:
        wanted = UUID(feature_id)
    except ValueError:
        raise NotFound from None
    form = Form(collection.id, asked.srid, one=True)
    row = await queries.hot(form).row(lane, **values_of(actor, collection, asked) | {"id": wanted})
    if row is None:
        raise NotFound
    return _drawn([row], asked.datum)[0]


def filtered(asked: Asked) -> queries.Filter | None:
    """The condition that a filter is, once it knows what it may name.

    Raises:
        InvalidFilter: it is none; that it makes no sense for what it may name is said by the condition.
    """
    if asked.filter is None:
        return None
    tree = parsed(asked.filter, asked.filter_lang)
    return lambda known: condition(tree, known, given_in(asked.filter_srid))


def values_of(actor: Actor, collection: Collection, asked: Asked) -> dict[str, Any]:
    """What a statement is asked with, by the names of its parameters."""
    looked_at = period(collection, asked.interval, datetime.now(UTC))
    values = scope(actor) | {"begin": looked_at.begin, "until": looked_at.until}
    values |= {"limit": asked.limit + 1, "offset": asked.offset}
    values |= {"box": to_wkb(asked.box.shape)} if asked.box else {}
    values |= {f"equal_{number}": value for number, (_, value) in enumerate(asked.equal)}
    if asked.after is not None:
        *by, values["id"] = asked.after
        values |= {f"by_{number}": value for number, value in enumerate(by)}
    return values


def _drawn(rows: Sequence[Mapping[str, Any]], datum: Datum) -> Sequence[str]:
    texts = [row["feature"] for row in rows]
    return texts if datum is Datum.WGS84 else [in_gcj02(text) for text in texts]
