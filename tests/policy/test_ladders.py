"""Ladders as the clock climbs them."""

import json

from app.incident.workflow import Clock
from app.policy.workflow import DEFAULT, Act, ladders_of


def test_every_clock_has_a_ladder_with_a_step_at_its_limit() -> None:
    ladders = ladders_of(None)
    assert set(ladders) == set(Clock) == set(DEFAULT)
    for steps in ladders.values():
        assert [step.number for step in steps] == list(range(1, len(steps) + 1))
        assert [(step.share, step.after_min) for step in steps].count((1.0, 0)) == 1


def test_a_published_ladder_takes_the_place_of_that_clocks_and_of_no_other() -> None:
    own = [{"share": 0.5, "do": ["card"], "times": 2, "every_min": 5}, {"after_min": 30, "do": ["up"]}]
    ladders = ladders_of(json.dumps({"accept": own}))
    shown = [(step.number, step.share, step.after_min, step.do) for step in ladders[Clock.ACCEPT]]
    assert shown == [(1, 0.5, 0, (Act.CARD,)), (2, 0.5, 5, (Act.CARD,)), (3, 1.0, 0, ()), (4, 1.0, 30, (Act.UP,))]
    assert ladders[Clock.HANDLE] == ladders_of(None)[Clock.HANDLE]
