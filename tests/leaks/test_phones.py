"""What everybody's phone takes along: nothing that is out of sight, and then nothing has changed."""

from tests.leaks.asking import Caller, verdict
from tests.leaks.test_lists import OF, judged

BUNDLE, CHANGES = "/v1/sync/bundle", "/v1/sync/changes"


async def test_a_phone_holds_nothing_that_is_out_of_sight(callers: list[Caller]) -> None:
    for caller in callers:
        answer = await caller.get(BUNDLE)
        if not judged(caller, OF[BUNDLE], answer):
            continue
        found, eyes = answer.json(), caller.eyes
        seen = {str(one) for one in eyes.world.incidents if eyes.incident(one)}
        if hidden := set(found["documents"]["incident"]) - seen:
            caller.wrong(BUNDLE, f"holds incidents out of sight: {sorted(hidden)}")
        shifts = {str(one) for one in eyes.world.shifts if eyes.shift(one)}
        if hidden := set(found["documents"]["shift"]) - shifts:
            caller.wrong(BUNDLE, f"holds shifts out of sight: {sorted(hidden)}")
        after = await caller.get(CHANGES, ("since", found["token"]))
        if after.status != 200 or after.json()["changes"]:
            caller.wrong(CHANGES, f"nothing has changed, but: {after.body[:200]!r}")
    verdict(callers)
