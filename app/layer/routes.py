"""HTTP of the layers: one list over the parts."""

from fastapi import APIRouter

from app.layer.document.routes import router as document
from app.layer.feature.routes import router as feature
from app.layer.tile.routes import router as tile

router = APIRouter()
for part in (tile, document, feature):
    router.include_router(part)
