"""The board as a MapLibre style, by day and by night: the urgent stands out, and nothing comes from elsewhere.

Nothing is told by colour alone. An incident is larger and stands out more the more urgent it is, the most urgent has a
mark, a ring around it says overdue. Filled means that nobody is at it yet, hollow that somebody is; so with patrols:
filled is free, hollow is busy.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from app.layer.tile.document import Box, address
from app.layer.tile.workflow import MATRICES, WHOLE_ZOOM
from app.layer.workflow import COLLECTIONS, Collection


class Light(StrEnum):
    """What a board is looked at by."""

    DAY = "day"
    NIGHT = "night"


class Palette(NamedTuple):
    """The colours of a board. `priorities` are from the most urgent on; no two differ by hue alone."""

    paper: str
    ground: str
    dedicated: str
    line: str
    border: str
    ink: str
    quiet: str
    halo: str
    beat: str
    patrol: str
    point: str
    visited: str
    missed: str
    cold: str
    priorities: tuple[str, str, str, str]
    marks: tuple[str, str, str, str]


PALETTES: Mapping[Light, Palette] = {
    Light.DAY: Palette(
        paper="#f3f5f6",
        ground="#e6eaed",
        dedicated="#dedbe6",
        line="#c0c9d1",
        border="#6b7c8c",
        ink="#1b2733",
        quiet="#5c6b79",
        halo="#ffffff",
        beat="#7fa3c4",
        patrol="#0060a8",
        point="#4f7d7a",
        visited="#00796b",
        missed="#b9a27c",
        cold="#3b7dbd",
        priorities=("#a8002f", "#e4572e", "#f5b324", "#8795a3"),
        marks=("#ffffff", "#ffffff", "#1b2733", "#ffffff"),
    ),
    Light.NIGHT: Palette(
        paper="#0d1217",
        ground="#161d24",
        dedicated="#241f33",
        line="#2a343e",
        border="#566573",
        ink="#e3e8ec",
        quiet="#8796a4",
        halo="#0d1217",
        beat="#2f5274",
        patrol="#4db2ff",
        point="#5f9a95",
        visited="#2aa198",
        missed="#7a6a4c",
        cold="#3b7dbd",
        priorities=("#ff3b5c", "#ff8a50", "#ffd166", "#7b8a98"),
        marks=("#0d1217", "#0d1217", "#0d1217", "#0d1217"),
    ),
}
OF_OPEN = {"incidents": {"is_open": "true"}}
"""What a source asks for beside the collection: a board shows what is still to be done."""
OVERLAYS = ("coverage", "hot_cells")
"""Drawn when somebody switches them on: one paints over the other."""
LABELS = {"area_labels": "areas", "cell_labels": "grid_cells"}
"""Sources of the places where the names of shapes stand: a shape is cut by tiles, its name is there once."""
PRIORITY = ["get", "priority"]
IS_OVERDUE = ["get", "is_overdue"]
IS_HANDLED = ["in", ["get", "status"], ["literal", ["handling", "handled", "checking", "checked"]]]
IS_COUNTED = ["has", "count"]
IS_ALONE = ["!", IS_COUNTED]
NAME = ["get", "name"]
URGENT_ON_TOP = {"circle-sort-key": ["-", 0, PRIORITY]}
BOLD = {"text-font": ["Noto Sans Bold"]}
INSIDE = {"text-allow-overlap": True, "text-ignore-placement": True} | BOLD
BESIDE = {"text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 1.1}
"""How something is written in a circle, and beside one."""


def board(here: str, box: Box, query: Mapping[str, str], light: Light = Light.DAY) -> dict[str, Any]:
    """The style. `here` is where collections are, `query` what every address needs beside."""
    west, south, east, north = box
    colours = PALETTES[light]
    paper = {"id": "paper", "type": "background", "paint": {"background-color": colours.paper}}
    sources = {one.id: _source(here, one, box, OF_OPEN.get(one.id, {}) | dict(query)) for one in COLLECTIONS.values()}
    for name, of in LABELS.items():
        sources[name] = _source(here, COLLECTIONS[of], box, {"labels": "true"} | dict(query))
    return {
        "version": 8,
        "name": f"联勤 Lianqin board by {light}",
        "center": [(west + east) / 2, (south + north) / 2],
        "zoom": 12,
        "metadata": {"lianqin:titles": {one.id: {"zh": one.zh, "en": one.en} for one in COLLECTIONS.values()}},
        "sources": sources,
        "layers": [paper, *_ground(colours), *_live(colours), *_names(colours)],
    }


def _source(here: str, one: Collection, box: Box, query: Mapping[str, str]) -> dict[str, Any]:
    matrices = MATRICES["WebMercatorQuad"]
    tiles = address(f"{here}/{one.id}/tiles/{matrices.id}", query)
    zooms = {"minzoom": matrices.min_zoom(one), "maxzoom": matrices.max_zoom}
    return {"type": "vector", "tiles": [tiles], "bounds": list(box)} | zooms


def _layer(name: str, kind: str, of: str, paint: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    layer = {"id": name, "type": kind, "source": of, "source-layer": LABELS.get(of, of), "paint": dict(paint)}
    if of in OVERLAYS:
        layer["layout"] = {"visibility": "none"}
    return layer | more


def _by_zoom(*stops: Any) -> list[Any]:
    return ["interpolate", ["linear"], ["zoom"], *stops]


def _by_priority(values: Sequence[Any]) -> list[Any]:
    """One of four, from the most urgent on; without a priority as the least."""
    return ["match", PRIORITY, 1, values[0], 2, values[1], 3, values[2], values[3]]


def _ground(colours: Palette) -> Sequence[dict[str, Any]]:
    """What stands still, and the two overlays, from the bottom up."""
    kind = ["match", ["get", "kind"], "dedicated", colours.dedicated, colours.ground]
    visited = ["case", ["get", "is_visited"], colours.visited, colours.missed]
    dwell = ["interpolate", ["linear"], ["coalesce", ["get", "dwell_s"], 0], 0, 0.25, 3600, 0.75]
    hot, warm = colours.priorities[:2]
    gi_z = ["coalesce", ["get", "gi_z"], 0]
    heat = ["interpolate", ["linear"], gi_z, -3, colours.cold, -1, colours.ground, 1, colours.ground, 2, warm, 4, hot]
    width = ["match", ["get", "level"], "district", 2.6, "street", 1.8, 0.8]
    opacity = ["match", ["get", "level"], "district", 1, "street", 0.9, 0.5]
    dashes = {"line-color": colours.beat, "line-width": 1.6, "line-dasharray": [4, 3]}
    return [
        _layer("areas", "fill", "areas", {"fill-color": colours.ground}),
        _layer("cell_kinds", "fill", "grid_cells", {"fill-color": kind, "fill-opacity": 0.8}, minzoom=12),
        _layer("coverage", "fill", "coverage", {"fill-color": visited, "fill-opacity": dwell}),
        _layer("hot_cells", "fill", "hot_cells", {"fill-color": heat, "fill-opacity": 0.7}),
        _layer("grid_cells", "line", "grid_cells", {"line-color": colours.line, "line-width": 0.7}, minzoom=12),
        _layer("beats", "line", "beats", dashes, minzoom=13),
        _layer(
            "area_borders",
            "line",
            "areas",
            {"line-color": colours.border, "line-width": width, "line-opacity": opacity},
            layout={"line-join": "round"},
        ),
    ]


def _live(colours: Palette) -> Sequence[dict[str, Any]]:
    """What moves, the most urgent on top."""
    checkpoint = {
        "circle-radius": 3,
        "circle-color": ["case", IS_OVERDUE, colours.ink, colours.halo],
        "circle-stroke-color": ["case", IS_OVERDUE, colours.ink, colours.point],
        "circle-stroke-width": 1.5,
    }
    is_free = ["==", ["get", "availability"], "available"]
    patrol = {
        "circle-radius": _by_zoom(10, 3, WHOLE_ZOOM, 6.5, 16, 9),
        "circle-color": ["case", is_free, colours.patrol, colours.halo],
        "circle-stroke-color": ["case", is_free, colours.halo, colours.patrol],
        "circle-stroke-width": ["case", is_free, 1.5, 3],
    }
    return [
        _layer("checkpoints", "circle", "checkpoints", checkpoint, minzoom=13),
        _layer("patrols", "circle", "patrols", patrol, minzoom=10),
        *_incidents(colours),
    ]


def _incidents(colours: Palette) -> Sequence[dict[str, Any]]:
    """Counted below the zoom from which each is shown; a ring says overdue."""
    urgency = _by_priority(colours.priorities)
    size = _by_zoom(WHOLE_ZOOM, _by_priority((9, 8, 6.5, 5.5)), 16, _by_priority((12, 10.5, 9, 7.5)))
    around = _by_zoom(WHOLE_ZOOM, _by_priority((14, 13, 11.5, 10.5)), 16, _by_priority((18, 16.5, 15, 13.5)))
    by_count = ["interpolate", ["linear"], ["sqrt", ["get", "count"]]]
    ring = {"circle-opacity": 0, "circle-stroke-color": colours.ink, "circle-stroke-width": 2.2}
    count = {
        "circle-radius": [*by_count, 1, 6.5, 1.4, 9, 30, 24],
        "circle-color": urgency,
        "circle-stroke-color": colours.halo,
        "circle-stroke-width": 1.5,
    }
    incident = {
        "circle-radius": size,
        "circle-color": ["case", IS_HANDLED, colours.halo, urgency],
        "circle-stroke-color": ["case", IS_HANDLED, urgency, colours.halo],
        "circle-stroke-width": ["case", IS_HANDLED, 3.5, 1.5],
    }
    many_late = {"filter": ["all", IS_COUNTED, [">", ["get", "overdue"], 0]], "maxzoom": WHOLE_ZOOM}
    late = {"filter": ["all", IS_ALONE, IS_OVERDUE], "minzoom": WHOLE_ZOOM}
    many = {"filter": IS_COUNTED, "maxzoom": WHOLE_ZOOM, "layout": URGENT_ON_TOP}
    each = {"filter": IS_ALONE, "minzoom": WHOLE_ZOOM, "layout": URGENT_ON_TOP}
    wide = {"circle-radius": [*by_count, 1, 11, 1.4, 13.5, 30, 28.5]}
    return [
        _layer("overdue_counts", "circle", "incidents", ring | wide, **many_late),
        _layer("incident_counts", "circle", "incidents", count, **many),
        _layer("overdue", "circle", "incidents", ring | {"circle-radius": around}, **late),
        _layer("incidents", "circle", "incidents", incident, **each),
    ]


def _names(colours: Palette) -> Sequence[dict[str, Any]]:
    """What is written, the most important last: it is placed first."""
    is_street, is_community = (["==", ["get", "level"], level] for level in ("street", "community"))
    number = ["to-string", ["get", "count"]]
    many = {"filter": ["all", IS_COUNTED, [">", ["get", "count"], 1]], "maxzoom": WHOLE_ZOOM}
    most_urgent = {"filter": ["all", IS_ALONE, ["==", PRIORITY, 1]], "minzoom": WHOLE_ZOOM}
    newest = BESIDE | {"symbol-sort-key": PRIORITY}
    faint, blue = {"text-color": colours.quiet}, {"text-color": colours.patrol}
    counted = {"text-color": _by_priority(colours.marks), "text-halo-width": 0}
    marked = {"text-color": ["case", IS_HANDLED, colours.priorities[0], colours.marks[0]], "text-halo-width": 0}

    def written(layer: str, of: str, said: Any, size: Any, layout: Mapping[str, Any], **more: Any) -> dict[str, Any]:
        paint = {"text-color": colours.ink, "text-halo-color": colours.halo, "text-halo-width": 1.4}
        paint |= more.pop("paint", {})
        layout = {"text-field": said, "text-size": size, "text-padding": 4} | dict(layout)
        return _layer(layer, "symbol", of, paint, layout=layout, **more)

    return [
        written("cell_codes", "cell_labels", ["get", "code"], 10, {}, minzoom=15, paint=faint),
        written("community_names", "area_labels", NAME, 12, {}, minzoom=14, filter=is_community, paint=faint),
        written("area_names", "area_labels", NAME, _by_zoom(10, 12, 15, 16), BOLD, minzoom=10, filter=is_street),
        written("incident_names", "incidents", ["get", "number"], 10, newest, minzoom=15, filter=IS_ALONE, paint=faint),
        written("patrol_names", "patrols", NAME, 12, BESIDE, minzoom=13, paint=blue),
        written("incident_numbers", "incidents", number, 11, INSIDE, paint=counted, **many),
        written("incident_marks", "incidents", "!", _by_zoom(14, 13, 16, 18), INSIDE, paint=marked, **most_urgent),
    ]
