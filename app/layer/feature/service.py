"""Pages of features and single features for one caller, as finished GeoJSON."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from app.core.db import Hot, Lane
from app.core.geo import Datum
from app.core.problems import NotFound
from app.identity.workflow import Actor
from app.layer.crs.queries import given_in
from app.layer.crs.workflow import in_gcj02
from app.layer.feature import queries
from app.layer.feature.queries import Form
from app.layer.feature.workflow import Asked, cursor, period
from app.layer.filter.queries import condition
from app.layer.filter.workflow import parsed
from app.layer.queries import scope
from app.layer.workflow import Collection


class Features(NamedTuple):
    """Finished features, and the cursor after them if there are more."""

    texts: Sequence[str]
    next: str | None


async def page(lane: Lane, actor: Actor, collection: Collection, asked: Asked) -> Features:
    """The features asked for, of those the caller may see.

    Raises:
        BadQuery, InvalidFilter.
    """
    rows = await _statement(collection, asked).rows(lane, **_values(actor, collection, asked))
    shown = rows[: asked.limit]
    more = len(rows) > asked.limit
    by = [f"by_{number}" for number in range(len(asked.order))]
    last = [shown[-1][name] for name in (*by, "id")] if more else []
    texts = [row["feature"] for row in shown]
    return Features(_drawn(texts, asked.datum), cursor(collection, asked.order, last) if more else None)


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
    row = await queries.hot(form).row(lane, **_values(actor, collection, asked) | {"id": wanted})
    if row is None:
        raise NotFound
    return _drawn([row["feature"]], asked.datum)[0]


def _statement(collection: Collection, asked: Asked) -> Hot:
    form = Form.of(collection.id, asked)
    if asked.filter is None:
        return queries.hot(form)
    tree = parsed(asked.filter, asked.filter_lang)
    return Hot(lambda: queries.statement(form, lambda known: condition(tree, known, given_in(asked.filter_srid))))


def _values(actor: Actor, collection: Collection, asked: Asked) -> dict[str, Any]:
    looked_at = period(collection, asked.interval, datetime.now(UTC))
    values = scope(actor) | {"begin": looked_at.begin, "until": looked_at.until}
    values |= {"limit": asked.limit + 1, "offset": asked.offset}
    values |= asked.box._asdict() if asked.box else {}
    values |= {f"equal_{number}": value for number, (_, value) in enumerate(asked.equal)}
    if asked.after is not None:
        *by, values["id"] = asked.after
        values |= {f"by_{number}": value for number, value in enumerate(by)}
    return values


def _drawn(features: Sequence[str], datum: Datum) -> Sequence[str]:
    return features if datum is Datum.WGS84 else [in_gcj02(feature) for feature in features]
