"""Which patrols could go: nearest first, with everything that ranking them needs.

The fragments stand inside other people's statements at any depth, so each says which tables are its own
(`correlate_except`); all others are those around it.
"""

from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Executable,
    any_,
    bindparam,
    exists,
    false,
    func,
    literal_column,
    null,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre, Department, Officer
from app.agency.team.models import TeamService
from app.agency.workflow import AUTHORITIES
from app.catalogue.models import Category
from app.core.db import Hot
from app.dispatch.models import Assignment
from app.dispatch.workflow import REST_S
from app.grid.models import BeatCell, CellNeighbour
from app.identity.models import Organisation
from app.incident.models import Incident
from app.incident.queries import visible
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED

NEAREST = 24
UUID = PgUUID(as_uuid=True)


def holds_patrol(patrol_id: Any) -> ColumnElement[bool]:
    """The patrol has an active assignment: what "busy" means, derived and stored nowhere else."""
    held = aliased(Assignment)
    return exists().where(held.patrol_id == patrol_id, held.is_active).correlate_except(held)


def stacked(patrol_id: Any) -> ColumnElement[int]:
    """How many assignments wait behind the patrol's active one."""
    waiting = aliased(Assignment)
    behind = select(func.count()).where(waiting.patrol_id == patrol_id, waiting.is_stacked)
    return behind.correlate_except(waiting).scalar_subquery()


def mix(shift_id: Any) -> ColumnElement[Any]:
    """The crew's department codes, one for each of its people."""
    people = select(func.coalesce(func.json_agg(Organisation.code), literal_column("'[]'::json")))
    return (
        people.join(CrewMember, CrewMember.department_id == Organisation.id)
        .where(CrewMember.shift_id == shift_id, SEATED)
        .correlate_except(Organisation, CrewMember)
        .scalar_subquery()
    )


def has_authority(shift_id: Any) -> ColumnElement[bool]:
    """Somebody of the crew is of an authority, so that it is no team of volunteers or guards alone."""
    seat = (CrewMember.shift_id == shift_id) & (Department.id == CrewMember.department_id)
    return exists().where(seat, SEATED, _is_authority()).correlate_except(CrewMember, Department)


def wants_authority(rules: Any) -> ColumnElement[bool]:
    """A category's wanted mix names an authority."""
    named = rules.op("->")(literal_column("'response_mix'")).op("?")(Organisation.code)
    found = exists().where(Organisation.id == Department.id, _is_authority(), named)
    return func.coalesce(found.correlate_except(Organisation, Department), false())


def _is_authority() -> ColumnElement[bool]:
    return Department.kind.in_([literal_column(f"'{kind.value}'") for kind in sorted(AUTHORITIES)])


def services(shift_id: Any) -> ColumnElement[Any]:
    """The codes of the services that teams of the crew offer."""
    offered = select(func.coalesce(func.json_agg(TeamService.code.distinct()), literal_column("'[]'::json")))
    seat = (CrewMember.department_id == TeamService.department_id) & (CrewMember.shift_id == shift_id)
    return offered.where(seat, SEATED).correlate_except(TeamService, CrewMember).scalar_subquery()


def skills(shift_id: Any) -> ColumnElement[Any]:
    """What each of a crew's people can do."""
    able = select(func.coalesce(func.json_agg(Officer.skills), literal_column("'[]'::json")))
    return (
        able.join(CrewMember, CrewMember.officer_id == Officer.id)
        .where(CrewMember.shift_id == shift_id, SEATED)
        .correlate_except(CrewMember, Officer)
        .scalar_subquery()
    )


def handling_s() -> ColumnElement[float]:
    """How many seconds the patrol of `Shift` has spent on incidents in this duty."""
    own = aliased(Assignment)
    spent = func.extract("epoch", func.coalesce(own.ended_at, func.now()) - own.accepted_at)
    total = select(func.coalesce(func.sum(spent), literal_column("0")))
    mine = (own.patrol_id == Shift.patrol_id, own.offered_at >= Shift.signed_on_at, own.accepted_at.is_not(None))
    return total.where(*mine).correlate_except(own).scalar_subquery()


def rest_s() -> ColumnElement[float]:
    """Seconds from the end of `Shift` to the next one of anybody in its crew; null: none that soon."""
    mine, coming = aliased(CrewMember), aliased(CrewMember)
    soon = func.tstzrange(Shift.ends_at, Shift.ends_at + literal_column(f"interval '{int(REST_S)} seconds'"))
    gap = func.min(func.extract("epoch", func.lower(coming.during) - Shift.ends_at))
    return (
        select(gap)
        .select_from(mine)
        .join(coming, coming.officer_id == mine.officer_id)
        .where(mine.shift_id == Shift.id, mine.left_at.is_(None), coming.left_at.is_(None))
        .where(coming.shift_id != Shift.id, coming.during.op("&&")(soon))
        .correlate_except(mine, coming)
        .scalar_subquery()
    )


def covers(beat_id: Any, cell_id: Any) -> ColumnElement[bool]:
    """The beat has this cell."""
    return exists().where(BeatCell.beat_id == beat_id, BeatCell.cell_id == cell_id).correlate_except(BeatCell)


def touches(beat_id: Any, cell_id: Any) -> ColumnElement[bool]:
    """The beat has a neighbour of this cell."""
    return (
        select(literal_column("1"))
        .select_from(CellNeighbour)
        .join(BeatCell, (BeatCell.cell_id == CellNeighbour.neighbour_id) & (BeatCell.beat_id == beat_id))
        .where(CellNeighbour.cell_id == cell_id)
        .correlate_except(CellNeighbour, BeatCell)
        .exists()
    )


def at_or_below(centre_id: Any, commanding_id: Any) -> ColumnElement[bool]:
    """A centre is the commanding one or of a lower level under it."""
    place = aliased(Organisation)
    return exists().where(place.id == centre_id, commanding_id == any_(place.lineage)).correlate_except(place)


def in_sight() -> ColumnElement[bool]:
    """The caller sees the patrol of `Shift`, which is on duty: of their centres, or with their people."""
    centres, departments = (bindparam(f"duty_{name}", type_=ARRAY(UUID)) for name in ("centres", "departments"))
    ours = or_(
        CrewMember.account_id == bindparam("actor_id", type_=UUID), CrewMember.department_id == any_(departments)
    )
    aboard = exists().where(CrewMember.shift_id == Shift.id, SEATED, ours).correlate_except(CrewMember)
    return or_(Patrol.centre_id == any_(centres), aboard)


def candidates(
    here: Any, cell_id: Any, commanding_id: Any, *, free_only: bool = False, seen_only: bool = False
) -> ColumnElement[Any]:
    """The nearest patrols on duty that report a position, as a JSON list of what `workflow.rank` looks at.

    For the system, or those the caller sees (`seen_only`).
    """
    scope = at_or_below(Patrol.centre_id, commanding_id)
    position = LatestPosition
    free = (~holds_patrol(Patrol.id),) if free_only else ()
    seen = (in_sight(),) if seen_only else ()
    nearest = (
        select(Shift.id.label("shift_id"), func.ST_DistanceSphere(position.location, here).label("distance_m"))
        .add_columns(func.extract("epoch", func.now() - position.observed_at).label("fix_age_s"))
        .select_from(position)
        .join(Shift, Shift.patrol_id == position.patrol_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .where(ON_DUTY, scope, *free, *seen)
        .order_by(position.location.op("<->")(here))
        .limit(NEAREST)
        .correlate_except(position, Shift, Patrol)
        .subquery()
    )
    return _as_json(nearest, cell_id)


def silent(cell_id: Any, commanding_id: Any, *, seen_only: bool) -> ColumnElement[Any]:
    """Patrols on duty on a beat with this cell or one beside it that report no position, as above."""
    position = LatestPosition
    seen = (in_sight(),) if seen_only else ()
    quiet = (
        select(Shift.id.label("shift_id"), null().label("distance_m"), null().label("fix_age_s"))
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .outerjoin(position, position.patrol_id == Shift.patrol_id)
        .where(ON_DUTY, position.patrol_id.is_(None), at_or_below(Patrol.centre_id, commanding_id), *seen)
        .where(or_(covers(Shift.beat_id, cell_id), touches(Shift.beat_id, cell_id)))
        .limit(NEAREST)
        .subquery()
    )
    return _as_json(quiet, cell_id)


def _as_json(found: Any, cell_id: Any) -> ColumnElement[Any]:
    listed = func.json_build_object(
        literal_column("'id'"), Patrol.id,
        literal_column("'code'"), Patrol.code,
        literal_column("'name'"), Patrol.name,
        literal_column("'distance_m'"), found.c.distance_m,
        literal_column("'fix_age_s'"), found.c.fix_age_s,
        literal_column("'covers'"), covers(Shift.beat_id, cell_id),
        literal_column("'touches'"), touches(Shift.beat_id, cell_id),
        literal_column("'busy'"), holds_patrol(Patrol.id),
        literal_column("'stacked'"), stacked(Patrol.id),
        literal_column("'mix'"), mix(Shift.id),
        literal_column("'authority'"), has_authority(Shift.id),
        literal_column("'services'"), services(Shift.id),
        literal_column("'ends_in_s'"), func.extract("epoch", Shift.ends_at - func.now()),
        literal_column("'on_duty_s'"), func.extract("epoch", func.now() - Shift.signed_on_at),
        literal_column("'handling_s'"), handling_s(),
        literal_column("'rest_s'"), rest_s(),
        literal_column("'skills'"), skills(Shift.id),
    )  # fmt: skip
    return (
        select(func.coalesce(func.json_agg(listed), literal_column("'[]'::json")))
        .select_from(found)
        .join(Shift, Shift.id == found.c.shift_id)
        .join(Patrol, Patrol.id == Shift.patrol_id)
        .scalar_subquery()
    )


def _recommending(*, seen_only: bool) -> Executable:
    """Everything ranking patrols for one incident looks at."""
    i = Incident
    rules = select(Category.rules).where(Category.id == i.category_id)
    authority = rules.with_only_columns(wants_authority(Category.rules))
    weights = select(Centre.settings.op("->")(literal_column("'weights'"))).where(Centre.id == i.commanding_centre_id)
    return select(
        rules.scalar_subquery().label("rules"),
        func.coalesce(authority.scalar_subquery(), false()).label("needs_authority"),
        weights.scalar_subquery().label("weights"),
        candidates(i.location, i.cell_id, i.commanding_centre_id, seen_only=seen_only).label("near"),
        silent(i.cell_id, i.commanding_centre_id, seen_only=seen_only).label("silent"),
    ).where(i.id == bindparam("id", type_=UUID), *((visible(),) if seen_only else ()))


RECOMMEND = Hot(lambda: _recommending(seen_only=True))
RECOMMEND_BY_CLOCK = Hot(lambda: _recommending(seen_only=False))
"""The same for the system, which sees every incident."""
