"""What a request asks of a file, which columns it has, and what of a text would be a formula in a spreadsheet."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.core.geo import Datum
from app.core.problems import Problem
from app.core.time import rfc3339
from app.grid.files import FORMULA, GUARD
from app.layer.crs.workflow import is_in_metres
from app.layer.feature.workflow import Asked, asked
from app.layer.workflow import FILES, BadQuery, Collection, File, Shape, offered

OF_PAGES = ("limit", "offset", "cursor")


class SelectionTooLarge(Problem):
    """The selection takes longer, or more room, than one file may; narrow it by bbox, datetime, filter or properties."""

    status = 400


class ExportUnderWay(Problem):
    """A file is being made for this account already; ask again when it is there."""

    status = 429
    headers = {"Retry-After": "5"}  # noqa: RUF012  # as declared by Problem


def asked_of_file(collection: Collection, file: File, query: Sequence[tuple[str, str]]) -> Asked:
    """What the query string asks of a file.

    Raises:
        BadQuery: it asks for a part of a list, or for coordinates that the file could not name the system of.
    """
    if file not in offered():
        raise BadQuery(f"f={file.form} needs the extra `gis` on this server: pip install lianqin[gis].")
    if of_pages := [name for name, _ in query if name in OF_PAGES]:
        raise BadQuery(f"A file holds the whole selection: {of_pages[0]} is for pages.")
    found = asked(collection, query)
    if found.datum is not Datum.WGS84:
        raise BadQuery("datum: files hold true coordinates alone, since none can say that they are shifted.")
    if file is FILES["geojson-seq"] and found.srid:
        raise BadQuery("crs: a GeoJSON text sequence is in CRS 84 (RFC 8142).")
    return found


def file_name(collection: Collection, file: File, srid: int, at: datetime) -> str:
    """A name that says what is in the file, in which system, and as of when."""
    system = f"-EPSG{srid}" if srid else ""
    return f"{collection.id}{system}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}.{file.suffix}"


def place_columns(shape: Shape, srid: int) -> tuple[str, ...]:
    """The columns of a table that say where a feature is: two numbers of a point, else its text."""
    if shape is not Shape.POINT:
        return ("wkt",)
    return ("east", "north") if is_in_metres(srid) else ("lon", "lat")


def cell(value: Any) -> Any:
    """A value in a table for spreadsheets."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, bool):
        return str(value).lower()
    return rfc3339(value) if isinstance(value, datetime) else value


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return GUARD + text if text.startswith((*FORMULA, GUARD)) else text
