"""Every statement about warnings."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from geoalchemy2 import Geography, Geometry
from sqlalchemy import ARRAY, ColumnElement, Select, any_, cast, func, literal, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, CentreArea
from app.core.db import Session
from app.core.geo import SRID
from app.exchange.warning.models import PublicWarning
from app.exchange.warning.workflow import Message, Reference, State, written
from app.grid.models import Area, GridCell
from app.grid.queries import in_force
from app.identity.models import Organisation
from app.identity.workflow import Actor, Right

W = PublicWarning
IDS = ARRAY(PgUUID(as_uuid=True))


def _seen(caller: Actor) -> ColumnElement[bool]:
    """Warnings that concern a place of the caller's, or are of one."""
    places = caller.places_with(Right.GROUND_READ)
    return or_(W.centres.op("&&")(literal(places, IDS)), W.centre_id.in_(places))


def _shown() -> Select[Any]:
    codes = select(func.json_agg(Organisation.code)).where(Organisation.id == any_(W.centres)).scalar_subquery()
    own = select(Organisation.code).where(Organisation.id == W.centre_id).scalar_subquery()
    return select(W, codes.label("codes"), own.label("centre"))


async def warnings(session: Session, caller: Actor, after: UUID | None, limit: int, *, active: bool) -> Sequence[Any]:
    """The warnings that the caller sees, the newest first; one more than asked for."""
    statement = _shown().where(_seen(caller))
    if after is not None:
        statement = statement.where(W.id < after)
    if active:
        statement = statement.where(_active())
    return list(await session.execute(statement.order_by(W.id.desc()).limit(limit + 1)))


async def warning(session: Session, caller: Actor, id: UUID) -> Any:
    """The warning with this id, if the caller sees it."""
    return (await session.execute(_shown().where(W.id == id, _seen(caller)))).one_or_none()


async def shown(session: Session, id: UUID) -> Any:
    """A warning as it is shown to whom it is known."""
    statement = _shown().where(W.id == id).execution_options(populate_existing=True)
    return (await session.execute(statement)).one()


async def held(session: Session, caller: Actor, id: UUID) -> PublicWarning | None:
    """The warning with this id, if the caller sees it, held until commit."""
    return await session.scalar(select(W).where(W.id == id, _seen(caller)).with_for_update())


def _active() -> ColumnElement[bool]:
    return (W.state == State.ISSUED) & or_(W.expires_at.is_(None), W.expires_at > func.now())


async def issued(session: Session, id: UUID) -> str | None:
    """The message of a warning of ours that was issued."""
    return await session.scalar(select(W.xml).where(W.id == id, W.centre_id.is_not(None), W.sent.is_not(None)))


async def current(session: Session) -> Sequence[PublicWarning]:
    """Our warnings in force, the newest first."""
    found = select(W).where(W.centre_id.is_not(None), _active()).order_by(W.sent.desc(), W.id).limit(500)
    return (await session.scalars(found)).all()


async def now(session: Session) -> Any:
    """The database's instant, to the second."""
    return await session.scalar(select(func.date_trunc("second", func.now())))


# --- where ---------------------------------------------------------------------------------------------------------


async def centre(session: Session, code: str) -> Any:
    """The centre with this code: its id, name, and the area that it commands."""
    columns: tuple[Any, ...] = (Centre.id, Centre.area_id, Organisation.code, Organisation.name, Organisation.name_en)
    statement = select(*columns).join(Organisation, Organisation.id == Centre.id).where(Organisation.code == code)
    return (await session.execute(statement)).one_or_none()


async def areas(session: Session, codes: Sequence[str], within: UUID) -> Sequence[Area]:
    """The areas with these codes that lie in an area."""
    found = select(Area).where(Area.code.in_(codes), Area.lineage.contains([within])).order_by(Area.code)
    return (await session.scalars(found)).all()


def _cells(ids: Sequence[UUID]) -> Select[Any]:
    """The cells in force of areas with everything below."""
    inside = Area.lineage.op("&&")(literal(list(ids), IDS))
    return select(GridCell.boundary).join(Area, Area.id == GridCell.area_id).where(inside, in_force(func.now()))


async def ground(session: Session, ids: Sequence[UUID], tolerance: float | None) -> Any:
    """The ground of areas, drawn as coarse as this many degrees, or what encloses it: as EWKT, GeoJSON, its points."""
    cells = _cells(ids).subquery()
    whole: ColumnElement[Any] = func.ST_Union(cells.c.boundary)
    coarse = func.ST_ConvexHull(whole) if tolerance is None else func.ST_SimplifyPreserveTopology(whole, tolerance)
    drawn = select(func.ST_Multi(coarse).label("shape")).subquery()
    shape = drawn.c.shape
    return (
        await session.execute(
            select(
                func.ST_AsEWKT(shape).label("shape"),
                func.ST_AsGeoJSON(shape, 5).label("geojson"),
                func.coalesce(func.ST_NPoints(shape), 0).label("points"),
            )
        )
    ).one()


async def touched(session: Session, shapes: Sequence[str], codes: Sequence[str], reach: Sequence[UUID]) -> list[UUID]:
    """Which of these centres command ground that shapes touch, or that these codes of areas name."""
    found: set[UUID] = set()
    base = (
        select(CentreArea.centre_id)
        .join(Area, Area.id == CentreArea.area_id)
        .where(CentreArea.centre_id.in_(reach))
        .distinct()
    )
    for shape in shapes:
        here = func.ST_GeomFromEWKT(shape)
        inside = func.ST_Intersects(GridCell.boundary, here) & ~func.ST_Touches(GridCell.boundary, here)
        cells = base.join(GridCell, GridCell.area_id == Area.id).where(in_force(func.now()), inside)
        found |= set(await session.scalars(cells))
    if codes:
        named = aliased(Area)
        below = base.join(named, named.id == any_(Area.lineage)).where(named.code.in_(codes))
        found |= set(await session.scalars(below))
    return sorted(found)


async def mended(session: Session, message: Message) -> list[str]:
    """The polygons and circles of a message as shapes that can be reckoned with."""
    shapes: list[str] = []
    for ring in message.rings:
        said = ", ".join(f"{lon:.7f} {lat:.7f}" for lon, lat in ring)
        valid = func.ST_CollectionExtract(func.ST_MakeValid(func.ST_GeomFromText(f"POLYGON(({said}))", SRID)), 3)
        shapes.append(await session.scalar(select(func.ST_AsEWKT(func.ST_Multi(valid)))) or "")
    for lon, lat, metres in message.circles:
        spot = cast(func.ST_SetSRID(func.ST_MakePoint(lon, lat), SRID), Geography(srid=SRID))
        round_ = cast(func.ST_Buffer(spot, max(metres, 1.0)), Geometry("POLYGON", SRID))
        shapes.append(await session.scalar(select(func.ST_AsEWKT(func.ST_Multi(round_)))) or "")
    return [shape for shape in shapes if shape and "EMPTY" not in shape]


# --- messages of others --------------------------------------------------------------------------------------------


async def hold_sender(session: Session, account_id: UUID, sender: str) -> None:
    """Nobody else takes a message of this sender until commit: what refers to what is decided one by one."""
    key = func.hashtextextended(f"{account_id} {sender}", literal_column("0"))
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def message(session: Session, ref: Reference) -> PublicWarning | None:
    """The message with these names."""
    same = (W.sender == ref.sender, W.identifier == ref.identifier, W.sent == ref.sent)
    return await session.scalar(select(W).where(*same))


async def referring(session: Session, account_id: UUID, ref: Reference) -> str | None:
    """What a later message that came first does to this one: its msgType."""
    named = cast([list(plain(ref))], JSONB)
    later = select(W.msg_type).where(W.account_id == account_id, W.sender == ref.sender, W.refs.contains(named))
    return await session.scalar(later.order_by(W.sent.desc()).limit(1))


async def supersede(session: Session, account_id: UUID, ref: Reference, state: State) -> PublicWarning | None:
    """Let a message of the same channel and sender be followed by another."""
    same = (W.sender == ref.sender, W.identifier == ref.identifier, W.sent == ref.sent, W.account_id == account_id)
    changed = update(W).where(*same, W.state == State.ISSUED).values(state=state, version=W.version + 1)
    return await session.scalar(changed.returning(W))


def plain(ref: Reference) -> tuple[str, str, str]:
    """A reference as it is kept and written."""
    return ref.sender, ref.identifier, written(ref.sent)


async def outline(session: Session, own: PublicWarning) -> Any:
    """The code of a warning's centre, and its ground as GeoJSON."""
    columns: tuple[Any, ...] = (Organisation.code, func.ST_AsGeoJSON(W.ground, 5).label("geojson"))
    statement = select(*columns).select_from(W).join(Organisation, Organisation.id == W.centre_id)
    return (await session.execute(statement.where(W.id == own.id))).one()


async def centres(session: Session, ids: Sequence[UUID]) -> list[UUID]:
    """Those of these organisations that are centres."""
    return list(await session.scalars(select(Centre.id).where(Centre.id.in_(ids)).order_by(Centre.id)))
