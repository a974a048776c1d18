"""Every statement about services and service requests."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Double,
    Executable,
    Interval,
    LargeBinary,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    func,
    insert,
    literal_column,
    not_,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.catalogue.models import Category, CategoryScheme
from app.core.db import Hot, Session
from app.exchange.open311.models import ServiceRequest
from app.exchange.open311.schemas import Asked
from app.exchange.open311.workflow import MOST, OPEN, Span
from app.exchange.told.queries import FILED, FINAL, as_handled, public_notes
from app.grid.models import Area, GridCell
from app.grid.queries import cell_at
from app.identity.workflow import Actor

UUID = PgUUID(as_uuid=True)
R = ServiceRequest


def _offered() -> Select[Any]:
    """The services of every jurisdiction, of the editions in force."""
    columns: tuple[Any, ...] = (Area.code.label("area"), Category)
    return (
        select(*columns)
        .join(CategoryScheme, and_(CategoryScheme.area_id == Area.id, CategoryScheme.is_current))
        .join(Category, Category.scheme_id == CategoryScheme.id)
        .where(Category.public_service.is_not(None))
        .order_by(Area.code, Category.code)
    )


async def jurisdictions(session: Session) -> Sequence[str]:
    """The codes of the jurisdictions that offer services."""
    return (await session.scalars(_offered().with_only_columns(Area.code).order_by(None).distinct())).all()


async def services(session: Session, area: str, code: str | None = None) -> Sequence[Category]:
    """The services of a jurisdiction, or the one with this code."""
    statement = _offered().where(Area.code == area).with_only_columns(Category)
    return (await session.scalars(statement if code is None else statement.where(Category.code == code))).all()


def _lock() -> Executable:
    return select(func.pg_advisory_xact_lock(bindparam("lock", type_=BigInteger)))


LOCK = Hot(_lock)
"""Wait until nobody else files the same words for the same channel. What follows sees what they did."""


def _before() -> Executable:
    """What this channel brought a short while ago: how much, and the same words among it."""
    mine = and_(
        R.account_id == bindparam("actor_id", type_=UUID),
        R.requested_at > func.now() - bindparam("within", type_=Interval),
    )
    same = R.body_sha256 == bindparam("body_sha256", type_=LargeBinary)
    latest = select(R.id, R.token, Category.public_service).join(Category, Category.id == R.category_id)
    earlier = latest.where(mine, same).order_by(R.requested_at.desc()).limit(1).subquery()
    counted = select(func.count().label("brought")).select_from(R).where(mine).subquery()
    return select(counted.c.brought, *earlier.c).outerjoin(earlier, literal_column("true"))


BEFORE = Hot(_before)


def _service_at() -> Executable:
    """The jurisdiction that holds a place, and its service with this code; no row outside all of them."""
    cell = cell_at(bindparam("lon", type_=Double), bindparam("lat", type_=Double), func.now()).subquery()
    own, root = aliased(Area), aliased(Area)
    code = Category.code == bindparam("code", type_=Text)
    return (
        select(root.code.label("area"), Category.id, Category.name, Category.public_service)
        .select_from(cell)
        .join(own, own.id == cell.c.area_id)
        .join(root, and_(root.id == any_(own.lineage), root.parent_id.is_(None)))
        .outerjoin(CategoryScheme, and_(CategoryScheme.area_id == root.id, CategoryScheme.is_current))
        .outerjoin(Category, and_(Category.scheme_id == CategoryScheme.id, code, Category.public_service.is_not(None)))
    )


SERVICE_AT = Hot(_service_at)


def _add() -> Executable:
    given: dict[str, Any] = {name: bindparam(name, type_=Text) for name in ("id", "token")}
    given |= {name: bindparam(name, type_=UUID) for name in ("incident_id", "account_id", "category_id")}
    return insert(R).values(given | {"body_sha256": bindparam("body_sha256", type_=LargeBinary)})


ADD = Hot(_add)


# --- what is shown -------------------------------------------------------------------------------------------------

ASKED_FOR, TAKEN_FOR = Category, aliased(Category)


def _is_shown() -> ColumnElement[bool]:
    """Everybody may see it: what was asked for is such a service, and so is what the centre took it for."""
    shown = (one.public_service["is_shown"].astext == literal_column("'true'") for one in (ASKED_FOR, TAKEN_FOR))
    return func.coalesce(and_(*shown), literal_column("false"))


def _is_mine(caller: Actor | None) -> ColumnElement[bool]:
    """The caller is the channel that brought it."""
    return literal_column("false") if caller is None else R.account_id == caller.account_id


def _requests(caller: Actor | None) -> Select[Any]:
    columns: tuple[Any, ...] = (R.id, R.token, R.requested_at, ASKED_FOR.code, ASKED_FOR.name, ASKED_FOR.name_en)
    statement = (
        select(
            *columns,
            ASKED_FOR.public_service,
            FINAL.status,
            FINAL.closed_at,
            func.ST_X(FILED.location).label("lon"),
            func.ST_Y(FILED.location).label("lat"),
            GridCell.code.label("cell"),
            _is_mine(caller).label("is_mine"),
            _is_shown().label("is_shown"),
            public_notes().label("notes"),
        )
        .select_from(R)
        .join(FILED, FILED.id == R.incident_id)
        .join(ASKED_FOR, ASKED_FOR.id == R.category_id)
        .join(GridCell, GridCell.id == FILED.cell_id)
        .outerjoin(TAKEN_FOR, TAKEN_FOR.id == FILED.category_id)
    )
    return as_handled(statement)


async def known(session: Session, caller: Actor | None, ids: Sequence[str]) -> Sequence[Any]:
    """The requests with these numbers: who knows one may ask."""
    statement = _requests(caller).where(R.id.in_(ids)).order_by(R.requested_at.desc(), R.id)
    return list(await session.execute(statement))


async def by_token(session: Session, token: str) -> Any:
    """The request that this token was given for."""
    return (await session.execute(_requests(None).where(R.token == token))).one_or_none()


async def found(session: Session, caller: Actor | None, asked: Asked, span: Span) -> Sequence[Any]:
    """The requests asked for that the caller may see, the newest first."""
    statement = _requests(caller).where(R.requested_at.between(span.since, span.until))
    statement = statement.where(or_(_is_mine(caller), _is_shown()))
    if asked.service_code:
        statement = statement.where(ASKED_FOR.code.in_(asked.service_code))
    if len(asked.status) == 1:
        is_open = FINAL.closed_at.is_(None)
        statement = statement.where(is_open if OPEN in asked.status else not_(is_open))
    if asked.jurisdiction_id is not None:
        scheme = select(CategoryScheme.id).join(Area, Area.id == CategoryScheme.area_id)
        statement = statement.where(ASKED_FOR.scheme_id.in_(scheme.where(Area.code == asked.jurisdiction_id)))
    return list(await session.execute(statement.order_by(R.requested_at.desc(), R.id).limit(MOST)))


async def now(session: Session) -> Any:
    """The database's instant."""
    return await session.scalar(select(func.now()))
