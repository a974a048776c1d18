"""Proposing, settling and reading shares: what one side gives the other takes, and every reading is on record."""

from typing import Any, ClassVar
from uuid import UUID

from app.agency.queries import areas
from app.core import outbox
from app.core.db import Database, Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound, Problem, Unprocessable
from app.exchange.share import queries
from app.exchange.share.models import Share, ShareReading
from app.exchange.share.schemas import (
    SharedIncident,
    ShareIn,
    ShareOut,
    ShareReadingOut,
    ShareTransitionIn,
    SideOut,
)
from app.exchange.share.workflow import CONSENT, LONGEST, MOVES, Mask, ShareState, Side, Tier, allowed, redacted, shows
from app.identity.models import OrganisationKind
from app.identity.queries import now as instant
from app.identity.queries import organisation_by_code
from app.identity.service import Forbidden
from app.identity.workflow import Actor, Right
from app.incident.evidence.service import Content, shown
from app.incident.evidence.store import Store
from app.incident.queries import incident as incident_seen


class ReceivedOnly(Problem):
    """This incident was received by a share: what was received is not shared on."""

    status = 403


class ShareSettled(Conflict):
    """This share cannot be moved so any more; `state_now` says how it stands."""

    members: ClassVar[dict[str, Any]] = {"state_now": "withdrawn"}


async def propose(session: Session, caller: Actor, given: ShareIn) -> ShareOut:
    """Propose a share, for either side; one incident is offered by whose it is, never asked for.

    Raises:
        Forbidden: the caller speaks for neither side, or asks for one incident.
        ReceivedOnly: the incident is another's, and shown to the caller by a share.
        Unprocessable: there is no such organisation, area or incident, or the time box is over.
    """
    giver = await organisation_by_code(session, given.giver)
    receiver = await organisation_by_code(session, given.receiver)
    if giver is None or receiver is None or giver.kind != OrganisationKind.CENTRE or giver.id == receiver.id:
        raise Unprocessable("A share is given by a centre to another organisation, both named by their codes.")
    sides = _sides(caller, giver.id, receiver.id)
    if not sides or (given.incident_id and Side.GIVER not in sides):
        raise Forbidden("You speak for neither side, or ask for an incident that only its own centre can offer.")
    now = await instant(session)
    starts_at = given.starts_at or now
    if not now < given.ends_at <= starts_at + LONGEST or given.ends_at <= starts_at:
        raise Unprocessable(f"A share ends ahead, after it starts, within {LONGEST.days} days.")
    made = Share(
        id=given.id or uuid7(),
        giver_id=giver.id,
        receiver_id=receiver.id,
        **await _subject(session, caller, giver.id, given),
        category=given.category,
        tier=given.tier.value,
        masks=sorted({mask.value for mask in given.masks}),
        purpose=given.purpose,
        proposed_by=(Side.GIVER if Side.GIVER in sides else Side.RECEIVER).value,
        proposer_id=caller.account_id,
        starts_at=starts_at,
        ends_at=given.ends_at,
    )
    session.add(made)
    await session.flush()
    _record(session, made, "proposed", Side(made.proposed_by))
    return await show(session, caller, made.id)


async def _subject(session: Session, caller: Actor, giver_id: UUID, given: ShareIn) -> dict[str, UUID]:
    if given.area:
        found = await areas(session, [given.area])
        if given.area not in found:
            raise Unprocessable(f"There is no area {given.area}.")
        return {"area_id": found[given.area].id}
    incident_id = given.incident_id or UUID(int=0)
    incident = await incident_seen(session, caller, incident_id)
    if incident is not None and await queries.is_of(session, giver_id, incident):
        return {"incident_id": incident.id}
    if await queries.received(session, caller, incident_id):
        raise ReceivedOnly
    raise Unprocessable("The giver has no such incident.")


async def move(session: Session, caller: Actor, share_id: UUID, given: ShareTransitionIn, based_on: int) -> ShareOut:
    """Accept, refuse or withdraw a share. Withdrawn, it shows nothing from the next statement on.

    Raises:
        NotFound, Forbidden, ShareSettled, VersionStale.
    """
    share = await queries.held(session, caller, share_id)
    if share is None:
        raise NotFound
    sides = _sides(caller, share.giver_id, share.receiver_id)
    require_version(based_on, share.version)
    action = MOVES[given.action]
    now = await instant(session)
    if ShareState(share.state) not in action.source or (action.by_other and share.ends_at <= now):
        raise ShareSettled(state_now=share.state)
    if given.action not in _allowed(caller, share, sides):
        raise Forbidden("This is for the other side, and for somebody else than who proposed it.")
    share.state, share.version = action.target.value, share.version + 1
    share.settled_by, share.settled_at = caller.account_id, now
    await session.flush()
    other = Side.RECEIVER if share.proposed_by == Side.GIVER else Side.GIVER
    _record(session, share, share.state, other if action.by_other or other in sides else Side(share.proposed_by))
    return await show(session, caller, share_id)


async def page(session: Session, caller: Actor, after: UUID | None, limit: int) -> list[ShareOut]:
    """The shares of the caller's organisations, one more than asked for."""
    return [_out(caller, row) for row in await queries.page(session, caller, after, limit)]


async def show(session: Session, caller: Actor, share_id: UUID) -> ShareOut:
    """One share.

    Raises:
        NotFound.
    """
    row = await queries.one(session, caller, share_id)
    if row is None:
        raise NotFound
    return _out(caller, row)


async def incidents(
    session: Session, caller: Actor, share_id: UUID, after: UUID | None, limit: int
) -> list[SharedIncident]:
    """The incidents a share shows now, without what hangs on them; the reading is on record. One more than asked for.

    Raises:
        NotFound: there is no such share, it is not in force, or it is not the caller's to read.
    """
    share = await _read(session, caller, share_id)
    found = await queries.ids(session, caller, share_id, after, limit)
    await _note(session, caller, share, found[:limit])
    return [_redacted(share, one) for one in await queries.records(session, found, is_whole=False)]


async def incident(session: Session, caller: Actor, share_id: UUID, incident_id: UUID) -> SharedIncident:
    """One incident as a share shows it; the reading is on record.

    Raises:
        NotFound.
    """
    share = await _read(session, caller, share_id)
    if not await queries.is_shown(session, caller, share_id, incident_id):
        raise NotFound
    await _note(session, caller, share, [incident_id])
    [record] = await queries.records(session, [incident_id], is_whole=True)
    return _redacted(share, record)


async def picture(
    database: Database, store: Store, caller: Actor, share_id: UUID, incident_id: UUID, evidence_id: UUID
) -> Content:
    """The bytes of a picture that a share shows; the reading is on record.

    Raises:
        NotFound, ContentLost, ContentRemoved.
    """
    async with database.write() as session:
        share = await _read(session, caller, share_id)
        found = await queries.picture(session, incident_id, evidence_id)
        is_open = shows("pictures", Tier(share.tier), _masks(share))
        if found is None or not is_open or not await queries.is_shown(session, caller, share_id, incident_id):
            raise NotFound
        await _note(session, caller, share, [incident_id], evidence_id)
    return await shown(store, found)


async def readings(session: Session, caller: Actor, share_id: UUID, after: int, limit: int) -> list[ShareReadingOut]:
    """Who read what through a share: for those who speak for the giver, and its auditors. One more than asked for.

    Raises:
        NotFound, Forbidden.
    """
    row = await queries.one(session, caller, share_id)
    if row is None:
        raise NotFound
    if Side.GIVER not in _sides(caller, row.giver_id, row.receiver_id) and not caller.may_at(
        Right.AUDIT_READ, row.giver_id
    ):
        raise Forbidden("Who read through a share is for the giver to know.")
    return [ShareReadingOut(**one._asdict()) for one in await queries.readings(session, share_id, after, limit)]


def _sides(caller: Actor, giver_id: UUID, receiver_id: UUID) -> list[Side]:
    """For which sides the caller speaks."""
    places = {Side.GIVER: giver_id, Side.RECEIVER: receiver_id}
    return [side for side, place in places.items() if caller.roles_at(place) & CONSENT]


def _allowed(caller: Actor, share: Any, sides: list[Side]) -> list[Any]:
    is_proposer = share.proposer_id == caller.account_id
    return allowed(ShareState(share.state), Side(share.proposed_by), sides, is_proposer=is_proposer)


def _masks(share: Share) -> list[Mask]:
    return [Mask(mask) for mask in share.masks]


def _redacted(share: Share, record: dict[str, Any]) -> SharedIncident:
    tier = Tier(share.tier)
    return SharedIncident(may_share_on=False, tier=tier, **redacted(record, tier, _masks(share)))


async def _read(session: Session, caller: Actor, share_id: UUID) -> Share:
    share = await queries.to_read(session, caller, share_id)
    if share is None:
        raise NotFound
    return share


async def _note(
    session: Session, caller: Actor, share: Share, incident_ids: list[UUID], picture_id: UUID | None = None
) -> None:
    what = {"incidents": incident_ids, "picture_id": picture_id}
    session.add(ShareReading(share_id=share.id, account_id=caller.account_id, **what))
    await session.flush()


def _record(session: Session, share: Share, what: str, by: Side) -> None:
    """The fact is for both sides, and names none of what is shared; the side that did not act is told."""
    own, other = (share.giver_id, share.receiver_id) if by is Side.GIVER else (share.receiver_id, share.giver_id)
    facts = {"share_id": str(share.id), "state": share.state, "tier": share.tier, "by": by.value}
    scope = [share.giver_id, share.receiver_id]
    outbox.record(session, f"share.{what}", share.id, scope, **facts, centre_id=str(own), target_id=str(other))


def _out(caller: Actor, row: Any) -> ShareOut:
    own = {name: getattr(row, name) for name in ShareOut.model_fields if hasattr(row, name)}
    sides = {
        side.value: SideOut(**{name: getattr(row, f"{side}_{name}") for name in SideOut.model_fields}) for side in Side
    }
    may = _allowed(caller, row, _sides(caller, row.giver_id, row.receiver_id))
    return ShareOut.model_validate(own | sides | {"allowed_actions": may})
