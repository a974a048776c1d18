"""The table of what a refusal means is whole: against the workflow's own tables, the routes, and the page."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from app.command.schemas import Doubt, Observed, Told
from app.dispatch import workflow as dispatch
from app.incident import workflow as incident
from app.linkage import workflow as linkage
from app.sync.batch.operations import KINDS, Kind
from app.sync.batch.workflow import (
    PAST,
    Asked,
    Refused,
    Result,
    Turn,
    Verdict,
    is_far_ahead,
    turn_of,
    verdict,
)
from app.sync.view.workflow import Kind as Held
from app.sync.view.workflow import Name, after, differences
from tests.contract.document import operations
from tests.sync.model import ENDED, FURTHER, STEPS

PAGE = (Path(__file__).parents[2] / "docs" / "sync.md").read_text()
NOW = datetime(2026, 11, 23, 2, tzinfo=UTC)
TABLES: dict[str, tuple[Any, Any]] = {
    "assignment.transition": (dispatch.MOVES, dispatch.AssignmentState),
    "summons.transition": (linkage.MOVES, linkage.SummonsState),
    "incident.transition": (incident.MOVES, incident.Status),
}
EACH = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)


@EACH
def test_an_operation_needs_what_its_route_needs_and_is_on_the_page(kind: Kind) -> None:
    method, _, path = kind.route.partition(" ")
    [route] = [one for one in operations() if (one.method, one.path) == (method.lower(), path)]
    assert route.rights == {kind.right}
    assert f"| `{kind.name}` | `{kind.route}` |" in PAGE


def test_the_page_names_every_operation_result_and_kind_of_document() -> None:
    named = set(re.findall(r"`([a-z_.]+)`", PAGE))
    assert {result.value for result in Result} | {kind.name for kind in KINDS} | {kind.value for kind in Held} <= named


@pytest.mark.parametrize(("of", "action"), PAST)
def test_what_is_past_is_never_what_the_table_still_allows(of: str, action: str) -> None:
    moves, states = TABLES[of]
    row = moves[action]
    done, over = PAST[of, action]
    assert {*done, *over} <= {state.value for state in states}
    assert not {*done, *over} & {state.value for state in row.source}
    assert not {*done} & {*over}


@pytest.mark.parametrize("action", STEPS)
@pytest.mark.parametrize("state", ["offered", "accepted", "en_route", "on_scene", *sorted(ENDED)])
def test_the_model_and_the_table_say_the_same_of_a_move_out_of_turn(action: str, state: str) -> None:
    source, leads_to = STEPS[action]
    row = dispatch.MOVES[dispatch.AssignmentAction(action)]
    assert (source, leads_to) == ({one.value for one in row.source}, row.target.value)
    if state in source:
        return
    found = verdict(Asked("assignment.transition", action), Refused("illegal-move", 409, state))
    if state in FURTHER.get(action, set()):
        assert found == Verdict(Result.SUPERSEDED)
    elif state in ENDED and action != "accept":
        assert found == Verdict(Result.SUPERSEDED, tells=True)
    else:
        assert found == Verdict(Result.CONFLICT)


@pytest.mark.parametrize(
    ("asked", "refused", "result"),
    [
        (Asked("incident.note"), Refused("unavailable", 503), Result.RETRY),
        (Asked("incident.note"), Refused("still-running", 409), Result.RETRY),
        (Asked("incident.amend"), Refused("version-stale", 412), Result.CONFLICT),
        (Asked("incident.report"), Refused("conflict", 409), Result.CONFLICT),
        (Asked("incident.note"), Refused("incident-ended", 409), Result.CONFLICT),
        (Asked("incident.note"), Refused("not-found", 404), Result.REJECTED),
        (Asked("incident.transition", "accept"), Refused("not-your-move", 403), Result.REJECTED),
        (Asked("incident.transition", "accept"), Refused("illegal-move", 409, "closed"), Result.CONFLICT),
        (Asked("incident.transition", "finish"), Refused("not-your-move", 403), Result.SUPERSEDED),
        (Asked("incident.transition", "finish"), Refused("needs-missing", 422), Result.REJECTED),
        (Asked("shift.sign_on"), Refused("sign-on-refused", 409, None, "signed_on"), Result.SUPERSEDED),
        (Asked("shift.sign_on"), Refused("sign-on-refused", 409, None, "over"), Result.CONFLICT),
        (Asked("shift.sign_off"), Refused("not-on-duty", 409), Result.SUPERSEDED),
        (Asked("unreadable"), Refused("internal-error", 500), Result.REJECTED),
    ],
)
def test_what_a_refusal_means(asked: Asked, refused: Refused, result: Result) -> None:
    assert verdict(asked, refused).result is result


def test_operations_are_decided_one_after_the_other() -> None:
    assert [turn_of(seq, 5) for seq in (1, 5, 6, 7, 99)] == [Turn.PASSED] * 2 + [Turn.NOW] + [Turn.AHEAD] * 2


def test_a_day_ahead_is_a_broken_clock() -> None:
    assert not is_far_ahead(NOW + timedelta(hours=24), NOW)
    assert is_far_ahead(NOW + timedelta(hours=24, seconds=1), NOW)


@pytest.mark.parametrize(
    ("ago_min", "skew_min", "since_min", "doubt"),
    [
        (60, 0, 90, None),
        (60, 5, 90, None),
        (60, -5, 90, None),
        (60, 5.1, 90, Doubt.SKEWED),
        (60, -5.1, 90, Doubt.SKEWED),
        (-4, 0, 90, None),
        (-6, 0, 90, Doubt.SKEWED),
        (91, 0, 90, Doubt.BEFORE_ASSIGNMENT),
        (90, 0, 90, None),
    ],
)
def test_a_devices_time_counts_unless_there_is_a_doubt(
    ago_min: float, skew_min: float, since_min: float, doubt: Doubt | None
) -> None:
    seen = Observed(NOW - timedelta(minutes=ago_min), timedelta(minutes=skew_min))
    assert seen.doubt(NOW, NOW - timedelta(minutes=since_min)) is doubt
    told = Told(seen.at, NOW, doubt)
    assert told.counts_at == (NOW if doubt else min(seen.at, NOW))


def test_taking_the_differences_in_any_portions_leads_to_the_same() -> None:
    names = [Name(Held.INCIDENT, UUID(int=n)) for n in range(9)]
    held = dict.fromkeys(names[:6], b"old")
    fresh = {name: b"new" if n % 2 else b"old" for n, name in enumerate(names) if n > 2}
    due = differences(held, fresh)
    assert [one.is_gone for one in due] == [True] * 3 + [False] * 5
    for size in range(1, 9):
        now = dict(held)
        for at in range(0, len(due), size):
            now = after(now, fresh, due[at : at + size])
        assert now == fresh
    assert differences(fresh, fresh) == []
