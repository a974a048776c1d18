"""What happens in a made-up world, put into a database with everything it happens to."""

from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from app.core.db import Base
from app.core.outbox import Event
from app.dispatch.models import Assignment as AssignmentRow
from app.incident import models as incident
from app.incident.contact.models import ContactReading, Reporter
from app.incident.evidence.models import Evidence
from app.incident.history.models import IncidentNote
from app.incident.request.models import Request
from app.linkage import models as linkage
from app.notice import models as notice
from app.roster import models as roster
from app.supervision import models as supervision
from app.supervision.appeal.models import Appeal
from tests.leaks.building import (
    DAY,
    HOUR,
    NOW,
    Rows,
    aboard,
    areas,
    during,
    duty,
    ground,
    grounds,
    middle,
    of_shifts,
    people,
    places,
    published,
    shared,
)
from tests.leaks.things import Incident, World


async def build(session: AsyncSession, world: World) -> None:
    """Insert everything; what other rows refer to comes first."""
    kinds = (
        areas, grounds, places, people, ground, duty, aboard, _incidents, _parts, _rest, published, _pressed,
        _told, shared,
    )  # fmt: skip
    rows = [row for rows in kinds for row in rows(world)]
    for table in Base.metadata.sorted_tables:
        session.add_all(row for row in rows if row.__table__ is table)
        await session.flush()


def _incidents(world: World) -> Rows:
    for shift in world.shifts:
        starts, ends = during(shift)
        for seat in shift.seats:
            yield roster.CrewMember(
                shift_id=shift.id, officer_id=seat.officer.id, department_id=seat.officer.department.id,
                account_id=seat.account and seat.account.id, during=Range(starts, ends),
                left_at=NOW if seat.has_left else None,
            )  # fmt: skip
    masters = [one for one in world.incidents if one.master is None]
    yield from (_incident(world, one) for one in [*masters, *(one for one in world.incidents if one.master)])


def _incident(world: World, one: Incident) -> incident.Incident:
    root = one.home.above[0]
    scheme = next(scheme for scheme in world.schemes if scheme.root is root)
    task = next((task for task in one.tasks if task.is_open), None)
    return incident.Incident(
        id=one.id, number=one.number, status=one.status, status_since=NOW, description=one.number, priority=2,
        category_id=scheme.category_id, source="patrol", reporter_id=one.reporter.id,
        location=middle(world, one.home), cell_id=one.home.cell_id, area_id=one.home.area_id,
        home_centre_id=one.home.id, commanding_centre_id=one.commanding.id, root_centre_id=root.id,
        lead_patrol_id=one.lead_patrol and one.lead_patrol.id, master_id=one.master and one.master.id,
        lead_department_id=one.lead_department and one.lead_department.id, closed_at=None if one.is_open else NOW,
        task_id=task and task.id, task_patrol_id=task and task.patrol and task.patrol.id,
        task_account_id=task and task.account and task.account.id,
    )  # fmt: skip


def _parts(world: World) -> Rows:
    for one in world.incidents:
        of = {"incident_id": one.id}
        details = {"master": one.master.number} if one.master else {}
        yield incident.IncidentMove(
            seq=1, action="report", to_status=one.status, actor_id=one.reporter.id,
            role="patrol_member" if one.by_patrol else "acceptor",
            centre_id=one.home.id, details=details, evidence=[], **of,
        )  # fmt: skip
        yield Reporter(name="n", phone="1", **of)
        yield ContactReading(account_id=one.reporter.id, purpose="calling back", **of)
        for whistle in one.whistles:
            yield linkage.Whistle(
                id=whistle.id, kind="daily", state="closed" if whistle.is_closed else "blown",
                place=middle(world, one.home), centre_id=one.commanding.id, blown_by=one.reporter.id, blown_at=NOW,
                **of,
            )  # fmt: skip
        for assignment in one.assignments:
            live = assignment.is_live
            yield AssignmentRow(
                id=assignment.id, patrol_id=assignment.patrol.id, state="accepted" if live else "cleared",
                is_active=live and not assignment.is_stacked, is_stacked=assignment.is_stacked, offered_at=NOW,
                accepted_at=NOW, **of,
            )  # fmt: skip
        for note in one.notes:
            yield IncidentNote(id=note.id, account_id=note.by.id, role="dispatcher", note="n", **of)
        for picture in one.evidence:
            yield Evidence(
                id=picture.id, kind="before", media_type="image/jpeg", sha256=b"s", content_sha256=b"c", size_bytes=1,
                account_id=picture.by.id, **of,
            )  # fmt: skip


def _rest(world: World) -> Rows:
    for one in world.incidents:
        of = {"incident_id": one.id}
        for request in one.requests:
            yield Request(
                id=request.id, kind="void", state="asked", asked_by=request.by.id, asker_role="dispatcher",
                reason="r", **of,
            )  # fmt: skip
        for clock in one.clocks:
            yield incident.RunningClock(
                id=clock.id, kind="accept", state="running", is_current=True, round=1, level=1, amount=1,
                unit="natural_day", started_at=NOW, due_at=NOW + DAY, **of,
            )  # fmt: skip
        for task in one.tasks:
            yield incident.Task(
                id=task.id, kind="verify", state="offered" if task.is_open else "withdrawn", due_at=NOW + HOUR,
                patrol_id=task.patrol and task.patrol.id, account_id=task.account and task.account.id, **of,
            )  # fmt: skip
        yield from _called(one)
    yield from of_shifts(world)
    for fact in world.facts:
        payload = {"incident_id": str(fact.incident.id), "number": fact.incident.number} if fact.incident else {}
        scope = [place.id for place in fact.scope]
        subject = fact.incident.id if fact.incident else fact.id
        yield Event(topic=fact.topic, subject_id=subject, scope=scope, payload=payload | {"fact": str(fact.id)})


def _called(one: Incident) -> Rows:
    for summons in one.summons:
        released = summons.reads != "acting"
        ended = NOW - 9 * DAY if summons.reads == "over" else NOW - HOUR
        yield linkage.Summons(
            id=summons.id, incident_id=one.id, whistle_id=summons.whistle and summons.whistle.id,
            department_id=summons.department.id, centre_id=one.commanding.id, role="assist", is_required=True,
            state="released" if released else "called", state_since=NOW, called_at=NOW, measures=[],
        )  # fmt: skip
        yield linkage.LinkGrant(
            incident_id=one.id, department_id=summons.department.id, starts_at=NOW - 20 * DAY,
            ends_at=ended if released else None, read_until=ended + 7 * DAY if released else None,
        )  # fmt: skip


def _pressed(world: World) -> Rows:
    for one in world.incidents:
        of = {"incident_id": one.id}
        for order in one.orders:
            yield supervision.SupervisionOrder(
                id=order.id, target_id=one.commanding.id, centre_id=one.commanding.id, grade="normal", state="open",
                reason="r", opened_by=order.by.id, opened_at=NOW, reply_due_at=NOW + HOUR, **of,
            )  # fmt: skip
            yield supervision.SupervisionEntry(
                order_id=order.id, seq=1, action="open", grade="normal", account_id=order.by.id, role="leader",
                reply_due_at=NOW + HOUR,
            )  # fmt: skip
        for appeal, clock in zip(one.appeals, one.clocks, strict=False):
            yield Appeal(
                id=appeal.id, subject_kind="clock", subject_id=clock.id, department_id=world.departments[0].id,
                state="pending_dispatcher", reason="r", filed_by=appeal.by.id, **of,
            )  # fmt: skip
        for work in one.parked:
            yield supervision.Trial(kind="clock", subject_id=work.id, tries=5, error="e", parked_at=NOW, **of)


def _told(world: World) -> Rows:
    for number, one in enumerate(world.notices):
        yield notice.Notice(
            id=one.id, fact_id=world.seed * 10_000 + number, kind="k", topic="incident.amend",
            subject_id=one.names.id if one.incident else one.id, incident_id=one.incident and one.incident.id,
            centre_id=one.names.home.id, urgency="info", needs_receipt=False, text=one.names.number,
            text_en=one.names.number, at=NOW,
        )  # fmt: skip
        yield notice.NoticeReceipt(
            notice_id=one.id, account_id=one.to.id, urgency="info", role=one.by and one.by.role.value,
            organisation_id=one.by and one.by.place.id, incident_id=one.incident and one.incident.id,
            shift_id=one.shift and one.shift.id, delivered_at=NOW,
        )  # fmt: skip
