"""The statement of a file: every feature asked for, of those the caller may see, as finished GeoJSON or by columns."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Executable, String, cast, func, select
from sqlalchemy.sql.selectable import Subquery

from app.core.db import CursorLane, Hot
from app.layer.crs.queries import placed
from app.layer.crs.workflow import digits
from app.layer.export.workflow import place_columns
from app.layer.feature.queries import TYPES, Filter, Form, conditions, feature, ordering
from app.layer.filter.workflow import Kind
from app.layer.queries import SOURCES
from app.layer.workflow import COLLECTIONS, FILES, Collection, File

BATCH = 1000
"""Rows that are read, and written, in one go."""
COLUMNS: dict[Kind, Any] = TYPES | {Kind.INTEGER: BigInteger}
"""What columns are cast to, so that a file's are of the same kind whatever a source reckons with."""


def statement(file: File, form: Form, filtered: Filter | None) -> Executable:
    """The features by the order asked for, else by their ids."""
    source = SOURCES[form.collection]().subquery("s")
    columns = _columns(source, file, form)
    return select(*columns).where(*conditions(source.c, form, filtered)).order_by(*ordering(source, form))


def _columns(source: Subquery, file: File, form: Form) -> list[ColumnElement[Any]]:
    if file in (FILES["geojson"], FILES["geojson-seq"]):
        return [feature(source, form, east_first=True).label("feature")]
    collection = COLLECTIONS[form.collection]
    geometry = placed(source.c.geometry, form.srid)
    place = _in_table(collection, geometry, form.srid) if file is FILES["csv"] else [_binary(geometry)]
    kinds = {one.name: one.kind for one in collection.properties}
    columns = (cast(source.c[name], COLUMNS[kinds[name]]).label(name) for name in form.names)
    return [cast(source.c.id, String).label("id"), *place, *columns]


def _binary(geometry: Any) -> ColumnElement[Any]:
    return func.ST_AsBinary(geometry, "NDR").label("geometry")


def _in_table(collection: Collection, geometry: Any, srid: int) -> list[ColumnElement[Any]]:
    names = place_columns(collection.shape, srid)
    if names == ("wkt",):
        return [func.ST_AsText(geometry, digits(srid)).label("wkt")]
    return [axis(geometry).label(name) for axis, name in zip((func.ST_X, func.ST_Y), names, strict=True)]


async def batches(lane: CursorLane, statement: Hot, values: dict[str, Any]) -> AsyncIterator[list[Mapping[str, Any]]]:
    """The rows, some at a time: neither this process nor the database holds them all."""
    cursor = await lane.cursor(statement.sql, *statement.arguments(values))
    while rows := await cursor.fetch(BATCH):
        yield rows
