"""Alarms of routing rules: raised when a rule in force can no longer apply, ended when it can, acknowledged by name."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from app.core import outbox
from app.core.db import Session
from app.core.ids import uuid7
from app.core.once import require_version
from app.core.problems import Conflict, NotFound
from app.identity.queries import now
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.policy.alarm import queries
from app.policy.alarm.schemas import AlarmOut
from app.policy.check.service import world
from app.policy.check.workflow import Finding, breaks, examine
from app.policy.models import RoutingAlarm, RoutingSet
from app.policy.rule.workflow import RoutingRule
from app.policy.service import writes

EVERY = timedelta(minutes=5)
"""Sets in force are held against the world this often, and at once when something is said to have changed."""
CHANGES_THE_WORLD = (
    "category_scheme.published", "department.opened", "department.changed", "centre.opened", "centre.changed",
    "grid_plan.published", "area.added", "area.changed", "calendar.imported", "calendar.changed",
)  # fmt: skip
"""What is said in the log when something that rules name may have come or gone."""


class NothingToAcknowledge(Conflict):
    """The alarm has ended, or is acknowledged already."""


def rules_of(held: RoutingSet) -> list[RoutingRule]:
    """A set's rules."""
    return [RoutingRule.model_validate(rule) for rule in held.rules]


async def watch(session: Session) -> int:
    """Hold the set that waits longest against the world; says how many were, so that the next is taken at once."""
    held = await queries.due(session, EVERY)
    if held is None:
        return 0
    rules = rules_of(held)
    findings = examine(rules, await world(session, held.centre_id, rules))
    await settle(session, held, findings)
    return 1


async def look_again(session: Session) -> None:
    """The world has changed: every set in force is held against it soon, however many changes there are."""
    await queries.look_again(session)


async def settle(session: Session, held: RoutingSet, findings: Sequence[Finding], by: Actor | None = None) -> None:
    """Raise, change and end the alarms of a set that is held, so that they say what was found.

    `by` publishes the set as it is: what is found then is acknowledged. Whatever grows worse is so no longer.
    """
    at = await now(session)
    opened = {(alarm.rule, alarm.why): alarm for alarm in await queries.open_alarms(session, held.id)}
    for finding in findings:
        alarm = opened.pop((finding.rule, finding.why.value), None)
        if alarm is None:
            alarm = RoutingAlarm(id=uuid7(), set_id=held.id, rule=finding.rule, why=finding.why.value, version=0)
            session.add(alarm)
        elif (alarm.severity, alarm.what) == (finding.severity.value, list(finding.what)):
            continue
        _say(alarm, finding, at, by)
        _told(session, held, alarm)
    for alarm in opened.values():
        _end(session, held, alarm, at)
    held.checked_at = at
    await session.flush()


def _say(alarm: RoutingAlarm, finding: Finding, at: datetime, by: Actor | None) -> None:
    alarm.severity, alarm.what, alarm.detail = finding.severity.value, list(finding.what), finding.detail
    alarm.breaks = breaks(finding)
    alarm.version += 1
    alarm.acknowledged_at, alarm.acknowledged_by = (at, by.account_id) if by else (None, None)
    alarm.note = None


def _end(session: Session, held: RoutingSet, alarm: RoutingAlarm, at: datetime) -> None:
    alarm.ended_at = at
    alarm.version += 1
    _told(session, held, alarm)


async def end_all(session: Session, held: RoutingSet) -> None:
    """End the alarms of a set that is no longer in force."""
    at = await now(session)
    for alarm in await queries.open_alarms(session, held.id):
        _end(session, held, alarm, at)
    await session.flush()


def _told(session: Session, held: RoutingSet, alarm: RoutingAlarm) -> None:
    outbox.record(
        session,
        "routing.alarm",
        alarm.id,
        [held.centre_id],
        set_id=str(held.id),
        centre_id=str(held.centre_id),
        rule=alarm.rule,
        why=alarm.why,
        severity=alarm.severity,
        what=alarm.what,
        breaks=alarm.breaks,
        acknowledged=alarm.acknowledged_at is not None,
        ended=alarm.ended_at is not None,
    )


def shown(row: Any, caller: Actor) -> AlarmOut:
    """An alarm as the caller sees it."""
    waits = row.acknowledged_at is None and row.ended_at is None
    actions = ["acknowledge"] if waits and writes(caller, row.centre_id) else []
    return AlarmOut.model_validate(row._asdict() | {"allowed_actions": actions})


async def find(session: Session, caller: Actor, id: UUID) -> AlarmOut:
    """One alarm.

    Raises:
        NotFound: there is none that the caller sees.
    """
    row = await queries.alarm(session, caller, id)
    if row is None:
        raise NotFound
    return shown(row, caller)


async def acknowledge(session: Session, by: Actor, id: UUID, note: str, based_on: int) -> AlarmOut:
    """Say that an alarm has been seen, and what will be done. It stays open until the rule can apply again.

    Raises:
        NotFound, Forbidden, VersionStale.
        NothingToAcknowledge: it has ended, or somebody was faster.
    """
    row = await queries.alarm(session, by, id)
    if row is None:
        raise NotFound
    if not writes(by, row.centre_id):
        raise Forbidden("What this centre publishes is decided by its leaders and administrators.")
    alarm = await queries.alarm_held(session, id)
    require_version(based_on, alarm.version)
    if alarm.acknowledged_at is not None or alarm.ended_at is not None:
        raise NothingToAcknowledge
    alarm.acknowledged_at, alarm.acknowledged_by, alarm.note = await now(session), by.account_id, note
    alarm.version += 1
    facts = {"centre_id": str(row.centre_id), "rule": alarm.rule, "why": alarm.why}
    outbox.record(session, "routing.alarm_acknowledged", alarm.id, [row.centre_id], **facts)
    await session.flush()
    return await find(session, by, id)
