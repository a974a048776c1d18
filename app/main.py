"""The product's table of contents: the application with everything it serves."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Path, Request, Response
from pydantic import BaseModel, ConfigDict

from app.agency.competence.routes import router as competence
from app.agency.officer.routes import router as officer
from app.agency.routes import router as agency
from app.agency.secondment.routes import router as secondment
from app.agency.team.routes import router as team
from app.catalogue.calendar.routes import router as calendar
from app.catalogue.routes import router as catalogue
from app.command.amend.routes import router as amend
from app.command.handover.routes import router as handover
from app.command.intake.routes import router as intake
from app.command.listing.routes import router as listing
from app.command.move.routes import router as move
from app.command.record.routes import router as record
from app.command.request.routes import router as request
from app.command.summons.routes import router as summons
from app.command.supervision.routes import router as supervision
from app.command.tables.routes import router as tables
from app.command.task.routes import router as task
from app.command.timer.routes import router as timer
from app.command.whistle.routes import router as whistle
from app.core import faults, logs, openapi, problems
from app.core.db import Database, lacking
from app.core.http import Application
from app.core.once import Replay
from app.core.settings import Settings, load_settings
from app.core.signpost import plain
from app.coverage.routes import router as coverage
from app.dispatch.crews.routes import router as crews
from app.dispatch.held.routes import router as held
from app.dispatch.routes import router as dispatch
from app.examples import FIELDS
from app.exchange.feed.routes import router as exchange_feed
from app.exchange.gate import gates
from app.exchange.layerfile.routes import router as layerfile
from app.exchange.open311.routes import router as open311
from app.exchange.share.routes import router as share
from app.exchange.warning.routes import router as warning
from app.exchange.webhook.delivery.routes import router as webhook_delivery
from app.exchange.webhook.subscription.routes import router as webhook
from app.grid.routes import router as grid
from app.identity.access import Doorman, public, undeclared
from app.identity.routes import router as identity
from app.incident.evidence.choosing import store_of
from app.incident.evidence.store import Store
from app.incident.routes import router as incident
from app.layer.routes import router as layer
from app.locate.routes import router as locate
from app.migrating import expected_revision
from app.notice.inbox.routes import router as inbox
from app.overview.board.live import LiveBoard
from app.overview.board.routes import router as board
from app.patrol.device.routes import router as device
from app.patrol.gathering import Gatherer
from app.patrol.ingest.access import Terms
from app.patrol.ingest.routes import router as ingest
from app.patrol.routes import router as patrol
from app.patrol.track.routes import router as track
from app.policy.alarm.routes import router as routing_alarm
from app.policy.dry_run.routes import router as dry_run
from app.policy.escalation.routes import router as escalation
from app.policy.routing.routes import router as routing
from app.roster.amendment.routes import router as amendment
from app.roster.attendance.routes import router as attendance
from app.roster.check.routes import router as check
from app.roster.crew.routes import router as crew
from app.roster.fill.routes import router as fill
from app.roster.leave.routes import router as leave
from app.roster.period.routes import router as period
from app.roster.routes import router as roster
from app.roster.seat.routes import router as seat
from app.roster.swap.routes import router as swap
from app.roster.template.routes import router as template
from app.roster.wish.routes import router as wish
from app.safety.sos.routes import router as sos
from app.safety.welfare.routes import router as welfare
from app.stream.feed import Feed
from app.stream.routes import router as stream
from app.supervision.appeal.routes import router as appeal
from app.supervision.score.routes import router as score
from app.sync.batch.routes import router as sync_batch
from app.sync.view.routes import router as sync_view

# In the order of the document of the API.
ROUTERS = (
    patrol,
    move,
    intake,
    record,
    listing,
    layer,
    sync_batch,
    sync_view,
    inbox,
    identity,
    grid,
    agency,
    officer,
    competence,
    secondment,
    team,
    locate,
    catalogue,
    calendar,
    roster,
    track,
    ingest,
    device,
    amendment,
    seat,
    period,
    fill,
    check,
    template,
    leave,
    swap,
    wish,
    attendance,
    crew,
    sos,
    welfare,
    crews,
    handover,
    amend,
    request,
    whistle,
    summons,
    appeal,
    score,
    task,
    supervision,
    timer,
    dispatch,
    coverage,
    stream,
    board,
    held,
    incident,
    escalation,
    routing,
    dry_run,
    routing_alarm,
    webhook,
    webhook_delivery,
    tables,
    open311,
    layerfile,
    exchange_feed,
    warning,
    share,
)


def create_app(settings: Settings | None = None, database: Database | None = None) -> FastAPI:
    """The application. It refuses to be made when a route does not declare what it needs."""
    settings = settings or load_settings()
    api = Application(
        title="Lianqin 联勤",
        version="0.1.0",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        swagger_ui_oauth2_redirect_url=None,
    )
    api.state.settings = settings
    api.state.database = database or Database(settings)
    api.state.doorman = Doorman(settings, api.state.database)
    api.state.gatherer = Gatherer(api.state.database)
    api.state.terms = Terms(settings.track_keep_days)
    api.state.feed = Feed(api.state.database)
    api.state.gates = gates()
    api.state.store = store_of(settings)
    api.state.feed.renew = api.state.doorman.renew
    api.state.board = LiveBoard(api.state.feed)
    api.state.revision = expected_revision()
    api.add_api_route("/livez", livez, dependencies=[public], tags=["health"])
    not_ready: dict[int | str, dict[str, Any]] = {503: {"model": Readiness, "description": "Something is missing."}}
    api.add_api_route("/readyz", readyz, dependencies=[public], tags=["health"], responses=not_ready)
    api.add_api_route("/problems", problem_types, dependencies=[public], tags=["problems"])
    unknown = problems.problems(problems.NotFound)
    api.add_api_route("/problems/{slug}", problem_type, dependencies=[public], tags=["problems"], responses=unknown)
    for router in ROUTERS:
        api.include_router(router)
    faults.install(api)
    api.add_exception_handler(Replay, _replay)
    if silent := undeclared(plain(api.routes)):
        message = f"These routes do not declare what they need: {silent}"
        raise RuntimeError(message)
    api.surround(settings.max_body_bytes)
    openapi.describe(api, FIELDS)
    return api


@asynccontextmanager
async def _lifespan(api: FastAPI) -> AsyncIterator[None]:
    settings: Settings = api.state.settings
    logs.configure(settings.log_level, settings.log_format)
    database: Database = api.state.database
    await database.open()
    if wrong := await lacking(database, api.state.revision):
        await database.close()
        raise SystemExit("Refusing to start: " + "; ".join(wrong))
    feed: Feed = api.state.feed
    await feed.open()
    # What is there now stays: whoever looks for garbage need not look at it again, for a quarter of a second each time.
    gc.collect()
    gc.freeze()
    yield
    await api.state.board.close()
    await feed.close()
    gatherer: Gatherer = api.state.gatherer
    await gatherer.close()
    await database.close()


class Alive(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """Whether the process can serve, what is missing if not, and what does not work while all else does."""

    model_config = ConfigDict(json_schema_extra={"example": {"status": "ready", "missing": [], "impaired": []}})

    status: Literal["ready", "not ready"]
    missing: list[str]
    impaired: list[str]


async def livez() -> Alive:
    """The process answers."""
    return Alive()


async def readyz(request: Request, response: Response) -> Readiness:
    """Whether the process can serve, and what is missing if not: 503 then."""
    missing = await lacking(request.app.state.database, request.app.state.revision)
    response.status_code = 503 if missing else 200
    store: Store = request.app.state.store
    wrong = await store.trouble()
    impaired = [f"evidence: {wrong}"] if wrong else []
    return Readiness(status="not ready" if missing else "ready", missing=missing, impaired=impaired)


async def problem_types() -> list[openapi.KindOfProblem]:
    """Every kind of problem: its stable type, its status, and what it means."""
    return openapi.kinds_of_problem()


async def problem_type(
    slug: Annotated[str, Path(description="The last part of a type.", examples=["version-stale"])],
) -> openapi.KindOfProblem:
    """One kind of problem."""
    found = [kind for kind in openapi.kinds_of_problem() if kind.type == f"/problems/{slug}"]
    if not found:
        raise problems.NotFound
    return found[0]


async def _replay(_: Request, stored: Exception) -> Response:
    assert isinstance(stored, Replay)  # noqa: S101  # starlette calls it for this class only
    return stored.answer
