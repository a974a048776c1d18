"""HTTP of the layers: one list over the parts."""

from fastapi import APIRouter

from app.layer.document.routes import router as document
from app.layer.feature.routes import router as feature

router = APIRouter()
for part in (document, feature):
    router.include_router(part)
