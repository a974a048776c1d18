"""HTTP of patrol proof: the coverage map, checkpoints, minimums and voids."""

from fastapi import APIRouter

from app.coverage.map.routes import router as coverage

router = APIRouter()
for part in (coverage,):
    router.include_router(part)
