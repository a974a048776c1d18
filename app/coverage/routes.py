"""HTTP of patrol proof: the coverage map, checkpoints, minimums and voids."""

from fastapi import APIRouter

from app.coverage.checkpoint.routes import router as checkpoints
from app.coverage.map.routes import router as coverage
from app.coverage.minimum.routes import router as minimums

router = APIRouter()
for part in (coverage, minimums, checkpoints):
    router.include_router(part)
