"""A filter by the name of something out of sight answers like one by a name that nothing has, and only narrows."""

import random
from typing import Any

import pytest

from app.core.ids import uuid7
from app.identity.workflow import Right
from tests.contract.document import Json, Operation, operations
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.routes import (
    BEAT,
    CATEGORY,
    CENTRE,
    DEPARTMENT,
    INCIDENT,
    LISTS,
    OFFICER,
    PATROL,
    ROSTER,
    SHIFT,
    WHISTLE,
    Kind,
)

NUMBER = INCIDENT._replace(name=lambda one: one.number)
FILTERS: dict[str, Kind] = {
    "beat": BEAT, "category": CATEGORY, "centre": CENTRE, "department": DEPARTMENT, "host": CENTRE,
    "incident": INCIDENT,
    "incident_id": INCIDENT, "number": NUMBER, "officer": OFFICER, "organisation": CENTRE, "patrol": PATROL,
    "roster": ROSTER, "shift": SHIFT, "target": CENTRE, "whistle": WHISTLE,
}  # fmt: skip
"""Filters that name a thing; all others name no thing, or something on the open ground."""
PLAIN = {
    "accounts", "active", "app", "applies", "area", "availability", "bbox", "boundary", "by", "cell", "cursor",
    "domain", "edition", "ended", "ends_within_days", "external_ref", "f", "from", "grade", "has_follow_up",
    "is_active", "kind", "level", "limit", "live", "mine", "misdispatch", "near", "on", "on_duty", "open",
    "overdue", "priority", "q", "reported_from", "reported_to", "scheme", "service", "since", "sort", "source",
    "state", "status", "topic", "unassigned", "unread", "until", "urgency", "visited",
}  # fmt: skip
SENDERS = 10


def _filters(operation: Operation) -> list[Json]:
    return [one for one in operation.parameters if one["in"] == "query"]


LISTED = [one for one in operations() if one.method == "get" and one.path in LISTS]
CASES = [(one, asked["name"]) for one in LISTED for asked in _filters(one) if asked["name"] in FILTERS]


def test_every_filter_names_a_known_kind_or_nothing() -> None:
    known = PLAIN | FILTERS.keys()
    assert [f"{one} {asked['name']}" for one in LISTED for asked in _filters(one) if asked["name"] not in known] == []


@pytest.mark.parametrize(("operation", "member"), CASES, ids=str)
async def test_a_filter_by_what_is_out_of_sight_tells_nothing(
    operation: Operation, member: str, callers: list[Caller], site: Site
) -> None:
    able = [one for one in callers if operation.rights <= one.eyes.rights and one.eyes.me.is_active]
    for caller in random.Random(str(operation)).sample(able, min(len(able), SENDERS)):
        every = [(world, thing) for world in site.worlds for thing in FILTERS[member].all(world)]
        chosen = random.Random(member).sample(every, min(len(every), 3))
        for world, thing in chosen:
            is_seen = world is caller.eyes.world and FILTERS[member].sees(caller.eyes, thing)
            await _narrowed(caller, operation, (member, FILTERS[member].name(thing)), is_seen=is_seen)
    verdict(callers)


async def _narrowed(caller: Caller, operation: Operation, asked: tuple[str, str], *, is_seen: bool) -> None:
    """What comes is in sight; of a name out of sight the status is that of a name nothing has."""
    listed, never = LISTS[operation.path], str(uuid7())
    answer = await caller.get(operation.path, *listed.asks, asked)
    nothing = await caller.get(operation.path, *listed.asks, (asked[0], never if len(asked[1]) == len(never) else "x"))
    if not is_seen and answer.status != nothing.status:
        caller.wrong(f"{operation} {asked}", f"answers {answer.status}, but {nothing.status} for what is not there")
    if answer.status == 200:  # OK
        items: list[dict[str, Any]] = answer.json()["items"]
        seen = [
            listed.kind.name(one) for one in listed.kind.all(caller.eyes.world) if listed.kind.sees(caller.eyes, one)
        ]
        if more := {str(item[listed.member]) for item in items} - set(seen):
            caller.wrong(f"{operation} {asked}", f"more: {more}")


async def test_what_is_in_force_is_said_of_centres_in_sight_alone(callers: list[Caller]) -> None:
    path = "/v1/escalation-policies/in-force"
    for caller in (one for one in callers if Right.CATALOGUE_READ in one.eyes.rights and one.eyes.me.is_active):
        for centre in caller.eyes.world.centres:
            answer = await caller.get(path, ("centre", centre.code))
            if (answer.status == 200) != caller.eyes.edition(centre):
                caller.wrong(path, f"answers {answer.status} for {centre.code}")
    verdict(callers)
