"""How a file is asked for, what is refused, and that no text of it is a formula."""

import csv
import io
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.grid.files import FORMULA, GUARD
from app.layer import workflow
from app.layer.crs.workflow import EPSG
from app.layer.export.workflow import harmless
from app.layer.workflow import FILES
from tests import make
from tests.hands import Hands
from tests.layer.export.reading import READERS, download
from tests.layer.reading import items

WHO, LEADER = "district.dispatcher", "street1.shift_leader"
REFUSED: tuple[dict[str, Any], ...] = (
    {"f": "shp"},
    {"f": ""},
    {"f": "csv", "limit": 10},
    {"f": "csv", "offset": 0},
    {"f": "gpkg", "cursor": "x"},
    {"f": "geojson", "datum": "gcj02"},
    {"f": "csv", "datum": "bd09"},
    {"f": "geojson-seq", "crs": EPSG.format(4549)},
    {"f": "fgb", "crs": EPSG.format(2154)},
    {"f": "csv", "properties": "reporter"},
    {"f": "csv", "colour": "red"},
    {"f": "parquet", "filter": "colour = 1"},
    {"f": "parquet", "filter": "((("},
    {"f": "csv", "bbox": "1,2,3"},
    {"f": "csv", "priority": "high"},
    {"f": "csv", "sortby": "description"},
    {"f": "csv", "datetime": "yesterday"},
)


@pytest.mark.parametrize("asked", REFUSED, ids=str)
async def test_what_cannot_be_is_400_and_says_so(hands: Hands, asked: dict[str, Any]) -> None:
    answer = await items(hands, WHO, "incidents", **asked)
    assert answer.status_code == 400
    assert answer.json()["type"] in ("/problems/bad-query", "/problems/invalid-filter")


@pytest.mark.parametrize("form", [form for form in FILES if FILES[form].needs_extra])
async def test_a_form_of_the_extra_is_refused_without_it(
    hands: Hands, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workflow, "find_spec", lambda _: None)
    answer = await items(hands, WHO, "incidents", f=form)
    assert (answer.status_code, "lianqin[gis]" in answer.json()["detail"]) == (400, True)
    assert (await items(hands, WHO, "incidents", f="csv")).status_code == 200


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        ("text/csv", "text/csv"),
        ("text/csv;q=0.9, application/geo+json", "text/csv"),
        ("application/geo+json-seq", "application/geo+json-seq"),
        ("application/geopackage+sqlite3", "application/geopackage+sqlite3"),
        ("application/geo+json, text/csv", "application/geo+json"),
        ("application/geo+json", "application/geo+json"),
        ("text/html, text/csv", "text/html"),
        ("*/*", "application/geo+json"),
    ],
)
async def test_what_is_accepted_first_decides(hands: Hands, accept: str, media_type: str) -> None:
    headers = hands.headers(WHO) | {"Accept": accept}
    answer = await hands.client.get("/ogc/collections/areas/items", headers=headers)
    assert answer.headers["content-type"].partition(";")[0] == media_type
    assert ("attachment" in answer.headers.get("content-disposition", "")) == (
        media_type not in ("application/geo+json", "text/html")
    )


async def test_a_file_is_narrowed_as_items_are(hands: Hands) -> None:
    made = [await hands.report(at=at) for at in (make.A1, make.B1, make.A1)]
    lon, lat = make.A1
    asked = {"bbox": f"{lon - 0.001},{lat - 0.001},{lon + 0.001},{lat + 0.001}", "filter": "is_open = TRUE"}
    body = (
        await download(hands, WHO, "incidents", "csv", properties="number,status", sortby="-number", **asked)
    ).content
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["id", "lon", "lat", "number", "status"]
    assert [row[0] for row in rows[1:]] == [made[2]["id"], made[0]["id"]]


async def test_a_selection_of_nothing_is_a_file_of_nothing(hands: Hands, tmp_path: Any) -> None:
    for form in FILES:
        answer = await download(hands, WHO, "incidents", form, number="none")
        assert READERS[form](answer.content, tmp_path) == []


HOSTILE = '=HYPERLINK("http://x","a"),\'`\u202e\\'


async def test_a_hostile_name_is_a_text_in_every_form(hands: Hands) -> None:
    body = {"centre": "A", "code": "C-1", "name": HOSTILE, "name_en": "+1+cmd|' /C calc'!A0", "every_s": 3600}
    body |= {"location": {"type": "Point", "coordinates": list(make.A1)}}
    made = await hands.post(LEADER, "/v1/checkpoints", body)
    assert made.status_code == 201, made.text
    table = (await download(hands, WHO, "checkpoints", "csv")).content
    [row] = csv.DictReader(io.StringIO(table.decode("utf-8-sig"), newline=""))
    assert (row["name"], row["name_en"]) == (GUARD + HOSTILE, f"{GUARD}{body['name_en']}")
    [feature] = orjson.loads((await download(hands, WHO, "checkpoints", "geojson")).content)["features"]
    assert (feature["properties"]["name"], feature["properties"]["name_en"]) == (HOSTILE, body["name_en"])


@given(st.text())
def test_no_text_is_a_formula_and_each_can_be_had_again(text: str) -> None:
    kept = harmless(text)
    assert not kept.startswith(FORMULA)
    assert (kept.removeprefix(GUARD) if kept.startswith(GUARD) else kept) == text
