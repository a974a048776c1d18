"""Every state, action, role and level of a supervision order: what the table lets through, and nothing else."""

from itertools import product
from typing import Any

import pytest

from app.core.ids import uuid7
from app.identity.workflow import Actor, Grant, Role
from app.supervision.workflow import (
    DESK,
    GRADES,
    MOVES,
    PRESSERS,
    REPLY,
    Grade,
    OrderAction,
    OrderBy,
    OrderState,
    allowed,
    answering,
    higher,
    presses_from,
    pressing,
    rises,
)

BINDING = (
    # action, from, to, who, needs
    ("open", "", "open", "presser system", "reason"),
    ("raise", "open", "open", "presser system", "grade reason"),
    ("answer", "open", "answered", "target", "answer"),
    ("lift", "open answered", "lifted", "presser system", "reason"),
)
DISTRICT, STREET, OTHER, DEPARTMENT = (uuid7() for _ in range(4))
REACH = {
    "district": (DISTRICT, frozenset({DISTRICT, STREET, OTHER, DEPARTMENT}), True),
    "street": (STREET, frozenset({STREET}), True),
    "other street": (OTHER, frozenset({OTHER}), True),
    "department": (DEPARTMENT, frozenset({DEPARTMENT}), False),
}


def somebody(place: str, role: Role) -> Actor:
    """Somebody with a role at a place and all below it."""
    organisation_id, reach, is_centre = REACH[place]
    return Actor.of(uuid7(), "x", (Grant(role, organisation_id, is_centre=is_centre, reach=reach),))


@pytest.mark.parametrize("row", BINDING, ids=lambda row: row[0])
def test_a_row_is_as_it_was_decided(row: tuple[str, str, str, str, str]) -> None:
    action, source, target, who, needs = row
    move = MOVES[OrderAction(action)]
    assert (set(move.source), move.target) == ({OrderState(s) for s in source.split()}, target)
    assert (set(move.by), move.needs) == ({OrderBy(w) for w in who.split()}, tuple(needs.split()))


@pytest.mark.parametrize(("place", "role"), list(product(REACH, Role)))
def test_who_presses_and_who_answers(place: str, role: Role) -> None:
    actor = somebody(place, role)
    for commanding, above in ((STREET, {"district", "street"}), (DISTRICT, {"district"})):
        assert (pressing(actor, commanding) is not None) is (place in above and role in PRESSERS)
    organisation_id, reach, is_centre = REACH[place]
    for target in (STREET, DISTRICT, DEPARTMENT):
        own_desk = is_centre and organisation_id == target and role in DESK
        departments = role is Role.DEPARTMENT_DESK and target in reach
        assert (answering(actor, target) is not None) is (own_desk or departments)


@pytest.mark.parametrize(("state", "grade"), list(product(OrderState, Grade)))
def test_what_is_allowed_is_what_the_rows_say(state: OrderState, grade: Grade) -> None:
    for who in ([], [OrderBy.PRESSER], [OrderBy.TARGET], [OrderBy.PRESSER, OrderBy.TARGET]):
        can = {move.action for move in MOVES.values() if state in move.source and set(who) & set(move.by)}
        can -= {OrderAction.RAISE} if grade is Grade.RED else set()
        assert set(allowed(state, who, grade)) == can


def test_grades_rise_one_by_one_and_each_has_a_limit() -> None:
    assert [higher(grade) for grade in GRADES] == [Grade.YELLOW, Grade.RED, None]
    order: list[Any] = [(one, other, rises(one, other)) for one, other in product(GRADES, GRADES)]
    assert all(up is (GRADES.index(other) > GRADES.index(one)) for one, other, up in order)
    assert set(REPLY) == set(Grade)


def test_who_may_press_for_two_centres_presses_for_the_higher() -> None:
    grants = tuple(somebody(place, Role.LEADER).grants[0] for place in ("street", "district"))
    assert presses_from(Actor.of(uuid7(), "x", grants), STREET) == DISTRICT
