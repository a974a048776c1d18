"""The table of notices is whole: every move has its row or its reason, and words name nothing they must not."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.agency.schemas import CentreSettings
from app.dispatch.workflow import AssignmentState
from app.identity.workflow import RIGHTS, Right
from app.incident.request.workflow import RequestKind, RequestState
from app.incident.workflow import Action, Clock
from app.notice.telling.workflow import PEOPLE, SETTING, drafts
from app.notice.workflow import (
    CLOCKS,
    FIELDS,
    POOLS,
    READ_WITHIN_MIN,
    ROWS,
    TOPICS,
    WORDS,
    Row,
    Urgency,
    Where,
    fields_of,
    printed,
)
from app.supervision.workflow import Grade

CLOCK_AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
PAPER = Path(__file__).parents[2] / "docs" / "notices.md"
EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.kind)
SILENT = {
    Action.START: "who accepted set it going",
    Action.REQUEST_VERIFICATION: "task.offered tells who is to look",
    Action.SEND_CHECK: "task.offered tells who is to look",
    Action.WHISTLE: "whistle.blown and summons.called tell who is called",
    Action.DISPATCH: "assignment.offered and summons.called tell who is sent",
}
"""Moves that tell nobody by themselves, and why."""
BY_CONTRACT = (
    "assignment.withdrawn", "task.offered", "request.asked", "summons.called", "summons.declined", "summons.missed",
    "summons.released", "whistle.blown", "whistle.closed", "clock.yellow", "clock.breached", "clock.parked",
    "supervision.opened", "supervision.raised", "supervision.answered", "supervision.lifted", "incident.urged",
    "incident.instructed",
    "appeal.filed", "appeal.decided", "routing.alarm", "sos.raised", "sos.escalated", "coverage_void.opened",
)  # fmt: skip


def test_every_move_of_an_incident_tells_somebody_or_says_why_not() -> None:
    told = {topic.removeprefix("incident.") for topic in TOPICS if topic.startswith("incident.")}
    assert {action.value for action in Action} - told == {action.value for action in SILENT}


def test_every_fact_that_must_be_told_is() -> None:
    assert set(BY_CONTRACT) <= set(TOPICS)
    ends = {f"request.{state.value}" for state in RequestState} | {"assignment.declined", "assignment.timed_out"}
    assert ends <= set(TOPICS)
    assert {topic.partition(".")[2] for topic in TOPICS if topic.startswith("assignment.")} <= set(AssignmentState)


def test_no_notice_has_two_rows_and_every_row_tells_somebody() -> None:
    assert len({row.kind for row in ROWS}) == len(ROWS)
    assert all(row.to for row in ROWS)
    assert set(PEOPLE) == set(Where)


@EACH
def test_words_name_place_and_time_only_and_the_same_in_both_languages(row: Row) -> None:
    assert fields_of(row.zh) <= FIELDS
    assert fields_of(row.zh) - {"centre"} == fields_of(row.en) - {"centre"}


@EACH
def test_who_is_told_may_read_notices(row: Row) -> None:
    assert all(Right.NOTICES_READ in RIGHTS[role] for to in row.to for role in to.roles)


@EACH
def test_only_what_presses_needs_a_receipt_and_has_a_limit(row: Row) -> None:
    assert not row.receipt or row.urgency in READ_WITHIN_MIN
    assert set(SETTING) == set(READ_WITHIN_MIN) == set(Urgency) - {Urgency.INFO}


def test_the_limits_are_those_a_centre_starts_with() -> None:
    kept = CentreSettings().model_dump()
    assert {urgency: kept[name] for urgency, name in SETTING.items()} == READ_WITHIN_MIN


def test_every_clock_presses_somebody_and_every_code_has_words() -> None:
    assert {clock.value for clock in Clock} == set(CLOCKS)
    assert {*CLOCKS, *POOLS, *(kind.value for kind in RequestKind), *(grade.value for grade in Grade)} <= set(WORDS)


def test_the_document_prints_the_table() -> None:
    assert printed(PAPER.read_text()) == PAPER.read_text()


@EACH
def test_a_fact_that_names_nothing_known_makes_words_with_dashes_and_no_fault(row: Row) -> None:
    nothing = dict.fromkeys(
        (
            "settings", "time_zone", "number", "cell", "centre", "centre_en", "before", "before_en", "patrol",
            "department", "department_en", "actor_id", "request_kind", "task_kind", "task_due_at", "centre_id",
            "before_id", "parent_id", "lead_department_id", "lead_patrol_id", "patrol_id", "department_id", "target_id",
            "rung_id", "asked_by", "reporter_id", "caller_id", "task_account_id", "task_patrol_id", "approved_before",
            "sent", "asker_role", "hours",
        )
    )  # fmt: skip
    odd = {name: wanted[0] for name, wanted in row.if_.items()}
    odd |= {"due_at": "never", "roles": "all", "place": 7, "rule": ["x"]}
    made = [draft for draft in drafts(row.topic, odd, nothing, CLOCK_AT) if draft.row is row]
    assert len(made) == 1
    assert made[0].audiences == ()
    assert "{" not in made[0].text
