"""The rules of GeoReport v2 as we keep it: what is open, what is said of an end, where, for how long, which answers fit."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from app.catalogue.offer import Datatype, Question
from app.incident.workflow import ENDS, Status

OPEN: Literal["open"] = "open"
CLOSED: Literal["closed"] = "closed"
SPAN = timedelta(days=90)
MOST = 1000
AGAIN_WITHIN = timedelta(minutes=10)
"""A request with the same words within this time is the same request."""
COARSE_DEGREES = 0.002
"""Everybody is told where a request is to about 200 m: the middle of the square of this side that holds it."""
LONGEST_ANSWER = 4000

UNDECIDED = frozenset({Status.REPORTED, Status.VERIFYING})
"""Nobody has decided yet whether it is taken up: until then a service may keep its number back."""


def state_of(status: Status) -> Literal["open", "closed"]:
    """What the outside calls a status."""
    return CLOSED if status in ENDS else OPEN


def coarse(degrees: float) -> float:
    """A longitude or latitude as everybody is told it."""
    return round((math.floor(degrees / COARSE_DEGREES) + 0.5) * COARSE_DEGREES, 4)


class Span(NamedTuple):
    """The instants between which requests are looked for."""

    since: datetime
    until: datetime


def span_of(since: datetime | None, until: datetime | None, now: datetime) -> Span:
    """The time looked through: at most 90 days, the last ones where nothing else is said."""
    if until is None:
        until = now if since is None else min(now, since + SPAN) if since <= now else since
    if since is None:
        since = until - SPAN
    return Span(max(since, until - SPAN), until)


class Misanswered(ValueError):
    """An answer to a question does not fit; the message says which and why."""


def answered(questions: Sequence[Question], given: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The answers to the questions of a service, each as it is told to those who handle the report.

    Raises:
        Misanswered: one is missing, unknown or not of its kind.
    """
    asked = {question.code: question for question in questions if question.variable}
    if unknown := sorted(given.keys() - asked.keys()):
        message = f"attribute[{unknown[0][:64]}] is not asked for this service_code."
        raise Misanswered(message)
    said = {code: [answer for answer in given.get(code, ()) if answer.strip()] for code in asked}
    if missing := [code for code, answers in said.items() if asked[code].required and not answers]:
        message = f"attribute[{missing[0]}] is required."
        raise Misanswered(message)
    return {code: _fitting(asked[code], answers) for code, answers in said.items() if answers}


def _fitting(question: Question, answers: Sequence[str]) -> list[str]:
    if len(answers) > 1 and question.datatype is not Datatype.SOME_OF:
        message = f"attribute[{question.code}] takes one answer."
        raise Misanswered(message)
    names = {value.key: value.name for value in question.values}
    for answer in answers:
        if len(answer) > LONGEST_ANSWER or not _is_of_kind(question.datatype, answer, names):
            message = f"attribute[{question.code}] is not a {question.datatype}."
            raise Misanswered(message)
    return [names.get(answer, answer) for answer in dict.fromkeys(answers)]


def _is_of_kind(datatype: Datatype, answer: str, names: Mapping[str, Any]) -> bool:
    match datatype:
        case Datatype.NUMBER:
            return _is(float, answer) and math.isfinite(float(answer))
        case Datatype.DATETIME:
            return _is(datetime.fromisoformat, answer)
        case Datatype.ONE_OF | Datatype.SOME_OF:
            return answer in names
        case _:
            return True


def _is(kind: Any, text: str) -> bool:
    try:
        kind(text)
    except (ValueError, OverflowError):
        return False
    return True
