"""HTTP of everything kept around one incident: history, clocks, notes, evidence, the reporter's contact."""

from fastapi import APIRouter

from app.incident.clock.routes import router as clock
from app.incident.contact.routes import router as contact
from app.incident.custody.routes import router as custody
from app.incident.evidence.routes import router as evidence
from app.incident.history.routes import router as history
from app.incident.upload.routes import router as upload

router = APIRouter()
for part in (history, clock, evidence, upload, custody, contact):
    router.include_router(part)
