"""HTTP of the ground: areas, grid plans, cells, beats."""

from fastapi import APIRouter

from app.grid.area.routes import router as areas
from app.grid.beat.routes import router as beats
from app.grid.cell.routes import router as cells
from app.grid.plan.routes import router as plans

router = APIRouter()
for part in (areas, plans, cells, beats):
    router.include_router(part)
