"""Every table, so that foreign keys named by string resolve; only the entry points and Alembic import this."""

from app.agency import models as agency
from app.agency.secondment import models as secondment
from app.agency.team import models as team
from app.catalogue import models as catalogue
from app.command.handover import models as handover
from app.core import once, outbox
from app.core.db import Base
from app.coverage import models as coverage
from app.dispatch import models as dispatch
from app.exchange.feed import models as feed
from app.exchange.open311 import models as open311
from app.exchange.share import models as share
from app.exchange.warning import models as warning
from app.exchange.webhook import models as webhook
from app.grid import models as grid
from app.identity import models as identity
from app.incident import models as incident
from app.incident.clock import models as clock
from app.incident.contact import models as contact
from app.incident.evidence import models as evidence
from app.incident.history import models as history
from app.incident.request import models as request
from app.incident.upload import models as upload
from app.linkage import models as linkage
from app.notice import models as notice
from app.patrol import models as patrol
from app.patrol.device import models as device
from app.policy import models as policy
from app.roster import models as roster
from app.roster.attendance import models as attendance
from app.roster.crew import models as crew
from app.roster.fill import models as fill
from app.roster.swap import models as swap
from app.roster.wish import models as wish
from app.safety.sos import models as sos
from app.safety.welfare import models as welfare
from app.supervision import models as supervision
from app.supervision.appeal import models as appeal
from app.supervision.score import models as score
from app.sync.batch import models as sync

TABLES = (
    agency,
    appeal,
    attendance,
    catalogue,
    clock,
    contact,
    coverage,
    crew,
    device,
    dispatch,
    evidence,
    feed,
    fill,
    grid,
    handover,
    history,
    identity,
    incident,
    linkage,
    notice,
    once,
    open311,
    outbox,
    patrol,
    policy,
    request,
    roster,
    score,
    secondment,
    share,
    sos,
    supervision,
    swap,
    sync,
    team,
    upload,
    warning,
    webhook,
    welfare,
    wish,
)
metadata = Base.metadata
