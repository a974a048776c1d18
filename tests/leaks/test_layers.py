"""Every layer holds what its caller may see, feature by feature and in counts, and no feature of another."""

import pytest

from app.identity.workflow import Right
from tests.leaks.asking import Caller, verdict
from tests.leaks.grounds import LAYERS


def _may(caller: Caller) -> bool:
    return Right.LAYERS_READ in caller.eyes.rights and caller.eyes.me.is_active


@pytest.mark.parametrize("collection", LAYERS)
async def test_a_layer_holds_what_the_caller_may_see(collection: str, callers: list[Caller]) -> None:
    drawn = LAYERS[collection]
    for caller in callers:
        answer = await caller.get(f"/ogc/collections/{collection}/items", ("limit", "1000"))
        if not _may(caller):
            if answer.status not in (401, 403):
                caller.wrong(collection, f"answers {answer.status} without the right")
            continue
        expected = [drawn.name(one) for one in drawn.seen(caller.eyes)]
        found = answer.json()
        caller.compare(collection, [one["id"] for one in found["features"]], expected)
        if found["numberMatched"] != len(expected):
            caller.wrong(collection, f"counts {found['numberMatched']}, not {len(expected)}")
    verdict(callers)


@pytest.mark.parametrize("collection", LAYERS)
async def test_a_feature_out_of_sight_is_not_there(collection: str, callers: list[Caller]) -> None:
    drawn = LAYERS[collection]
    for caller in filter(_may, callers):
        for one in drawn.all(caller.eyes.world):
            answer = await caller.get(f"/ogc/collections/{collection}/items/{drawn.name(one)}")
            expected = 200 if drawn.sees(caller.eyes, one) else 404
            if answer.status != expected:
                caller.wrong(collection, f"{one} is {answer.status}, not {expected}")
    verdict(callers)


@pytest.mark.parametrize("collection", LAYERS)
async def test_a_file_holds_what_the_caller_may_see(collection: str, callers: list[Caller]) -> None:
    drawn = LAYERS[collection]
    for caller in callers:
        answer = await caller.get(f"/ogc/collections/{collection}/items", ("f", "geojson"))
        if _may(caller):
            expected = [drawn.name(one) for one in drawn.all(caller.eyes.world) if drawn.sees(caller.eyes, one)]
            caller.compare(f"file of {collection}", [one["id"] for one in answer.json()["features"]], expected)
        elif answer.status not in (401, 403):
            caller.wrong(f"file of {collection}", f"answers {answer.status} without the right")
    verdict(callers)
