"""The statements about shares. What one shows is asked of the database with the agreement itself: in force, now."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, any_, exists, func, or_, select
from sqlalchemy.orm import aliased

from app.agency.queries import code_of
from app.catalogue.models import Category
from app.core.db import Session
from app.exchange.share.models import Share, ShareReading
from app.exchange.share.workflow import ShareState
from app.grid.models import Area, GridCell
from app.identity.models import Account, Organisation
from app.identity.workflow import Actor
from app.incident.evidence.models import Evidence
from app.incident.history.models import IncidentNote
from app.incident.models import Incident, IncidentMove


def places(actor: Actor) -> list[UUID]:
    """The organisations for which an actor looks at incidents."""
    return [*actor.incident_centres, *actor.incident_departments]


def in_force() -> ColumnElement[bool]:
    """The share shows something at this instant, by the database's clock."""
    return and_(Share.state == ShareState.ACCEPTED.value, Share.starts_at <= func.now(), func.now() < Share.ends_at)


def _covered() -> ColumnElement[bool]:
    """The share is of this incident, which is the giver's own: what others share with the giver never is."""
    home = exists().where(Organisation.id == Incident.home_centre_id, Share.giver_id == any_(Organisation.lineage))
    within = exists().where(Area.id == Incident.area_id, Share.area_id == any_(Area.lineage))
    of_category = exists().where(Category.id == Incident.category_id, Category.code == Share.category)
    standing = and_(
        Share.area_id.is_not(None),
        Incident.closed_at.is_(None),
        within.correlate(Incident, Share),
        or_(Share.category.is_(None), of_category.correlate(Incident, Share)),
    )
    return and_(home.correlate(Incident, Share), or_(Incident.id == Share.incident_id, standing))


def _shared(actor: Actor) -> Select[Any]:
    """Incidents with the shares in force that show them to this actor."""
    return (
        select(Incident.id)
        .join(Share, _covered())
        .where(in_force(), Share.receiver_id.in_(places(actor)))
        .order_by(Incident.id)
    )


def _shown() -> Select[Any]:
    giver, receiver = aliased(Organisation), aliased(Organisation)
    columns: tuple[Any, ...] = (
        *Share.__table__.c,
        in_force().label("is_in_force"),
        code_of(Area, Share.area_id).label("area"),
        *(getattr(giver, name).label(f"giver_{name}") for name in ("code", "name", "name_en")),
        *(getattr(receiver, name).label(f"receiver_{name}") for name in ("code", "name", "name_en")),
    )
    return select(*columns).join(giver, giver.id == Share.giver_id).join(receiver, receiver.id == Share.receiver_id)


def _seen(actor: Actor) -> ColumnElement[bool]:
    """The share is one of the caller's organisations', on either side."""
    mine = places(actor)
    return or_(Share.giver_id.in_(mine), Share.receiver_id.in_(mine))


async def page(session: Session, actor: Actor, after: UUID | None, limit: int) -> Sequence[Any]:
    """Shares of the caller's organisations, in the order of their ids; one more than asked for."""
    statement = _shown().where(_seen(actor))
    if after is not None:
        statement = statement.where(Share.id > after)
    rows: Sequence[Any] = (await session.execute(statement.order_by(Share.id).limit(limit + 1))).all()
    return rows


async def one(session: Session, actor: Actor, share_id: UUID) -> Any:
    """The share with this id, if it is one of the caller's organisations'."""
    return (await session.execute(_shown().where(_seen(actor), Share.id == share_id))).one_or_none()


async def held(session: Session, actor: Actor, share_id: UUID) -> Share | None:
    """The same; nobody moves it until commit."""
    return await session.scalar(select(Share).where(_seen(actor), Share.id == share_id).with_for_update())


async def to_read(session: Session, actor: Actor, share_id: UUID) -> Share | None:
    """The share, if it is in force and for the caller to read."""
    mine = Share.receiver_id.in_(places(actor))
    return await session.scalar(select(Share).where(Share.id == share_id, mine, in_force()))


async def received(session: Session, actor: Actor, incident_id: UUID) -> bool:
    """Whether this incident is shown to the caller by a share."""
    return await session.scalar(_shared(actor).where(Incident.id == incident_id).limit(1)) is not None


async def is_of(session: Session, giver_id: UUID, incident: Incident) -> bool:
    """Whether the incident's home is this centre, or below it."""
    home = select(Organisation.id).where(
        Organisation.id == incident.home_centre_id, Organisation.lineage.contains([giver_id])
    )
    return await session.scalar(home) is not None


async def ids(session: Session, actor: Actor, share_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """Which incidents a share shows now, in the order of their ids; one more than asked for."""
    statement = _shared(actor).where(Share.id == share_id)
    if after is not None:
        statement = statement.where(Incident.id > after)
    return list(await session.scalars(statement.limit(limit + 1)))


async def is_shown(session: Session, actor: Actor, share_id: UUID, incident_id: UUID) -> bool:
    """Whether a share shows this incident now."""
    return await session.scalar(_shared(actor).where(Share.id == share_id, Incident.id == incident_id)) is not None


async def records(session: Session, incident_ids: Sequence[UUID], *, is_whole: bool) -> list[dict[str, Any]]:
    """Incidents with all that any share may show, in the order of their ids; what hangs on them if `is_whole`."""
    i, c = Incident, GridCell
    centroid = func.ST_PointOnSurface(c.boundary)
    plain = (
        i.id, i.number, i.status, i.priority, i.occurred_at, i.reported_at, i.status_since, i.closed_at, i.title,
        i.description,
    )  # fmt: skip
    statement = (
        select(*plain, c.code, Category.code, Category.name, Category.name_en, *_xy(i.location), *_xy(centroid))
        .join(c, c.id == i.cell_id)
        .outerjoin(Category, Category.id == i.category_id)
        .where(i.id.in_(incident_ids))
        .order_by(i.id)
    )
    found = []
    for *own, cell, code, name, name_en, lon, lat, cell_lon, cell_lat in await session.execute(statement):
        record = dict(zip((column.key for column in plain), own, strict=True))
        record["cell"] = {"code": cell}
        record["category"] = {"code": code, "name": name, "name_en": name_en} if code else None
        record |= {"location": _point(lon, lat), "cell_location": _point(cell_lon, cell_lat)}
        found.append(record | (await _hanging(session, record["id"]) if is_whole else {}))
    return found


def _xy(place: Any) -> tuple[ColumnElement[float], ColumnElement[float]]:
    return func.ST_X(place), func.ST_Y(place)


def _point(lon: float | None, lat: float | None) -> dict[str, Any] | None:
    return None if lon is None else {"type": "Point", "coordinates": [lon, lat]}


async def _hanging(session: Session, incident_id: UUID) -> dict[str, Any]:
    """The history, the notes and the pictures of an incident."""
    m, n, e = IncidentMove, IncidentNote, Evidence
    actor = Account.username.label("actor")
    moves = (
        select(m.action, m.from_status, m.to_status, m.at, m.role, m.note, actor)
        .join(Account, Account.id == m.actor_id)
        .where(m.incident_id == incident_id)
        .order_by(m.seq)
    )
    notes = (
        select(n.at, n.kind, n.note, n.role, actor)
        .join(Account, Account.id == n.account_id)
        .where(n.incident_id == incident_id)
        .order_by(n.id)
    )
    pictures = (
        select(e.id, e.kind, e.created_at.label("at"), e.media_type, e.note, actor, *_xy(e.location))
        .join(Account, Account.id == e.account_id)
        .where(e.incident_id == incident_id, e.removed_at.is_(None))
        .order_by(e.id)
    )
    names = ("id", "kind", "at", "media_type", "note", "actor")
    return {
        "history": [row._asdict() for row in await session.execute(moves)],
        "notes": [row._asdict() for row in await session.execute(notes)],
        "pictures": [
            dict(zip(names, own, strict=True)) | {"location": _point(lon, lat)}
            for *own, lon, lat in await session.execute(pictures)
        ],
    }


async def picture(session: Session, incident_id: UUID, evidence_id: UUID) -> Evidence | None:
    """A picture of this incident."""
    return await session.scalar(select(Evidence).where(Evidence.id == evidence_id, Evidence.incident_id == incident_id))


async def readings(session: Session, share_id: UUID, after: int, limit: int) -> Sequence[Any]:
    """Who read what through a share, in order; one more than asked for."""
    r = ShareReading
    statement = (
        select(r.id, r.incidents, r.picture_id, r.at, Account.username.label("actor"))
        .join(Account, Account.id == r.account_id)
        .where(r.share_id == share_id, r.id > after)
        .order_by(r.id)
        .limit(limit + 1)
    )
    return (await session.execute(statement)).all()
