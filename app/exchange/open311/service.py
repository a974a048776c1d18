"""The use cases of GeoReport around a report: taken once and filed, and how far it is."""

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar

import orjson

from app.catalogue.offer import PublicService
from app.catalogue.schemas import Language
from app.command.intake.schemas import ReporterIn, ReportIn
from app.command.intake.service import OutsideGround, place_of, report
from app.command.schemas import Call
from app.core.db import Lane, Session
from app.core.geo import LonLat, Point
from app.core.ids import uuid7
from app.core.once import Once
from app.core.problems import NotFound, Problem
from app.core.time import instant_of, rfc3339
from app.exchange.open311 import queries
from app.exchange.open311.offering import ServiceUnknown, jurisdiction, said_in
from app.exchange.open311.schemas import Asked, CreatedOut, ServiceRequestIn, ServiceRequestOut, TokenOut
from app.exchange.open311.workflow import (
    AGAIN_WITHIN,
    UNDECIDED,
    Misanswered,
    answered,
    coarse,
    span_of,
    state_of,
)
from app.exchange.told.workflow import notes_of
from app.identity.workflow import Actor
from app.incident.history.service import supplement
from app.incident.workflow import Status

SOURCE = "open311"
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without the letters that are taken for others when a number is read out."""
ID_LENGTH, TOKEN_LENGTH = 16, 20
"""80 and 100 bits: a number is known to whom it was told, not guessed."""
RECEIVED = ("已收到。", "Received.")


class Unplaced(Problem):
    """Nothing says where: send lat and long (WGS 84), or the code of a grid cell as address_id."""


class OutsideJurisdiction(Problem):
    """The place lies outside this jurisdiction."""


class AttributesWrong(Problem):
    """An attribute is missing, or not what the service definition asks for."""


class QuotaUsed(Problem):
    """This key has brought all it may bring in ten minutes; send the same later."""

    status = 429
    headers: ClassVar[dict[str, str]] = {"Retry-After": "60"}


# --- a report ------------------------------------------------------------------------------------------------------


class Posted:
    """A form as it came: its fields, and the answers to a service's questions."""

    def __init__(self, fields: ServiceRequestIn, attributes: Mapping[str, Sequence[str]]) -> None:
        self.fields, self.attributes = fields, attributes

    @property
    def sha256(self) -> bytes:
        """What tells a repeat: all that was said, whatever its order and form, but the key that it came with."""
        said = self.fields.model_dump(exclude={"api_key"}, exclude_none=True)
        canonical = orjson.dumps([said, self.attributes], option=orjson.OPT_SORT_KEYS)
        return hashlib.sha256(canonical).digest()


async def create(lane: Lane, caller: Actor, posted: Posted, quota: int, language: Language) -> CreatedOut:
    """Take a report in. The same words of the same channel within ten minutes are the same report.

    One that is reported already is taken as well, and merged into what is worked on.

    Raises:
        Unplaced, OutsideJurisdiction, ServiceUnknown, AttributesWrong: it cannot be filed as it stands.
        QuotaUsed: the channel has brought as much as it may.
    """
    digest = posted.sha256
    own = caller.account_id.bytes + digest
    await queries.LOCK.row(lane, lock=int.from_bytes(hashlib.sha256(own).digest()[:8], signed=True))
    before = await queries.BEFORE.row(lane, actor_id=caller.account_id, within=AGAIN_WITHIN, body_sha256=digest)
    assert before is not None  # noqa: S101  # it counts
    if before["id"] is not None:
        return _created(posted, before, before["public_service"], language)
    if before["brought"] >= quota:
        raise QuotaUsed
    filed = await _file(lane, caller, posted)
    made = {"id": _unguessable(ID_LENGTH), "token": _unguessable(TOKEN_LENGTH)}
    of = {"incident_id": filed["incident_id"], "category_id": filed["category_id"], "account_id": caller.account_id}
    await queries.ADD.row(lane, **made, **of, body_sha256=digest)
    return _created(posted, made, filed["public_service"], language)


async def _file(lane: Lane, caller: Actor, posted: Posted) -> dict[str, Any]:
    """File the incident, with all that is not for its description in a supplement."""
    fields = posted.fields
    place = await _place(lane, fields)
    found = await queries.SERVICE_AT.row(lane, lon=place.lon, lat=place.lat, code=fields.service_code)
    if found is None or fields.jurisdiction_id not in (None, found["area"]):
        raise OutsideJurisdiction
    if found["id"] is None:
        raise ServiceUnknown
    try:
        questions = PublicService.model_validate_json(found["public_service"]).questions
        answers = answered(questions, posted.attributes)
    except Misanswered as error:
        raise AttributesWrong(str(error)) from None
    body = ReportIn(
        category_code=fields.service_code,
        description=(fields.description or "").strip() or found["name"],
        location=Point(coordinates=(place.lon, place.lat)),
        source=SOURCE,
        reporter=_reporter(fields),
    )
    once = Once(caller.account_id, f"{SOURCE}:{uuid7()}", posted.sha256)
    reaches = frozenset[Any]().union(*(grant.reach for grant in caller.grants))
    try:
        answer = await report(Call(lane, caller, once), body, within=reaches)
    except OutsideGround:
        raise OutsideJurisdiction("This key is not for the place.") from None
    incident = orjson.loads(bytes(answer.body))
    words = {question.code: question.description for question in questions}
    if said := _said(fields, {words[code]: given for code, given in answers.items()}):
        await supplement(lane, caller, incident["id"], said)
    return {"incident_id": incident["id"], "category_id": found["id"], "public_service": found["public_service"]}


async def _place(lane: Lane, fields: ServiceRequestIn) -> LonLat:
    if fields.lat is not None and fields.long is not None:
        return LonLat(fields.long, fields.lat)
    if fields.address_id is None:
        raise Unplaced("There is no geocoder here: send lat and long." if fields.address_string else None)
    try:
        return await place_of(lane, ReportIn(cell=fields.address_id, description=SOURCE, source=SOURCE))
    except OutsideGround:
        raise Unplaced("There is no grid cell with this address_id.") from None


def _reporter(fields: ServiceRequestIn) -> ReporterIn | None:
    name = " ".join(part for part in (fields.last_name, fields.first_name) if part)
    if not (name or fields.phone or fields.email):
        return None
    return ReporterIn(name=name or None, phone=fields.phone, email=fields.email)


def _said(fields: ServiceRequestIn, answers: Mapping[str, Sequence[str]]) -> str:
    """What those who handle it read beside the description."""
    lines = [f"{question} {'、'.join(given)}" for question, given in answers.items()]
    if fields.address_string:
        lines.append(f"地址：{fields.address_string}")
    if fields.media_url:
        lines.append(f"附件链接（未核实，请勿在工作终端打开）：{fields.media_url}")
    return "\n".join(lines)


def _unguessable(length: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def _created(posted: Posted, made: Mapping[str, Any], service: str, language: Language) -> CreatedOut:
    at_once = PublicService.model_validate_json(service).id_at_once
    return CreatedOut(
        service_request_id=made["id"] if at_once else None,
        token=None if at_once else made["token"],
        service_notice=said_in(language, *RECEIVED),
        account_id=posted.fields.account_id,
    )


# --- how far it is -------------------------------------------------------------------------------------------------


async def show(
    session: Session, caller: Actor | None, ids: Sequence[str], language: Language
) -> list[ServiceRequestOut]:
    """The requests with these numbers."""
    return [_request(row, language) for row in await queries.known(session, caller, ids)]


async def look(session: Session, caller: Actor | None, asked: Asked, language: Language) -> list[ServiceRequestOut]:
    """The requests asked for: those that everybody may see, and those that the caller brought."""
    if asked.service_request_id:
        return await show(session, caller, asked.service_request_id, language)
    if asked.jurisdiction_id is not None:
        await jurisdiction(session, asked.jurisdiction_id)
    span = span_of(asked.start_date, asked.end_date, await queries.now(session))
    return [_request(row, language) for row in await queries.found(session, caller, asked, span)]


async def of_token(session: Session, token: str) -> TokenOut:
    """The number that a token was given for, once it has been decided whether the report is taken up.

    Raises:
        NotFound: no report has this token.
    """
    row = await queries.by_token(session, token)
    if row is None:
        raise NotFound
    kept_back = not PublicService.model_validate(row.public_service).id_at_once and Status(row.status) in UNDECIDED
    return TokenOut(service_request_id=None if kept_back else row.id, token=token)


def _request(row: Any, language: Language) -> ServiceRequestOut:
    """A request, with its very place for whom it is the own, about where it is for everybody, else with none."""
    status, notes = Status(row.status), row.notes or []
    instants = [row.requested_at, row.closed_at, *(instant_of(at) for _, at in notes)]
    lat, long = (row.lat, row.lon) if row.is_mine else (coarse(row.lat), coarse(row.lon))
    is_placed = row.is_mine or row.is_shown
    return ServiceRequestOut(
        service_request_id=row.id,
        status=state_of(status),
        status_notes=notes_of([said for said, _ in notes], status, language),
        service_name=said_in(language, row.name, row.name_en),
        service_code=row.code,
        requested_datetime=w3c(row.requested_at),
        updated_datetime=w3c(max(at for at in instants if at is not None)),
        address_id=row.cell if row.is_mine else None,
        lat=lat if is_placed else None,
        long=long if is_placed else None,
    )


def w3c(at: datetime) -> str:
    """An instant as W3C's note has it, to the second."""
    return rfc3339(at).partition(".")[0] + "Z"
