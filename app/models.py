"""Every table, so that foreign keys named by string resolve; only the entry points and Alembic import this."""

from app.agency import models as agency
from app.catalogue import models as catalogue
from app.command.handover import models as handover
from app.core import once, outbox
from app.core.db import Base
from app.dispatch import models as dispatch
from app.grid import models as grid
from app.identity import models as identity
from app.incident import models as incident
from app.incident.request import models as request
from app.patrol import models as patrol
from app.roster import models as roster
from app.roster.attendance import models as attendance
from app.roster.crew import models as crew
from app.safety.sos import models as sos
from app.safety.welfare import models as welfare

TABLES = (
    *(agency, attendance, catalogue, crew, dispatch, grid, handover, identity, incident, once, outbox, patrol, request),
    *(roster, sos, welfare),
)
metadata = Base.metadata
