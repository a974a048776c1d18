"""The board as a MapLibre style: every collection, what urgent looks like, and nothing from any other address."""

from collections.abc import Mapping, Sequence
from typing import Any

from app.layer.tile.document import Box, address
from app.layer.tile.workflow import MATRICES, WHOLE_ZOOM
from app.layer.workflow import COLLECTIONS, Collection

PAPER, INK, LINE, GROUND = "#f4f6f8", "#1f2d3d", "#8fa1b3", "#dfe6ec"
RED, ORANGE, YELLOW, BLUE, GREEN, GREY = "#c62828", "#ef6c00", "#f9a825", "#1565c0", "#2e7d32", "#78909c"
BY_PRIORITY = ["match", ["get", "priority"], 1, RED, 2, ORANGE, 3, YELLOW, BLUE]
OF_OPEN = {"incidents": {"is_open": "true"}}
"""What a source asks for beside the collection: a board shows what is still to be done."""
OVERLAYS = ("coverage", "hot_cells")
"""Drawn when somebody switches them on: one paints over the other."""
IS_OVERDUE = ["get", "is_overdue"]
IS_HANDLED = ["in", ["get", "status"], ["literal", ["handling", "handled", "checking", "checked"]]]
INCIDENT = {
    "circle-radius": ["interpolate", ["linear"], ["zoom"], 14, 4, 16, 8],
    "circle-color": BY_PRIORITY,
    "circle-opacity": ["case", IS_HANDLED, 0.55, 1],
    "circle-stroke-color": ["case", IS_OVERDUE, RED, "#ffffff"],
    "circle-stroke-width": ["case", IS_OVERDUE, 3, 1],
}


def board(here: str, box: Box, query: Mapping[str, str]) -> dict[str, Any]:
    """The style. `here` is where collections are, `query` what every address needs beside."""
    west, south, east, north = box
    return {
        "version": 8,
        "name": "联勤 Lianqin board",
        "center": [(west + east) / 2, (south + north) / 2],
        "zoom": 12,
        "metadata": {"lianqin:titles": {one.id: {"zh": one.zh, "en": one.en} for one in COLLECTIONS.values()}},
        "sources": {one.id: _source(here, one, box, query) for one in COLLECTIONS.values()},
        "layers": [{"id": "paper", "type": "background", "paint": {"background-color": PAPER}}, *_ground(), *_live()],
    }


def _source(here: str, one: Collection, box: Box, query: Mapping[str, str]) -> dict[str, Any]:
    matrices = MATRICES["WebMercatorQuad"]
    tiles = address(f"{here}/{one.id}/tiles/{matrices.id}", OF_OPEN.get(one.id, {}) | dict(query))
    zooms = {"minzoom": matrices.min_zoom(one), "maxzoom": matrices.max_zoom}
    return {"type": "vector", "tiles": [tiles], "bounds": list(box)} | zooms


def _layer(name: str, kind: str, of: str, paint: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    layer = {"id": name, "type": kind, "source": of, "source-layer": of, "paint": dict(paint)}
    if of in OVERLAYS:
        layer["layout"] = {"visibility": "none"}
    return layer | more


def _label(name: str, of: str, text: Any, size: int, **more: Any) -> dict[str, Any]:
    layout = {"text-field": text, "text-size": size, "text-padding": 4}
    paint = {"text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.2}
    return _layer(name, "symbol", of, paint, layout=layout | more.pop("layout", {}), **more)


def _ground() -> Sequence[dict[str, Any]]:
    """What stands still, and the two overlays, from the bottom up."""
    is_street = ["==", ["get", "level"], "street"]
    visited = ["case", ["get", "is_visited"], GREEN, GREY]
    heat = ["interpolate", ["linear"], ["coalesce", ["get", "gi_z"], 0], -2, BLUE, 0, GROUND, 2, ORANGE, 4, RED]
    dwell = ["interpolate", ["linear"], ["coalesce", ["get", "dwell_s"], 0], 0, 0.15, 3600, 0.6]
    return [
        _layer("areas", "fill", "areas", {"fill-color": GROUND, "fill-opacity": 0.35}),
        _layer("coverage", "fill", "coverage", {"fill-color": visited, "fill-opacity": dwell}),
        _layer("hot_cells", "fill", "hot_cells", {"fill-color": heat, "fill-opacity": 0.55}),
        _layer("grid_cells", "line", "grid_cells", {"line-color": LINE, "line-width": 0.6}, minzoom=12),
        _layer("beats", "line", "beats", {"line-color": BLUE, "line-width": 1.4, "line-dasharray": [3, 2]}, minzoom=12),
        _layer("area_borders", "line", "areas", {"line-color": INK, "line-width": ["case", is_street, 1.6, 0.8]}),
        _label("area_names", "areas", ["get", "name"], 13, minzoom=10, filter=is_street),
        _label("cell_codes", "grid_cells", ["get", "code"], 10, minzoom=15),
    ]


def _live() -> Sequence[dict[str, Any]]:
    """What moves, the most urgent on top."""
    checkpoint = {"circle-radius": 4, "circle-color": ["case", IS_OVERDUE, RED, GREEN], "circle-stroke-width": 1}
    count = {
        "circle-radius": ["interpolate", ["linear"], ["sqrt", ["get", "count"]], 1, 6, 30, 22],
        "circle-color": BY_PRIORITY,
        "circle-opacity": 0.85,
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1,
    }
    patrol = {
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 10, 2.5, 14, 7],
        "circle-color": ["match", ["get", "availability"], "available", GREEN, ORANGE],
        "circle-stroke-color": "#ffffff",
        "circle-stroke-width": 1.5,
    }
    below = ["has", "count"]
    newest = {"symbol-sort-key": ["get", "priority"], "text-offset": [0, 1.1]}
    return [
        _layer("checkpoints", "circle", "checkpoints", checkpoint | {"circle-stroke-color": "#ffffff"}, minzoom=13),
        _layer("incident_counts", "circle", "incidents", count, maxzoom=WHOLE_ZOOM, filter=below),
        _label("incident_numbers", "incidents", ["to-string", ["get", "count"]], 11, maxzoom=WHOLE_ZOOM, filter=below),
        _layer(
            "incidents",
            "circle",
            "incidents",
            INCIDENT,
            minzoom=WHOLE_ZOOM,
            filter=["!", below],
            layout={"circle-sort-key": ["-", 0, ["get", "priority"]]},
        ),
        _label("incident_names", "incidents", ["get", "number"], 10, minzoom=15, filter=["!", below], layout=newest),
        _layer("patrols", "circle", "patrols", patrol, minzoom=10),
        _label("patrol_names", "patrols", ["get", "name"], 11, minzoom=13, layout={"text-offset": [0, 1.2]}),
    ]
