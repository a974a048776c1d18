"""What a move looks at, in one statement: the incident held until commit, and the things the request names."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    Text,
    and_,
    any_,
    bindparam,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Department
from app.catalogue.models import Category, CategoryScheme, Standard
from app.command.intake.queries import has_answer, stored
from app.command.record.queries import category_json, has_child, obj, one, record_columns, standard_json
from app.core.db import Hot
from app.core.once import StoredAnswer
from app.dispatch.models import Assignment
from app.dispatch.queries import at_or_below, has_authority, holds_patrol, mix, stacked, wants_authority
from app.identity.models import Account, Organisation, RoleGrant
from app.incident.models import Incident, IncidentMove, Task
from app.incident.queries import visible
from app.incident.request.models import Request
from app.linkage.models import Summons, Whistle
from app.patrol.models import LatestPosition
from app.policy.queries import ladders_json, routing_json
from app.roster.models import Patrol, Shift
from app.roster.queries import ON_DUTY
from app.supervision.models import SupervisionOrder

UUID = PgUUID(as_uuid=True)
I = Incident  # noqa: E741  # the subject of every line below


def _text(name: str) -> Any:
    return bindparam(name, type_=Text)


def _named_patrols() -> ColumnElement[Any]:
    """The patrols a dispatch names by code or id, with what decides whether they may be sent.

    Their shifts are held until commit, so that none signs off between being looked at and being sent.
    """
    codes, ids = bindparam("patrols", type_=ARRAY(Text)), bindparam("patrol_ids", type_=ARRAY(UUID))
    position = LatestPosition
    is_named = or_(Patrol.code == any_(codes), Patrol.id == any_(ids))
    duty = (
        select(Shift.id, Shift.patrol_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(is_named, ON_DUTY)
        .with_for_update(read=True, key_share=True, of=Shift)
        .cte("duty")
    )
    shown = obj(
        id=Patrol.id,
        code=Patrol.code,
        name=Patrol.name,
        on_duty=duty.c.id.is_not(None),
        within=at_or_below(Patrol.centre_id, I.commanding_centre_id),
        busy=holds_patrol(Patrol.id),
        stacked=stacked(Patrol.id),
        mix=mix(duty.c.id),
        authority=has_authority(duty.c.id),
        distance_m=func.ST_DistanceSphere(position.location, I.location),
    )
    listed = (
        select(func.coalesce(func.json_agg(shown), literal_column("'[]'::json")))
        .select_from(Patrol)
        .outerjoin(duty, duty.c.patrol_id == Patrol.id)
        .outerjoin(position, position.patrol_id == Patrol.id)
        .where(is_named, Patrol.centre_id == any_(bindparam("centres", type_=ARRAY(UUID))))
    )
    return case((func.cardinality(codes) > literal_column("0"), listed.scalar_subquery()))


def _lacks_authority() -> ColumnElement[bool]:
    """A dispatch is asked for, the category asks for an authority, and none is on its way yet."""
    rules = select(Category.rules).where(Category.id == I.category_id).correlate_except(Category).scalar_subquery()
    going = (
        exists()
        .where(Assignment.incident_id == I.id, Assignment.is_active | Assignment.is_stacked)
        .where(Shift.patrol_id == Assignment.patrol_id, ON_DUTY, has_authority(Shift.id))
        .correlate_except(Assignment, Shift)
    )
    return case((_text("action") == literal_column("'dispatch'"), and_(wants_authority(rules), ~going)), else_=false())


def _nearest_patrol() -> ColumnElement[Any]:
    """The nearest patrol on duty that does not handle this incident: who looks when something is to be verified.

    Looking is for an authority's people: a team of volunteers or guards alone is not asked.
    """
    busy_here = select(Assignment.patrol_id).where(Assignment.incident_id == I.id).correlate_except(Assignment)
    found = (
        select(LatestPosition.patrol_id)
        .join(Shift, Shift.patrol_id == LatestPosition.patrol_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(ON_DUTY, at_or_below(Patrol.centre_id, I.commanding_centre_id), Patrol.id.not_in(busy_here))
        .where(has_authority(Shift.id))
        .order_by(LatestPosition.location.op("<->")(I.location))
        .limit(literal_column("1"))
    )
    wanted = _text("action") == literal_column("'request_verification'")
    return case((wanted, found.scalar_subquery()))


def _category() -> ColumnElement[Any]:
    """The category the request names, in the jurisdiction's edition in force."""
    top, named = aliased(Centre), aliased(Category)
    shown = obj(id=named.id, rules=named.rules, shown=category_json(named.id))
    found = (
        select(shown)
        .join(CategoryScheme, CategoryScheme.id == named.scheme_id)
        .join(top, top.area_id == CategoryScheme.area_id)
        .where(top.id == I.root_centre_id, CategoryScheme.is_current, named.code == _text("category"))
    )
    return case((_text("category").is_not(None), found.scalar_subquery()))


def _standard() -> ColumnElement[Any]:
    """The standard the request names, a row of the incident's category."""
    found = one(standard_json(Standard)).where(
        Standard.category_id == I.category_id, Standard.code == _text("standard")
    )
    return case((_text("standard").is_not(None), found.scalar_subquery()))


def target_centre() -> ColumnElement[Any]:
    """The centre a level move leads to: the one named, else the direct parent, or the child on the way home."""
    o, home, child, below = (aliased(Organisation) for _ in range(4))
    up = select(o.parent_id).where(o.id == I.commanding_centre_id).correlate_except(o).scalar_subquery()
    down = (
        select(child.id)
        .join(home, child.id == any_(home.lineage))
        .where(home.id == I.home_centre_id, child.parent_id == I.commanding_centre_id)
        .correlate_except(child, home)
        .scalar_subquery()
    )
    named = select(below.id).where(below.code == _text("centre")).scalar_subquery()
    way = _text("direction")
    wanted = func.coalesce(named, case((way == literal_column("'up'"), up), (way == literal_column("'down'"), down)))
    place = aliased(Organisation)
    shown = obj(
        id=Centre.id,
        code=place.code,
        name=place.name,
        name_en=place.name_en,
        level=Centre.level,
        settings=Centre.settings,
        ladders=ladders_json(Centre.id),
        calendar_id=Centre.calendar_id,
        parent_id=place.parent_id,
        has_child=has_child(place.id),
        on_way=exists().where(home.id == I.home_centre_id, place.id == any_(home.lineage)).correlate_except(home),
    )
    found = select(shown).join(place, place.id == Centre.id).where(Centre.id == wanted).scalar_subquery()
    return case((way.is_not(None), found))


def _departments() -> ColumnElement[Any]:
    """The departments of the jurisdiction that the request names."""
    o, codes = Organisation, bindparam("department_codes", type_=ARRAY(Text))
    listed = select(func.json_agg(obj(id=o.id, code=o.code, name=o.name, name_en=o.name_en)))
    named = listed.join(Department, Department.id == o.id).where(o.code == any_(codes))
    found = named.where(I.root_centre_id == any_(o.lineage)).correlate_except(o, Department).scalar_subquery()
    return case((func.cardinality(codes) > literal_column("0"), found))


def _named() -> list[ColumnElement[Any]]:
    """What the request names, looked up only where it names something."""
    master = aliased(Incident)
    merged_into = obj(
        id=master.id, number=master.number, closed=master.closed_at.is_not(None), master_id=master.master_id
    )
    sees_master = master.home_centre_id == any_(bindparam("centres", type_=ARRAY(UUID)))
    return [
        _named_patrols().label("named_patrols"),
        _lacks_authority().label("lacks_authority"),
        _nearest_patrol().label("nearest_patrol_id"),
        _category().label("named_category"),
        _standard().label("named_standard"),
        target_centre().label("target"),
        one(merged_into)
        .where(master.id == bindparam("master_id", type_=UUID), sees_master)
        .scalar_subquery()
        .label("master"),
        one(master.closed_at.is_not(None)).where(master.id == I.master_id).scalar_subquery().label("master_closed"),
        _departments().label("named_departments"),
        _assignee().label("assignee_id"),
    ]


def _routing() -> ColumnElement[Any]:
    """The routing rules in force at the incident's home, where what they look at may change."""
    changes = _text("action").in_([literal_column("'accept'"), literal_column("'amend'")])
    return case((changes, routing_json(I.home_centre_id)))


def _looked_up() -> list[ColumnElement[Any]]:
    """What a move looks at beside the incident itself."""
    by_rule = (_routing().label("routing_sets"), _was_assigned_down().label("was_assigned_down"))
    return [*_named(), *by_rule, ladders()]


def ladders() -> ColumnElement[Any]:
    """The ladders that hold at the centre in command: by them clocks that start are armed."""
    return ladders_json(I.commanding_centre_id).label("ladders")


def _was_assigned_down() -> ColumnElement[bool]:
    """Whether a centre above has given the incident to a street by hand; looked at only when it is accepted."""
    moved = exists().where(IncidentMove.incident_id == I.id, IncidentMove.action == literal_column("'assign_down'"))
    accepts = _text("action") == literal_column("'accept'")
    return case((accepts, moved.correlate_except(IncidentMove)), else_=false())


Part = type[Assignment | Request | Summons | SupervisionOrder | Task | Whistle]


def _assignee() -> ColumnElement[Any]:
    """The account with the username that the request names, if it holds a role in the incident's jurisdiction."""
    at = aliased(Organisation)
    held = exists().where(RoleGrant.account_id == Account.id, at.id == RoleGrant.organisation_id)
    here = held.where(I.root_centre_id == any_(at.lineage), _holds()).correlate_except(RoleGrant, at)
    named = one(Account.id).where(Account.username == _text("assignee"), Account.is_active, here)
    return named.correlate_except(Account).scalar_subquery()


def _holds() -> ColumnElement[bool]:
    """A grant that has not expired."""
    return or_(RoleGrant.valid_until.is_(None), RoleGrant.valid_until > func.now())


def _loading(part: Part | None) -> Executable:
    """The incident, held until commit, if the caller may see it; found by its id or by the id of a part of it."""
    key = bindparam("id", type_=UUID)
    found = key if part is None else one(part.incident_id).where(part.id == key).scalar_subquery()
    return (
        select(*record_columns(), *_looked_up(), *stored())
        .select_from(I)
        .outerjoin(StoredAnswer, has_answer())
        .where(I.id == found, visible())
        .with_for_update(of=I, key_share=True)
    )


LOAD = Hot(lambda: _loading(None))
LOAD_BY_ASSIGNMENT = Hot(lambda: _loading(Assignment))
LOAD_BY_ORDER = Hot(lambda: _loading(SupervisionOrder))
LOAD_BY_REQUEST = Hot(lambda: _loading(Request))
LOAD_BY_SUMMONS = Hot(lambda: _loading(Summons))
LOAD_BY_TASK = Hot(lambda: _loading(Task))
LOAD_BY_WHISTLE = Hot(lambda: _loading(Whistle))
