"""The use cases of routing rules: a set drafted, checked, published; and the sets in force made ready to be asked."""

import time
from typing import Any, ClassVar, NamedTuple
from uuid import UUID

import orjson

from app.core.db import Lane, Session
from app.core.problems import Conflict, NotFound
from app.identity.workflow import Actor
from app.policy import service
from app.policy.alarm import service as alarms
from app.policy.check.schemas import FindingOut, RulesReport, report_of
from app.policy.check.service import world
from app.policy.check.workflow import Finding, World, examine
from app.policy.models import RoutingSet
from app.policy.routing import queries
from app.policy.routing.schemas import SetDetail, SetIn, SetOut, SetPatch
from app.policy.rule.workflow import RoutingRule
from app.policy.rulebook.workflow import Rulebook
from app.policy.workflow import EditionAction, EditionState, may_now


class RulesBroken(Conflict):
    """Rules of the set cannot apply, so it is not published; `report` says which and why."""

    members: ClassVar[dict[str, Any]] = {
        "report": {
            "errors": 1,
            "warnings": 0,
            "findings": [
                {
                    "rule": "gas",
                    "why": "department",
                    "severity": "error",
                    "what": ["fire_rescue"],
                    "detail": "No department fire_rescue can be called from this centre.",
                }
            ],
        }
    }


def _actions(row: Any, caller: Actor) -> dict[str, Any]:
    state = EditionState(row.state)
    return {"allowed_actions": may_now(state, writes=service.writes(caller, row.centre_id))}


def shown(row: Any, caller: Actor) -> SetOut:
    """A set in short as the caller sees it."""
    return SetOut.model_validate(row._asdict() | _actions(row, caller))


async def find(session: Session, caller: Actor, id: UUID) -> SetDetail:
    """One set with its rules.

    Raises:
        NotFound: there is none that the caller sees.
    """
    row = await queries.one(session, caller, id)
    if row is None:
        raise NotFound
    return SetDetail.model_validate(row._asdict() | _actions(row, caller))


async def draft(session: Session, by: Actor, body: SetIn) -> SetDetail:
    """Draft a centre's next set."""
    made = await service.draft(session, by, RoutingSet, body, rules=_plain(body.rules))
    return await find(session, by, made.id)


async def change(session: Session, by: Actor, id: UUID, body: SetPatch, based_on: int) -> SetDetail:
    """Change a draft."""
    held = await service.held(session, by, RoutingSet, id, EditionAction.CHANGE, based_on)
    service.rename(held, body)
    if body.rules is not None:
        held.rules = _plain(body.rules)
    await session.flush()
    return await find(session, by, id)


def _plain(rules: tuple[RoutingRule, ...]) -> list[dict[str, Any]]:
    """Rules as they are stored: what is not said is left out."""
    return [rule.model_dump(mode="json", exclude_defaults=True) for rule in rules]


async def drop(session: Session, by: Actor, id: UUID, based_on: int) -> None:
    """Throw a draft away."""
    await session.delete(await service.held(session, by, RoutingSet, id, EditionAction.DROP, based_on))


async def check(session: Session, caller: Actor, id: UUID) -> RulesReport:
    """Hold a set against the world as it is, whatever its state; nothing is written."""
    found = await find(session, caller, id)
    findings = examine(found.rules, await world(session, found.centre_id, found.rules))
    return report_of([FindingOut.model_validate(finding) for finding in findings])


async def publish(session: Session, by: Actor, id: UUID, based_on: int) -> SetDetail:
    """Put a set in force. Warnings are accepted by it: they are alarms that its publisher has acknowledged.

    Raises:
        NotFound, Forbidden, VersionStale, IllegalEditionMove.
        RulesBroken: a rule cannot apply; with the report.
    """
    held = await service.held(session, by, RoutingSet, id, EditionAction.PUBLISH, based_on)
    rules = alarms.rules_of(held)
    known = await world(session, held.centre_id, rules)
    findings = examine(rules, known)
    report = report_of([FindingOut.model_validate(finding) for finding in findings])
    if report.errors:
        raise RulesBroken(report=report.model_dump(mode="json"))
    await _enforce(session, by, held, findings, known)
    return await find(session, by, id)


async def _enforce(session: Session, by: Actor, held: RoutingSet, findings: list[Finding], known: World) -> None:
    held.departments = sorted(known.departments)
    held.report = [FindingOut.model_validate(finding).model_dump(mode="json") for finding in findings]
    for replaced in await service.put_in_force(session, by, held):
        await alarms.end_all(session, await queries.set_with_id(session, replaced))
    await alarms.settle(session, held, findings, by)
    service.told(session, "routing.published", held)


async def retire(session: Session, by: Actor, id: UUID, based_on: int) -> SetDetail:
    """Take a set out of force: the sets above the centre alone hold there."""
    held = await service.held(session, by, RoutingSet, id, EditionAction.RETIRE, based_on)
    await service.end(session, by, held)
    await alarms.end_all(session, held)
    service.told(session, "routing.retired", held)
    return await find(session, by, id)


# --- in force ------------------------------------------------------------------------------------------------------

KEPT, REMEMBER_S = 256, 600.0
"""Sets that a process keeps: those in force now, and some that were. A department renamed is so at most so late."""


class InForce(NamedTuple):
    """A published set made ready to be asked, which costs much more than asking; its rules never change."""

    book: Rulebook
    departments: dict[str, dict[str, Any]]
    edition: int
    centre: str


_known: dict[UUID, tuple[InForce, float]] = {}


async def in_force(lane: Lane, set_id: UUID) -> InForce:
    """The published set with this id, ready to be asked."""
    known = _known.get(set_id)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    row = await queries.RULES.row(lane, set_id=set_id)
    assert row is not None, "a published set stays for ever"  # noqa: S101  # the id was read with the same lane
    if len(_known) >= KEPT:
        _known.pop(next(iter(_known)))
    found = _ready(row)
    _known[set_id] = found, time.monotonic() + REMEMBER_S
    return found


def _ready(row: Any) -> InForce:
    book = Rulebook([RoutingRule.model_validate(rule) for rule in orjson.loads(row["rules"])])
    departments = {named["code"]: named for named in orjson.loads(row["departments"] or b"[]")}
    return InForce(book, departments, row["edition"], row["centre"])
