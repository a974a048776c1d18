"""What routing rules say of an incident: asked of the sets in force at its home, kept with it, carried out.

The same facts give the same answer: the instant is that of the report, the priority the one before any rule's. So an
incident is asked about again whenever what rules look at changes, and what they said before is replaced.
"""

from typing import Any, NamedTuple
from uuid import UUID

import orjson

from app.agency.workflow import Step
from app.command.record.linked import Record
from app.command.record.service import calendar
from app.command.routing import queries
from app.command.service import Change
from app.command.workflow import limit_of
from app.core.db import Lane
from app.identity.workflow import Role
from app.incident.workflow import Action, Status
from app.policy.routing.service import in_force
from app.policy.rulebook.workflow import Choice, Matter, SetInForce, choose, moment

UNDECIDED = frozenset({Status.REPORTED, Status.VERIFYING, Status.ACCEPTED, Status.REGISTERED})
"""Until people are on their way, an amended report is asked about again."""


class Routed(NamedTuple):
    """What came of asking: what the history says of it, and what is still to be carried out. `lead` is a department."""

    details: dict[str, Any]
    hands_up: bool = False
    verifies: bool = False
    lead: dict[str, Any] | None = None


NOTHING = Routed({})


async def route(lane: Lane, record: Record, listed: str | None, *, by_hand: bool = False) -> Routed:
    """Ask the sets in force at the incident's home (`routing_json`), and keep what they say on the record.

    `by_hand`: the priority has just been given by hand; no rule sets another from then on.
    """
    before = record["routing"]
    by_hand = by_hand or (before is not None and before["priority_by_hand"])
    if listed is None and before is None and not by_hand:
        return NOTHING
    given = orjson.loads(listed or b"[]")
    sets = [await in_force(lane, UUID(one["id"])) for one in given]
    base = _priority_before(record)
    choice = Choice(None, None, None, ())
    if given:
        clock = await calendar(lane, given[0]["calendar_id"] and UUID(given[0]["calendar_id"]))
        matter = _matter(record, base, *moment(clock, record["reported_at"]))
        asked = (
            SetInForce(held.book, frozenset(one["broken"] or ()), held.centre, held.edition)
            for held, one in zip(sets, given, strict=True)
        )
        choice = choose(asked, matter)
    record["routing"] = kept = _kept(choice, base, by_hand=by_hand)
    record["priority"] = (kept and kept["priority"]) or base
    if choice.rule is None:
        return Routed(_details(choice, before, kept))
    handed_up = before is not None and before["level"] is not None
    at_home = record["commanding_centre_id"] == record["home_centre_id"] and record["parent_id"] is not None
    hands_up = choice.rule.then.level is not None and at_home and not handed_up
    named = {code: department for held in sets for code, department in held.departments.items()}
    lead = named.get(choice.rule.then.lead_department or "")
    return Routed(_details(choice, before, kept), hands_up, choice.rule.then.verify_first, lead)


def _priority_before(record: Record) -> int:
    """The priority that was reported or given by hand, which rules look at."""
    before = record["routing"]
    ruled = before is not None and before["priority"] == record["priority"]
    return int(before["priority_before"] if ruled else record["priority"])


def _matter(record: Record, priority: int, minute: int, working: bool) -> Matter:  # noqa: FBT001  # one fact of many
    category = _json(record["category"]) or {}
    words = " ".join(text for text in (record["title"], record["description"]) if text)
    return Matter(
        category=category.get("code"),
        domain=category.get("domain"),
        cell=_json(record["cell"])["code"],
        areas=frozenset(place["code"] for place in _json(record["places"])),
        source=record["source"],
        priority=priority,
        minute=minute,
        working=working,
        text=words.casefold(),
    )


def _json(value: Any) -> Any:
    return orjson.loads(value) if isinstance(value, str) else value


def _kept(choice: Choice, base: int, *, by_hand: bool) -> dict[str, Any] | None:
    """What is stored with the incident; nothing where there is nothing to know."""
    if choice.rule is None and not choice.skipped and not by_hand:
        return None
    rule = choice.rule
    own = dict.fromkeys(("rule", "name", "name_en", "lead_department", "level", "whistle"))
    own |= {"assists": [], "limits": {}, "verify_first": False, "priority": None}
    if rule is not None:
        then = rule.then.model_dump(mode="json")
        own |= {"rule": rule.code, "name": rule.name, "name_en": rule.name_en, "assists": then["assist_departments"]}
        own |= {
            name: then[name] for name in ("lead_department", "level", "whistle", "limits", "verify_first", "priority")
        }
    own |= {"centre": choice.centre, "edition": choice.edition, "skipped": [one._asdict() for one in choice.skipped]}
    own |= {"priority_before": base, "priority_by_hand": by_hand}
    return own | ({"priority": None} if by_hand else {})


def _details(choice: Choice, before: dict[str, Any] | None, kept: dict[str, Any] | None) -> dict[str, Any]:
    """What the history row says: which rule of whose edition decided, or none any more, and which were passed over."""
    said: dict[str, Any] = {}
    if choice.rule is not None:
        said = {"rule": choice.rule.code, "edition": choice.edition, "rules_of": choice.centre}
        if kept is not None and kept["priority"] is not None:
            said["priority"] = kept["priority"]
    elif before is not None and before["rule"] is not None:
        said = {"rule": None}
    return said | ({"skipped_rules": [passed._asdict() for passed in choice.skipped]} if choice.skipped else {})


def to_centre(change: Change, found: dict[str, Any]) -> UUID:
    """Lead an incident to another centre; says which one led it before."""
    record = change.record
    before: UUID = record["commanding_centre_id"]
    shown = {name: found[name] for name in ("id", "code", "name", "name_en", "level")}
    record |= {"commanding_centre_id": UUID(found["id"]), "commanding_centre": shown, "settings": found["settings"]}
    record["parent_id"] = found["parent_id"] and UUID(found["parent_id"])
    record["has_child"] = found["has_child"]
    record["failed_count"] = 0
    change.command_from(found["level"], found["ladders"])
    return before


def hand_up(change: Change, found: dict[str, Any], details: dict[str, Any]) -> None:
    """上报区中心 by rule: the ordinary move, made by the system."""
    before = to_centre(change, found)
    change.move(Action.ESCALATE, Role.SYSTEM, details={"by": "rule"} | details, from_centre_id=before)


async def verify_first(change: Change, lane: Lane, details: dict[str, Any]) -> None:
    """发核实 by rule: the ordinary move, made by the system; the nearest patrol looks, else whoever may."""
    record = change.record
    nearest = await queries.NEAREST.row(
        lane, lon=record["lon"], lat=record["lat"], centre_id=record["commanding_centre_id"]
    )
    due = change.calendar.due(change.now, limit_of(record, Step.VERIFY))
    change.open_task("verify", None if nearest is None else nearest["patrol_id"], None, due)
    change.move(Action.REQUEST_VERIFICATION, Role.SYSTEM, details={"by": "rule"} | details)
