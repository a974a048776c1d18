"""What filing an incident looks at, in one statement: the ground, who commands there, the category, what is near."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    Executable,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, CentreArea
from app.catalogue.models import Category, CategoryScheme, Standard
from app.catalogue.queries import calendar_of_centre
from app.command.record.queries import callers_patrols, centre_json, has_child, obj, one, standard_json
from app.core.db import Hot
from app.core.once import StoredAnswer
from app.dispatch.queries import candidates, wants_authority
from app.grid.models import Area, GridCell
from app.grid.queries import cell_at, in_force, point
from app.identity.models import Organisation
from app.incident.models import Incident, serial
from app.policy.queries import ladders_json, routing_json

UUID = PgUUID(as_uuid=True)
BORDER_DEGREES = 5 / 111_320
"""A place this near to another street's ground lies across the border of the two: 5 m."""
DUPLICATES = 5
METRES_A_DEGREE = 111_320.0


def stored() -> list[ColumnElement[Any]]:
    """Whether this request's key is free to be worked on, and the answer it has already."""
    a = StoredAnswer
    return [
        func.pg_try_advisory_xact_lock(bindparam("key_lock", type_=BigInteger)).label("key_free"),
        a.fingerprint.label("stored_fingerprint"),
        a.status.label("stored_status"),
        a.etag.label("stored_etag"),
        a.body.label("stored_body"),
    ]


def has_answer() -> ColumnElement[bool]:
    """The stored answer to this request's key."""
    mine = StoredAnswer.principal_id == bindparam("actor_id", type_=UUID)
    return and_(mine, StoredAnswer.key == bindparam("key", type_=Text))


def _duplicates(here: Any, kind: CTE) -> ColumnElement[Any]:
    """Open incidents near in place, time and kind that the caller may see."""
    # Looked up as values, not joined: only then is the box known before the index is read.
    near = aliased(Incident)
    rules, category_id = (select(column).scalar_subquery() for column in (kind.c.rules, kind.c.category_id))
    radius = func.coalesce(cast(rules.op("->>")("duplicate_radius_m"), Double), literal_column("50.0"))
    hours = func.coalesce(cast(rules.op("->>")("duplicate_window_h"), Double), literal_column("24.0"))
    degrees = radius / METRES_A_DEGREE
    box = func.ST_Expand(here, degrees / func.cos(func.radians(func.ST_Y(here)), type_=Double), degrees)
    distance = func.ST_DistanceSphere(near.location, here)
    found = (
        select(near.id, near.number, near.status, near.reported_at, distance.label("distance_m"))
        .where(near.closed_at.is_(None), near.location.op("&&")(box), distance <= radius)
        .where(near.reported_at > func.now() - hours * literal_column("interval '1 hour'"))
        .where(or_(near.category_id.is_(None), category_id.is_(None), near.category_id == category_id))
        .where(near.home_centre_id == any_(bindparam("centres", type_=ARRAY(UUID))))
        .order_by(distance)
        .limit(DUPLICATES)
        .subquery()
    )
    listed = obj(**{column.name: column for column in found.c})
    return select(func.coalesce(func.json_agg(listed), literal_column("'[]'::json"))).scalar_subquery()


def _on_border(here: Any, centre_id: Any) -> ColumnElement[bool]:
    """Ground that another centre commands begins within 5 m."""
    other = aliased(GridCell)
    over = aliased(CentreArea)
    return (
        select(literal_column("1"))
        .select_from(other)
        .join(over, over.area_id == other.area_id)
        .where(func.ST_DWithin(other.boundary, here, BORDER_DEGREES), over.centre_id != centre_id)
        .where(other.valid_from <= func.now(), or_(other.valid_until.is_(None), other.valid_until > func.now()))
        .exists()
    )


def _ground(lon: Any, lat: Any) -> CTE:
    """The cell of the place and who commands it; no row outside every jurisdiction the caller belongs to."""
    cell = cell_at(lon, lat, func.now()).cte("cell")
    organisation, root, granted = aliased(Organisation), aliased(Organisation), aliased(Organisation)
    belongs = exists().where(
        granted.id == any_(bindparam("granted", type_=ARRAY(UUID))), root.id == any_(granted.lineage)
    )
    columns: list[Any] = [
        cell.c.id.label("cell_id"),
        cell.c.area_id,
        Area.lineage.label("area_lineage"),
        obj(id=cell.c.id, code=cell.c.code, kind=cell.c.kind).label("cell"),
        cell.c.places,
        Centre.id.label("home_centre_id"),
        Centre.settings,
        organisation.code.label("home_code"),
        organisation.parent_id,
        root.id.label("root_centre_id"),
        has_child(organisation.id).label("has_child"),
    ]
    return (
        select(*columns)
        .join(Area, Area.id == cell.c.area_id)
        .join(CentreArea, CentreArea.area_id == cell.c.area_id)
        .join(Centre, Centre.id == CentreArea.centre_id)
        .join(organisation, organisation.id == Centre.id)
        .join(root, and_(root.id == any_(organisation.lineage), root.parent_id.is_(None)))
        .where(belongs)
        .cte("ground")
        .prefix_with("MATERIALIZED")
    )


def _kind(ground: CTE) -> CTE:
    """The category with this code in the jurisdiction's current edition, and its default standard."""
    top = aliased(Centre)
    shown = obj(code=Category.code, name=Category.name, name_en=Category.name_en, domain=Category.domain)
    standard = one(standard_json(Standard)).where(Standard.category_id == Category.id, Standard.is_default)
    return (
        select(
            Category.id.label("category_id"),
            shown.label("category"),
            Category.rules,
            Category.default_priority,
            standard.scalar_subquery().label("standard"),
        )
        .select_from(ground)
        .join(top, top.id == ground.c.root_centre_id)
        .join(CategoryScheme, and_(CategoryScheme.area_id == top.area_id, CategoryScheme.is_current))
        .join(Category, Category.scheme_id == CategoryScheme.id)
        .where(Category.code == bindparam("category_code", type_=Text))
        .cte("kind")
        .prefix_with("MATERIALIZED")
    )


def _reading() -> Executable:
    """The whole reading of an intake: always one row, in which the parts that were not found are null."""
    lon, lat = bindparam("lon", type_=Double), bindparam("lat", type_=Double)
    here = point(lon, lat)
    ground = _ground(lon, lat)
    kind = _kind(ground)
    base = select(serial.next_value().label("serial"), func.now().label("now")).cte("base")
    wanted = or_(bindparam("auto", type_=Boolean), kind.c.rules.op("->>")("auto_dispatch") == literal_column("'true'"))
    above = aliased(Organisation)
    going = candidates(here, ground.c.cell_id, ground.c.home_centre_id, free_only=True)
    return (
        select(
            *base.c,
            *ground.c,
            *kind.c,
            centre_json(ground.c.home_centre_id).label("home_centre"),
            centre_json(ground.c.parent_id).label("parent_centre"),
            one(Centre.settings).where(Centre.id == ground.c.parent_id).scalar_subquery().label("parent_settings"),
            calendar_of_centre(ground.c.home_centre_id).label("calendar_id"),
            ladders_json(ground.c.home_centre_id).label("ladders"),
            ladders_json(ground.c.parent_id).label("parent_ladders"),
            one(above.parent_id).where(above.id == ground.c.parent_id).scalar_subquery().label("grandparent_id"),
            _on_border(here, ground.c.home_centre_id).label("on_border"),
            _duplicates(here, kind).label("duplicates"),
            case((wanted, going)).label("candidates"),
            case((wanted, wants_authority(kind.c.rules))).label("needs_authority"),
            callers_patrols().label("my_patrols"),
            routing_json(ground.c.home_centre_id).label("routing_sets"),
            *stored(),
        )
        .select_from(base)
        .outerjoin(ground, true())
        .outerjoin(kind, true())
        .outerjoin(StoredAnswer, has_answer())
    )


READ = Hot(_reading)


def _point_in_cell() -> Executable:
    """A point inside the cell with this code in the plan in force, for reports that name a cell only."""
    inside = func.ST_PointOnSurface(GridCell.boundary)
    found = select(func.ST_X(inside).label("lon"), func.ST_Y(inside).label("lat"))
    return found.where(GridCell.code == bindparam("code", type_=Text), in_force(func.now())).limit(1)


POINT_IN_CELL = Hot(_point_in_cell)


def _held() -> Executable:
    """An incident that is open and stands alone, kept so until commit."""
    alone = and_(Incident.closed_at.is_(None), Incident.master_id.is_(None))
    return select(Incident.id).where(Incident.id == bindparam("id", type_=UUID), alone).with_for_update(read=True)


HELD = Hot(_held)
