"""Where each collection's features come from: one statement a collection, of what the caller may see.

Each gives `id`, `geometry` in WGS 84, and a column for every property that `workflow` names. What it depends on are the
parameters of `scope`, and `begin` and `until`, the instants that a `datetime` asks for.
"""

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    CompoundSelect,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    true,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import CentreArea, Department
from app.coverage.checkpoint.queries import LAST, overdue
from app.coverage.models import CellPresence, Checkpoint
from app.dispatch.models import Assignment
from app.grid.models import Area, Beat, BeatCell, CellNeighbour, GridCell, GridPlan
from app.grid.queries import in_force
from app.identity.models import Organisation
from app.identity.workflow import Actor
from app.incident.models import FOUND_BY_PATROLS, Incident, IncidentMove
from app.incident.queries import sight, visible_parts
from app.layer.incident import queries as incidents
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY

UUID = PgUUID(as_uuid=True)
AT = DateTime(timezone=True)
M2_A_KM2 = 1_000_000.0


def scope(actor: Actor) -> dict[str, Any]:
    """What the sources ask of their caller."""
    return sight(actor) | {"duty_centres": actor.centres, "duty_departments": actor.departments}


def ids(name: str) -> Any:
    """A parameter of `scope` that is a list of ids."""
    return bindparam(name, type_=ARRAY(UUID))


def _instant(name: str) -> Any:
    return bindparam(name, type_=AT)


BEGIN, UNTIL = _instant("begin"), _instant("until")


def _as_written(number: Any) -> ColumnElement[float]:
    """A number of single precision as it is shown: who reads 0.1 finds it by 0.1, which is not the 0.1 that is kept."""
    found: ColumnElement[float] = cast(cast(number, Text), Double).label(number.name)
    return found


def _in_reach(centre_id: Any) -> ColumnElement[bool]:
    """The centre is one whose duty the caller sees."""
    found: ColumnElement[bool] = centre_id == any_(ids("duty_centres"))
    return found


def ground() -> Select[Any]:
    """The areas the caller works in: those its centres command, and those of its departments with all below."""
    commanded = select(CentreArea.area_id).where(_in_reach(CentreArea.centre_id))
    own = select(Area.id).join(Department, Department.area_id == Area.lineage.any_())
    both = union(commanded, own.where(Department.id == any_(ids("duty_departments")))).subquery()
    return select(both.c[0])


def _grid_cells() -> Select[Any]:
    when = and_(GridCell.valid_from <= UNTIL, or_(GridCell.valid_until.is_(None), GridCell.valid_until > BEGIN))
    return (
        _cells()
        .add_columns(GridPlan.scheme, GridPlan.name.label("plan"), GridCell.valid_from, GridCell.valid_until)
        .join(GridPlan, GridPlan.id == GridCell.plan_id)
        .where(when)
    )


def _drawn_cells() -> Select[Any]:
    """What is shown of every cell, whoever asks."""
    columns: tuple[Any, ...] = (
        GridCell.id,
        GridCell.boundary.label("geometry"),
        GridCell.code,
        GridCell.kind,
        GridCell.community_code.label("community"),
        GridCell.area_m2,
    )
    return select(*columns)


def _cells() -> Select[Any]:
    return _drawn_cells().where(GridCell.area_id.in_(ground()))


def _areas() -> Select[Any]:
    parent = aliased(Area)
    shown = (Area.code, Area.level, Area.kind, Area.name, Area.name_en, parent.code.label("parent"))
    area_m2 = func.ST_Area(func.geography(Area.boundary), type_=Double).label("area_m2")
    columns: tuple[Any, ...] = (Area.id, Area.boundary.label("geometry"), *shown, area_m2)
    drawn = select(*columns).outerjoin(parent, parent.id == Area.parent_id)
    return drawn.where(Area.id.in_(ground()), Area.boundary.is_not(None))


def _beats() -> Select[Any]:
    whole = func.ST_Multi(func.ST_UnaryUnion(func.ST_Collect(GridCell.boundary)))
    columns: tuple[Any, ...] = (
        Beat.id,
        whole.label("geometry"),
        Beat.code,
        Beat.name,
        Beat.name_en,
        Organisation.code.label("centre"),
        func.count().label("cells"),
    )
    return (
        select(*columns)
        .join(Organisation, Organisation.id == Beat.organisation_id)
        .join(BeatCell, BeatCell.beat_id == Beat.id)
        .join(GridCell, and_(GridCell.id == BeatCell.cell_id, in_force(func.now())))
        .where(_in_reach(Beat.organisation_id))
        .group_by(Beat.id, Organisation.code)
    )


def _incidents() -> CompoundSelect[Any]:
    return union_all(*incidents.parts())


def _patrols() -> Select[Any]:
    seat = aliased(CrewMember)
    me = bindparam("actor_id", type_=UUID)
    ours = or_(seat.account_id == me, seat.department_id == any_(ids("duty_departments")))
    with_ours = exists().where(seat.shift_id == Shift.id, ours, seat.left_at.is_(None))
    is_busy = exists().where(Assignment.patrol_id == Patrol.id, Assignment.is_active)
    columns: tuple[Any, ...] = (
        Patrol.id,
        LatestPosition.location.label("geometry"),
        Patrol.code,
        Patrol.name,
        Patrol.name_en,
        Organisation.code.label("centre"),
        Patrol.vehicle,
        Beat.code.label("beat"),
        case((is_busy, "busy"), else_="available").label("availability"),
        LatestPosition.observed_at,
        cast(func.extract("epoch", func.now() - LatestPosition.observed_at), Integer).label("age_s"),
        _as_written(LatestPosition.speed_mps),
        _as_written(LatestPosition.heading_deg),
        _as_written(LatestPosition.accuracy_m),
    )
    return (
        select(*columns)
        .join(LatestPosition, LatestPosition.patrol_id == Patrol.id)
        .join(Shift, and_(Shift.patrol_id == Patrol.id, ON_DUTY))
        .join(Organisation, Organisation.id == Patrol.centre_id)
        .outerjoin(Beat, Beat.id == Shift.beat_id)
        .where(or_(_in_reach(Patrol.centre_id), with_ours))
    )


def _commanded_cells(cells: Select[Any]) -> Select[Any]:
    """Of these, the cells in force at the end of the period, of areas whose centre the caller reaches."""
    mine = select(CentreArea.area_id).where(_in_reach(CentreArea.centre_id))
    return cells.where(in_force(UNTIL), GridCell.area_id.in_(mine))


def _coverage() -> Select[Any]:
    p = CellPresence
    seen = (
        select(
            func.coalesce(func.sum(p.visits), 0).label("visits"),
            cast(func.coalesce(func.sum(p.dwell_s), 0), Double).label("dwell_s"),
            func.coalesce(func.max(p.patrols), 0).label("most_patrols"),
            func.max(p.last_at).label("last_at"),
        )
        .where(p.cell_id == GridCell.id, p.hour_at >= BEGIN, p.hour_at < UNTIL)
        .correlate(GridCell)
        .lateral("seen")
    )
    is_visited = seen.c.last_at.is_not(None).label("is_visited")
    return _commanded_cells(_cells()).join(seen, true()).add_columns(is_visited, *seen.c)


def _hot_cells() -> Select[Any]:
    """Gi*: how far a cell and its neighbours are above what all cells lead to expect (Getis and Ord 1995)."""
    reported = _reported().subquery("reported")
    count = func.coalesce(reported.c.incidents, 0).label("incidents")
    all_cells = select(GridCell.id, count, reported.c.last_at).outerjoin(reported, reported.c.cell_id == GridCell.id)
    counted = _commanded_cells(all_cells).cte("counted")
    n, mean = func.count().label("n"), func.avg(counted.c.incidents).label("mean")
    overall = select(n, mean, func.stddev_pop(counted.c.incidents).label("s")).select_from(counted).cte("overall")
    near = aliased(counted)
    # of all cells at once: looked up cell by cell, the counts would be searched from end to end each time
    around = (
        select(CellNeighbour.cell_id, func.count().label("w"), func.sum(near.c.incidents).label("near"))
        .join(near, near.c.id == CellNeighbour.neighbour_id)
        .group_by(CellNeighbour.cell_id)
        .subquery("around")
    )
    c, o = counted.c, overall.c
    w, beside = func.coalesce(around.c.w, 0) + 1, func.coalesce(around.c.near, 0)
    spread = o.s * func.sqrt(cast(o.n * w - w * w, Double) / func.nullif(o.n - 1, 0))
    gi_z = cast(beside + c.incidents - o.mean * w, Double) / func.nullif(cast(spread, Double), 0.0)
    per_km2 = cast(c.incidents, Double) / func.nullif(GridCell.area_m2, 0.0) * M2_A_KM2
    return (
        _drawn_cells()
        .add_columns(c.incidents, per_km2.label("per_km2"), gi_z.label("gi_z"), c.last_at)
        .join(counted, c.id == GridCell.id)
        .join(overall, true())
        .outerjoin(around, around.c.cell_id == GridCell.id)
    )


def _reported() -> Select[Any]:
    """How many incidents in sight others than patrols reported from each cell in the period."""
    move, i = aliased(IncidentMove), Incident
    found_by = move.role == any_(literal([role.value for role in FOUND_BY_PATROLS], ARRAY(Text)))
    when = and_(i.reported_at >= BEGIN, i.reported_at < UNTIL)
    # nothing is reported after its first move, so those of the period are found by an index of their own
    by_patrols = exists().where(move.incident_id == i.id, move.seq == 1, found_by, move.at >= BEGIN)
    ways = (select(i.cell_id, i.reported_at).where(part, when, ~by_patrols) for part in visible_parts())
    seen = union_all(*ways).subquery("seen")
    columns: tuple[Any, ...] = (
        seen.c.cell_id,
        func.count().label("incidents"),
        func.max(seen.c.reported_at).label("last_at"),
    )
    return select(*columns).group_by(seen.c.cell_id)


def _checkpoints() -> Select[Any]:
    columns: tuple[Any, ...] = (
        Checkpoint.id,
        Checkpoint.location.label("geometry"),
        Checkpoint.code,
        Checkpoint.name,
        Checkpoint.name_en,
        Organisation.code.label("centre"),
        _as_written(Checkpoint.radius_m),
        Checkpoint.every_s,
        LAST.label("last_at"),
        overdue().label("is_overdue"),
    )
    made = select(*columns).join(Organisation, Organisation.id == Checkpoint.centre_id)
    return made.where(_in_reach(Checkpoint.centre_id), Checkpoint.is_active)


SOURCES: Mapping[str, Callable[[], Select[Any] | CompoundSelect[Any]]] = {
    "grid_cells": _grid_cells,
    "areas": _areas,
    "beats": _beats,
    "incidents": _incidents,
    "patrols": _patrols,
    "coverage": _coverage,
    "hot_cells": _hot_cells,
    "checkpoints": _checkpoints,
}
