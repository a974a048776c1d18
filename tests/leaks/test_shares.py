"""A share shows its receiver the giver's own incidents, as far as its tier goes, while it is in force: no others."""

import random
from collections.abc import Iterator
from typing import Any

from app.identity.workflow import Right
from tests.leaks.asking import Caller, verdict
from tests.leaks.conftest import Site
from tests.leaks.things import Incident, Share


def _able(callers: list[Caller]) -> Iterator[Caller]:
    return (one for one in callers if Right.INCIDENTS_READ in one.eyes.rights and one.eyes.me.is_active)


def _told(share: Share, incident: Incident) -> set[bytes]:
    """What may be named of an incident that a share shows."""
    told: dict[str, list[Any]] = {"notice": [incident], "summary": [incident, incident.number]}
    named = told.get(share.tier, [incident, incident.number, *incident.notes, *incident.evidence])
    return {str(one).encode() for one in named}


async def test_a_share_lists_what_the_reference_says(callers: list[Caller], site: Site) -> None:
    shown = 0
    for caller in _able(callers):
        for share in (one for world in site.worlds for one in world.shares):
            path = f"/v1/shares/{share}/incidents"
            is_mine = share in caller.eyes.world.shares
            expected = caller.eyes.shared(share) if is_mine else []
            may_name = {word for one in expected for word in _told(share, one)}
            answer = await caller.get(path, may_name=may_name)
            is_read = is_mine and caller.eyes.reads(share)
            if answer.status != (200 if is_read else 404):
                caller.wrong(path, f"answers {answer.status}")
            if is_read:
                caller.compare(path, [one["id"] for one in answer.json()["items"]], [str(one) for one in expected])
                shown += len(expected)
    verdict(callers)
    assert shown > 0


async def test_one_incident_is_shown_by_the_shares_that_list_it_alone(callers: list[Caller], site: Site) -> None:
    for caller in _able(callers):
        for share in caller.eyes.world.shares:
            expected = caller.eyes.shared(share)
            others = [one for one in caller.eyes.world.incidents if one not in expected]
            for incident in [*expected, *random.Random(share.giver.code).sample(others, min(len(others), 2))]:
                path = f"/v1/shares/{share}/incidents/{incident}"
                is_shown = incident in expected
                may_name = _told(share, incident) if is_shown else ()
                answer = await caller.get(path, may_name=may_name)
                if answer.status != (200 if is_shown else 404):
                    caller.wrong(path, f"answers {answer.status}")
                await _pictures(caller, share, incident)
    verdict(callers)


async def _pictures(caller: Caller, share: Share, incident: Incident) -> None:
    """None has bytes in these worlds: of one that is shown that is said, any other is not there."""
    for picture in incident.evidence:
        path = f"/v1/shares/{share}/incidents/{incident}/pictures/{picture}"
        answer = await caller.get(path)
        is_shown = share.tier == "record" and incident in caller.eyes.shared(share)
        is_nothing = answer.json()["type"] == "/problems/not-found"
        if answer.status != 404 or is_nothing == is_shown:
            caller.wrong(path, f"answers {answer.status} {answer.body!r}")


async def test_what_is_shared_is_seen_nowhere_else(callers: list[Caller]) -> None:
    asked = 0
    for caller in _able(callers):
        received = {one for share in caller.eyes.world.shares for one in caller.eyes.shared(share)}
        for incident in (one for one in received if not caller.eyes.incident(one)):
            for path in (f"/v1/incidents/{incident}", f"/ogc/collections/incidents/items/{incident}"):
                answer = await caller.get(path)
                asked += 1
                if answer.status not in (403, 404):
                    caller.wrong(path, f"answers {answer.status} for what is only shared")
    verdict(callers)
    assert asked > 0
