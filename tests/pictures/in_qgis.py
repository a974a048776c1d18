"""Runs a script in QGIS without a screen, and draws what it has put into the project. Knows nothing of this system.

Run by the Python that QGIS is installed for: in_qgis.py SCRIPT FOLDER < wanted, a JSON list of pictures. Each is drawn
into the folder; printed as JSON is what there was to draw. The key is in the environment, as the script reads it.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

from qgis.core import (
    Qgis,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsCoordinateTransform,
    QgsMapRendererParallelJob,
    QgsMapSettings,
    QgsPointXY,
    QgsProject,
    QgsRectangle,
)
from qgis.PyQt.QtCore import QSize
from qgis.PyQt.QtGui import QColor

DPI = 96


def draw(wanted: dict[str, Any], file: Path) -> dict[str, Any]:
    """A picture of the layers that are shown, and of those asked for beside them; where each place is on it."""
    project = QgsProject.instance()
    root = project.layerTreeRoot()
    shown = [one for one in root.layerOrder() if root.findLayer(one).isVisible() or one.name() in wanted["beside"]]
    to_map = QgsCoordinateTransform(QgsCoordinateReferenceSystem("EPSG:4326"), project.crs(), project)
    settings = QgsMapSettings()
    settings.setLayers(shown)
    settings.setDestinationCrs(project.crs())
    settings.setTransformContext(project.transformContext())
    settings.setExtent(to_map.transformBoundingBox(QgsRectangle(*wanted["box"])))
    settings.setOutputSize(QSize(*wanted["size"]))
    settings.setOutputDpi(DPI)
    settings.setBackgroundColor(QColor(wanted["paper"]))
    job = QgsMapRendererParallelJob(settings)
    job.start()
    job.waitForFinished()
    job.renderedImage().save(str(file))
    pixels = settings.mapToPixel()
    places = {name: pixels.transform(to_map.transform(QgsPointXY(*place))) for name, place in wanted["places"].items()}
    return {
        "errors": [error.message for error in job.errors()],
        "places": {name: [at.x(), at.y()] for name, at in places.items()},
    }


def main() -> None:
    script, folder = map(Path, sys.argv[1:])
    app = QgsApplication([], True)
    app.initQgis()
    manager = QgsApplication.authManager()
    assert manager.setMasterPassword("of this run alone", True), "the store of keys can be opened"
    exec(compile(script.read_text(), str(script), "exec"), {"__name__": "__main__"})  # noqa: S102  # the documented script
    project = QgsProject.instance()
    layers = {one.name(): one for one in project.mapLayers().values()}
    told = {
        "version": Qgis.QGIS_VERSION,
        "crs": project.crs().authid(),
        "features": {
            name: sum(1 for _ in one.getFeatures()) if one.isValid() else None for name, one in layers.items()
        },
        "pictures": {one["name"]: draw(one, folder / f"{one['name']}.png") for one in json.load(sys.stdin)},
    }
    project.write(str(folder / "project.qgs"))
    sys.stdout.write(json.dumps(told))
    sys.stdout.flush()
    os._exit(0)  # exitQgis() can crash on threads of the network


main()
