"""The statements of the board: every kind of item with who sees it, in one statement and so of one snapshot.

The same columns are read for one caller's page, for all that is open, and for what facts of the log have touched.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    DateTime,
    Executable,
    Integer,
    Select,
    Text,
    and_,
    any_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    tuple_,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.orm import aliased

from app.agency.models import Centre
from app.command.record.queries import obj
from app.core.db import Hot
from app.coverage.models import CoverageMinimum, CoverageVoid
from app.dispatch.models import Assignment
from app.grid.models import Area, Beat
from app.identity.models import Organisation
from app.incident.models import Incident
from app.incident.queries import LINK_GRANT, my_patrols, open_to, readable, sent_to
from app.overview.board.parts import incident_json, named, point
from app.overview.board.workflow import Kind
from app.patrol.models import LatestPosition
from app.roster.models import CrewMember, Patrol, Shift
from app.roster.queries import ON_DUTY, SEATED
from app.safety.sos.models import Sos
from app.safety.welfare.models import WelfareCheck
from app.stream.queries import horizon

UUID = PgUUID(as_uuid=True)
AT = DateTime(timezone=True)
I = Incident  # noqa: E741  # the subject of many lines below
ASKED: ColumnElement[Any] = literal_column("('asked', 'overdue', 'alarmed')")
Condition = ColumnElement[bool]
Chosen = Callable[[Kind], list[Condition]]
"""What restricts the items of a kind beside that they are open."""


def _p(name: str, kind: Any) -> Any:
    return bindparam(name, type_=kind)


def _ids(name: str) -> Any:
    return any_(_p(name, ARRAY(UUID)))


def _ground(centre_id: Any) -> ColumnElement[Any]:
    """The areas that a centre's ground lies in."""
    found = select(Area.lineage).join(Centre, Centre.area_id == Area.id).where(Centre.id == centre_id)
    return found.correlate_except(Area, Centre).scalar_subquery()


def _aboard(column: Any, shift_id: Any) -> ColumnElement[Any]:
    """The departments, or the accounts, of a crew."""
    found = select(func.array_agg(column.distinct())).where(CrewMember.shift_id == shift_id, SEATED)
    return found.correlate_except(CrewMember).scalar_subquery()


def _item(kind: Kind, id_: Any, centre_id: Any, gates: tuple[Any, ...], item: Any) -> Select[Any]:
    """The columns of an item; `gates` are its departments, people, areas and, where it has one, `until`."""
    departments, people, areas, *until = gates
    return select(
        literal_column(str(kind.value), Integer).label("kind"),
        id_.label("id"),
        centre_id.label("centre_id"),
        cast(departments, ARRAY(UUID)).label("departments"),
        cast(people, ARRAY(UUID)).label("people"),
        areas.label("areas"),
        (until[0] if until else cast(null(), AT)).label("until"),
        cast(item, Text).label("item"),
    )


def _incidents() -> Select[Any]:
    departments, people = open_to(I)
    g = LINK_GRANT.c
    ends = select(func.min(g.read_until)).where(g.incident_id == I.id, readable()).correlate_except(LINK_GRANT)
    areas = select(Area.lineage).where(Area.id == I.area_id).correlate_except(Area).scalar_subquery()
    gates = (departments, people, areas, ends.scalar_subquery())
    return _item(Kind.INCIDENT, I.id, I.home_centre_id, gates, incident_json()).where(I.closed_at.is_(None))


def _patrols() -> Select[Any]:
    department = aliased(Organisation)
    seats = (
        select(department.code.label("code"), func.count().label("people"))
        .join(CrewMember, CrewMember.department_id == department.id)
        .where(CrewMember.shift_id == Shift.id, SEATED)
        .group_by(department.code)
        .correlate(Shift)
        .subquery()
    )
    mix = select(func.json_object_agg(seats.c.code, seats.c.people)).scalar_subquery()
    busy = select(Assignment.id).where(Assignment.patrol_id == Patrol.id, Assignment.is_active).exists()
    shift = obj(
        id=Shift.id,
        version=Shift.version,
        ends_at=Shift.ends_at,
        signed_on_at=Shift.signed_on_at,
        beat=select(Beat.code).where(Beat.id == Shift.beat_id).correlate_except(Beat).scalar_subquery(),
        mix=mix,
    )
    shown = obj(
        **{name: getattr(Patrol, name) for name in ("id", "version", "code", "name", "name_en", "vehicle")},
        centre=named(Patrol.centre_id),
        is_busy=busy,
        shift=shift,
    )
    return _on_duty(_item(Kind.PATROL, Patrol.id, Patrol.centre_id, _crew_gates(Patrol.centre_id, Shift.id), shown))


def _positions() -> Select[Any]:
    p = LatestPosition
    names = ("observed_at", "accuracy_m", "speed_mps", "heading_deg", "battery", "quality")
    shown = obj(patrol=Patrol.code, location=point(p.location), **{name: getattr(p, name) for name in names})
    found = _item(Kind.POSITION, Patrol.id, Patrol.centre_id, _crew_gates(Patrol.centre_id, Shift.id), shown)
    return _on_duty(found).join(p, p.patrol_id == Patrol.id)


def _on_duty(found: Select[Any]) -> Select[Any]:
    return found.select_from(Patrol).join(Shift, and_(Shift.patrol_id == Patrol.id, ON_DUTY))


def _crew_gates(centre_id: Any, shift_id: Any) -> tuple[Any, ...]:
    departments, people = (_aboard(column, shift_id) for column in (CrewMember.department_id, CrewMember.account_id))
    return departments, func.array_remove(people, None), _ground(centre_id)


def _sos() -> Select[Any]:
    names = (
        "id", "version", "state", "cause", "observed_at", "accuracy_m", "note", "raised_at", "sent_at", "repeats",
        "level", "acknowledged_at",
    )  # fmt: skip
    patrol = select(Patrol.code).where(Patrol.id == Sos.patrol_id).correlate_except(Patrol).scalar_subquery()
    shown = obj(
        **{name: getattr(Sos, name) for name in names},
        centre=named(Sos.centre_id),
        patrol=patrol,
        location=case((Sos.location.is_not(None), point(Sos.location))),
    )
    departments, people, areas = _crew_gates(Sos.centre_id, Sos.shift_id)
    gates = departments, func.array_append(people, Sos.account_id), areas
    return _item(Kind.SOS, Sos.id, Sos.centre_id, gates, shown).where(Sos.state != "resolved")


def _welfare() -> Select[Any]:
    w = WelfareCheck
    names = ("id", "version", "state", "due_at", "asked_at", "sos_id")
    patrol = select(Patrol.code).where(Patrol.id == w.patrol_id).correlate_except(Patrol).scalar_subquery()
    shown = obj(**{name: getattr(w, name) for name in names}, centre=named(w.centre_id), patrol=patrol)
    gates = _crew_gates(w.centre_id, w.shift_id)
    return _item(Kind.WELFARE, w.id, w.centre_id, gates, shown).where(w.state.op("IN")(ASKED))


def _voids() -> Select[Any]:
    v, m = CoverageVoid, CoverageMinimum
    beat = select(Beat.code).where(Beat.id == m.beat_id).correlate_except(Beat).scalar_subquery()
    area = select(Area.code).where(Area.id == m.area_id).correlate_except(Area).scalar_subquery()
    place = obj(cell=m.cell_code, beat=beat, area=area)
    whole = {"id": v.id, "minimum_id": m.id, "needed": m.needed, "since_at": v.since_at, "opened_at": v.opened_at}
    shown = obj(**whole, place=place, centre=named(v.centre_id))
    nobody = cast(null(), ARRAY(UUID))
    found = _item(Kind.VOID, v.id, v.centre_id, (nobody, nobody, _ground(v.centre_id)), shown)
    return found.join(m, m.id == v.minimum_id).where(v.opened_at.is_not(None), v.ended_at.is_(None))


ITEMS: dict[Kind, tuple[Callable[[], Select[Any]], Any]] = {
    Kind.INCIDENT: (_incidents, I.id),
    Kind.PATROL: (_patrols, Patrol.id),
    Kind.POSITION: (_positions, Patrol.id),
    Kind.SOS: (_sos, Sos.id),
    Kind.WELFARE: (_welfare, WelfareCheck.id),
    Kind.VOID: (_voids, CoverageVoid.id),
}


def _seen(kind: Kind) -> Condition:
    """The item is in the caller's sight; what makes an incident visible alone makes it stand here as well."""
    centres, departments, me = _ids("duty_centres"), _ids("duty_departments"), _p("actor_id", UUID)
    if kind is Kind.INCIDENT:
        return I.id.in_(_incidents_seen())
    if kind is Kind.VOID:
        return CoverageVoid.centre_id == centres  # type: ignore[no-any-return]
    of: Any = {Kind.SOS: Sos, Kind.WELFARE: WelfareCheck}.get(kind, Patrol)
    shift_id = Shift.id if of is Patrol else of.shift_id
    seat = aliased(CrewMember)
    own = or_(seat.account_id == me, seat.department_id == departments)
    crewed = select(seat.shift_id).where(seat.shift_id == shift_id, own, seat.left_at.is_(None)).correlate_except(seat)
    mine = [Sos.account_id == me] if of is Sos else []
    return or_(of.centre_id == centres, crewed.exists(), *mine)


def _incidents_seen() -> Any:
    """The open incidents of the caller's places and their own, each found by its own index."""
    i, me, departments = aliased(Incident), _p("actor_id", UUID), _ids("departments")
    called = select(LINK_GRANT.c.incident_id).where(LINK_GRANT.c.department_id == departments, readable())
    ways = (
        i.home_centre_id == _ids("centres"),
        i.lead_department_id == departments,
        i.id.in_(called),
        i.reporter_id == me,
        sent_to(i.id, me),
        i.task_account_id == me,
        i.task_patrol_id.in_(my_patrols(me)),
    )
    return union(*(select(i.id).where(i.closed_at.is_(None), way) for way in ways))


def _touched(kind: Kind) -> Condition:
    """The item is one that facts have touched: by its id, or by its crew."""
    crews = _ids("crews")
    match kind:
        case Kind.INCIDENT:
            live = or_(Assignment.is_active, Assignment.is_stacked)
            sent = select(Assignment.incident_id).where(Assignment.patrol_id == crews, live)
            held = aliased(Incident)
            tasks = select(held.id).where(held.task_patrol_id == crews)
            given = select(func.unnest(_p("incidents", ARRAY(UUID))))
            return I.id.in_(union(given, sent, tasks))
        case Kind.SOS:
            return or_(Sos.id == _ids("sos"), Sos.patrol_id == crews)
        case Kind.WELFARE:
            return or_(WelfareCheck.id == _ids("welfare"), WelfareCheck.patrol_id == crews)
        case Kind.VOID:
            return or_(CoverageVoid.id == _ids("voids"), CoverageVoid.minimum_id == _ids("minimums"))
        case _:
            return Patrol.id == crews  # type: ignore[no-any-return]


def _all(chosen: Chosen) -> Any:
    return union_all(*(make().where(*chosen(kind)) for kind, (make, _) in ITEMS.items())).subquery("board")


def _with_horizon(items: Any) -> Executable:
    """The items, each with the place before which the log is settled; with none, one row with that place alone."""
    end = horizon().subquery("settled")
    joined = end.outerjoin(items, true())
    return select(end.c.horizon, *items.c).select_from(joined).order_by(items.c.kind, items.c.id)


def _page() -> Executable:
    """One caller's items in order, at most so many."""
    after = tuple_(_p("after_kind", Integer), _p("after_id", UUID))
    parts = []
    for kind, (make, id_) in ITEMS.items():
        rank = literal_column(str(kind.value), Integer)
        beyond = tuple_(rank, id_) > after
        found = make().where(rank == any_(_p("kinds", ARRAY(Integer))), _seen(kind), beyond)
        one = found.subquery()
        area = _p("area_id", UUID)
        wanted = select(one).where(or_(area.is_(None), area == any_(one.c.areas)))
        parts.append(select(wanted.order_by(one.c.id).limit(_p("limit", Integer)).subquery()))
    together = union_all(*parts).subquery("together")
    cut = select(together).order_by(together.c.kind, together.c.id).limit(_p("limit", Integer)).subquery("board")
    return _with_horizon(cut)


PAGE = Hot(_page)
WHOLE = Hot(lambda: _with_horizon(_all(lambda _: [])))
TOUCHED = Hot(lambda: select(_all(lambda kind: [_touched(kind)])))
POSITIONS = Hot(_positions)
