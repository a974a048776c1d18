"""The use cases of warnings: a centre's own from draft to end, and messages of others taken once and passed on."""

from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import ANY_VERSION, require_version
from app.core.problems import Conflict, NotFound, Unprocessable
from app.exchange.warning import queries, writing
from app.exchange.warning.models import PublicWarning
from app.exchange.warning.reading import read
from app.exchange.warning.schemas import WarningIn, WarningOut, WarningPatch
from app.exchange.warning.workflow import (
    AFTER,
    MEANT,
    MOST_POINTS,
    CapStatus,
    MsgType,
    Reference,
    State,
)
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right

TOLERANCES = (0.0, 0.0001, 0.0003, 0.001, 0.003, 0.01, None)
"""How coarse the ground is drawn, in degrees, until it has few enough points; at last, what encloses all of it."""
LANGUAGES = (("zh-CN", ""), ("en", "_en"))
FACTS = {MsgType.ALERT: "warning.issued", MsgType.UPDATE: "warning.updated", MsgType.CANCEL: "warning.cancelled"}


class NotIssued(Conflict):
    """The warning is not in force: only a draft is issued, and only what is in force is changed or called off."""


class Ground(NamedTuple):
    """Where a warning is: its areas' names, its shape, and its rings as they go out."""

    names: str
    shape: str
    rings: list[list[list[float]]]


# --- our own -------------------------------------------------------------------------------------------------------


async def draft(session: Session, by: Actor, body: WarningIn) -> WarningOut:
    """A warning of a centre, not told to anybody yet."""
    made = await _made(session, by, body, MsgType.ALERT, [])
    return await shown(session, made.id)


async def _made(
    session: Session, by: Actor, body: WarningIn, kind: MsgType, refs: list[tuple[str, str, str]]
) -> PublicWarning:
    centre = await queries.centre(session, body.centre)
    if centre is None or not by.may_at(Right.WARNINGS_WRITE, centre.id):
        raise Unprocessable(f"There is no centre {body.centre} for which you warn.")
    _require_future(body.expires_at, await queries.now(session))
    ground = await _ground(session, body.areas, centre.area_id)
    reach = [place for place in by.roles if by.may_at(Right.WARNINGS_WRITE, place)]
    made = PublicWarning(
        id=body.id or uuid7(),
        state=State.DRAFT,
        centre_id=centre.id,
        account_id=by.account_id,
        sender=None,
        identifier=None,
        sent=None,
        status=CapStatus.EXERCISE if body.exercise else CapStatus.ACTUAL,
        msg_type=kind,
        refs=refs,
        infos=_infos(body, centre, ground.names),
        area_codes=sorted(body.areas),
        ground=ground.shape,
        centres=sorted({centre.id, *await queries.touched(session, [], body.areas, reach)}),
        expires_at=body.expires_at,
        xml=None,
    )
    session.add(made)
    await session.flush()
    return made


def _require_future(expires_at: datetime | None, now: datetime) -> None:
    if expires_at is not None and expires_at <= now:
        raise Unprocessable("It would have expired already.")


def _infos(body: WarningIn, centre: Any, areas: str) -> list[dict[str, Any]]:
    same = body.model_dump(mode="json", include={"category", "urgency", "severity", "certainty"})
    said = body.model_dump(include={f"{name}{end}" for name in WORDS for _, end in LANGUAGES})
    expires = {"areas": [areas], "expires": body.expires_at.isoformat()}
    return [
        {"language": language, "senderName": getattr(centre, f"name{end}")}
        | same
        | {name: said[f"{name}{end}"] for name in WORDS if said[f"{name}{end}"]}
        | expires
        for language, end in LANGUAGES
    ]


WORDS = ("event", "headline", "description", "instruction")


async def _ground(session: Session, codes: list[str], within: UUID) -> Ground:
    areas = await queries.areas(session, codes, within)
    if unknown := sorted(set(codes) - {area.code for area in areas}):
        raise Unprocessable("These are no areas of the centre's ground.", areas=unknown)
    for tolerance in TOLERANCES:
        drawn = await queries.ground(session, [area.id for area in areas], tolerance)
        if drawn.points <= MOST_POINTS:
            break
    if not drawn.points:
        raise Unprocessable("No grid plan in force covers these areas.")
    outlines = [polygon[0] for polygon in orjson.loads(drawn.geojson)["coordinates"]]
    return Ground("、".join(area.name for area in areas), drawn.shape, outlines)


async def issue(session: Session, by: Actor, id: UUID, based_on: int, issuer: str) -> WarningOut:
    """Issue a draft: it has its names from now on, and everybody may read it.

    Raises:
        NotIssued: it is no draft any more.
    """
    own = await _own(session, by, id, based_on)
    if own.state != State.DRAFT:
        raise NotIssued
    _require_future(own.expires_at, await queries.now(session))
    await _send(session, own, issuer)
    return await shown(session, id)


async def follow(session: Session, by: Actor, id: UUID, body: WarningIn, issuer: str) -> WarningOut:
    """Say anew what a warning in force says: another message takes its place."""
    before = await _in_force(session, by, id)
    made = await _made(session, by, body, MsgType.UPDATE, [_name_of(before)])
    before.state, before.version = State.UPDATED, before.version + 1
    await _send(session, made, issuer)
    return await shown(session, made.id)


async def call_off(session: Session, by: Actor, id: UUID, body: WarningPatch, issuer: str) -> WarningOut:
    """Call a warning in force off: another message says so."""
    before = await _in_force(session, by, id)
    reasons = {"zh-CN": body.reason, "en": body.reason_en}
    infos = [info | {"description": reasons[info["language"]]} for info in before.infos]
    copied = ("centre_id", "status", "area_codes", "centres", "expires_at")
    end = PublicWarning(
        id=uuid7(),
        state=State.DRAFT,
        account_id=by.account_id,
        msg_type=MsgType.CANCEL,
        refs=[_name_of(before)],
        infos=infos,
        ground=None,
        **{name: getattr(before, name) for name in copied},
    )
    session.add(end)
    before.state, before.version = State.CANCELLED, before.version + 1
    await session.flush()
    await _send(session, end, issuer)
    end.state = State.CANCELLED
    await session.flush()
    return await shown(session, end.id)


async def _own(session: Session, by: Actor, id: UUID, based_on: int) -> PublicWarning:
    found = await queries.held(session, by, id)
    if found is None:
        raise NotFound
    if found.centre_id is None or not by.may_at(Right.WARNINGS_WRITE, found.centre_id):
        raise Forbidden("It is not a warning of a centre for which you warn.")
    require_version(based_on, found.version)
    return found


async def _in_force(session: Session, by: Actor, id: UUID) -> PublicWarning:
    before = await _own(session, by, id, ANY_VERSION)
    if before.state != State.ISSUED:
        raise NotIssued
    return before


async def _send(session: Session, own: PublicWarning, issuer: str) -> None:
    """Give a message its names, write it, and tell the centres that it concerns."""
    assert own.centre_id is not None  # noqa: S101  # it is our own
    ground = await queries.outline(session, own)
    own.sender, own.identifier = f"{ground.code}@{issuer}", f"{issuer}-{own.id}"
    own.sent, own.state, own.version = await queries.now(session), State.ISSUED, own.version + 1
    outlines = [polygon[0] for polygon in orjson.loads(ground.geojson)["coordinates"]] if ground.geojson else []
    own.xml = writing.cap(own, own.infos[0]["areas"][0], outlines)
    await session.flush()
    _tell(session, own)


def _name_of(warning: PublicWarning) -> tuple[str, str, str]:
    assert warning.sender and warning.identifier and warning.sent  # noqa: S101, PT018  # it was issued
    return queries.plain(Reference(warning.sender, warning.identifier, warning.sent))


def _tell(session: Session, warning: PublicWarning) -> None:
    """A fact for each centre that a warning concerns, where it is meant."""
    if warning.status not in MEANT:
        return
    topic = FACTS[MsgType(warning.msg_type)]
    first = warning.infos[0] if warning.infos else {}
    said = {name: first.get(name) for name in ("event", "urgency", "severity", "certainty")}
    for centre_id in warning.centres:
        about = {"warning_id": str(warning.id), "centre_id": str(centre_id), "status": warning.status}
        outbox.record(session, topic, warning.id, [centre_id], **about, **said)


# --- those of others -----------------------------------------------------------------------------------------------


async def receive(session: Session, by: Actor, body: bytes) -> tuple[WarningOut, bool]:
    """Take a CAP message of others in, once by its names; what it refers to is followed by it. Whether it is new.

    Raises:
        Unreadable, NotCap: it cannot be read.
        Conflict: another channel brought a message with the same names.
    """
    message = read(body)
    name = Reference(message.sender, message.identifier, message.sent)
    await queries.hold_sender(session, by.account_id, message.sender)
    known = await queries.message(session, name)
    if known is not None:
        if known.account_id != by.account_id:
            raise Conflict("Another channel brought a message with these names.")
        return await shown(session, known.id), False
    later = await queries.referring(session, by.account_id, name)
    state = State.CANCELLED if message.msg_type is MsgType.CANCEL else State.ISSUED
    shapes = await queries.mended(session, message)
    taken = PublicWarning(
        id=uuid7(),
        state=AFTER[MsgType(later)] if later else state,
        account_id=by.account_id,
        refs=[queries.plain(ref) for ref in message.refs],
        area_codes=sorted(set(message.codes))[:500],
        ground=None,
        centres=await _concerned(session, by, message.codes, shapes),
        xml=body.decode(errors="replace").replace("\x00", ""),
        **{name: getattr(message, name) for name in COPIED},
    )
    session.add(taken)
    for ref in (one for one in message.refs if one.sender == message.sender):
        before = await queries.supersede(session, by.account_id, ref, AFTER.get(message.msg_type, State.UPDATED))
        if before is not None:
            taken.centres = sorted({*taken.centres, *before.centres})
    await session.flush()
    if not later:
        _tell(session, taken)
    return await shown(session, taken.id), True


COPIED = ("sender", "identifier", "sent", "status", "msg_type", "infos", "expires_at")


async def _concerned(session: Session, by: Actor, codes: list[str], shapes: list[str]) -> list[UUID]:
    """The centres of the channel's reach whose ground a message touches; all, where it does not say where."""
    reach = by.places_with(Right.WARNINGS_BRING)
    found = await queries.touched(session, shapes, codes, reach)
    return found if shapes or found else await queries.centres(session, reach)


async def shown(session: Session, id: UUID) -> WarningOut:
    """A warning as it is shown."""
    return show(await queries.shown(session, id))


def show(row: Any) -> WarningOut:
    """A row as it is shown."""
    of: PublicWarning = row.PublicWarning
    said = {name: getattr(of, name) for name in (*COPIED, "id", "version", "created_at", "updated_at", "state")}
    direction = "in" if of.centre_id is None else "out"
    return WarningOut.model_validate(
        said | {"direction": direction, "centre": row.centre, "centres": sorted(row.codes or [])}
    )
