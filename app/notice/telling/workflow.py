"""From a fact, and what is known around it, to the notices it makes: pure, and at a loss for nothing.

A fact that names something unknown tells whom it can; a value that is not there reads as a dash.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import MAXYEAR, MINYEAR, datetime
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from app.identity.workflow import Role
from app.incident.request.workflow import STEP_UP, Asked, RequestKind, decider
from app.notice.workflow import CALLED, CLOCKS, POOLS, READ_WITHIN_MIN, WORDS, Row, To, Urgency, Where, rows_for

Payload = Mapping[str, Any]
Around = Mapping[str, Any]
"""What is known around one fact: a row of `queries.around`."""
UNKNOWN = "—"
SETTING = {Urgency.ACTION: "notice_action_min", Urgency.ALARM: "notice_alarm_min"}


class Audience(NamedTuple):
    """Some people: those with a role at an organisation or nearest above, a patrol's crew on duty, or one account.

    Of an account, roles are what it must hold one of, anywhere.
    """

    roles: tuple[Role, ...] = ()
    organisation_id: UUID | None = None
    patrol_id: UUID | None = None
    account_id: UUID | None = None


Audiences = Sequence[Audience]
People = Callable[[To, Payload, Around], Audiences]


class Draft(NamedTuple):
    """One notice before it is known who holds the roles; `not_to` did it. `read_within_min` where it must be read."""

    row: Row
    text: str
    text_en: str
    audiences: tuple[Audience, ...]
    not_to: UUID | None
    read_within_min: float | None


def drafts(topic: str, payload: Payload, around: Around, at: datetime) -> list[Draft]:
    """The notices of a fact."""
    return [_draft(row, payload, around, at) for row in rows_for(topic, payload)]


def _draft(row: Row, payload: Payload, around: Around, at: datetime) -> Draft:
    people = [one for to in row.to for one in _audiences(to, payload, around)]
    said, said_en = (_fields(payload, around, at, language) for language in (0, 1))
    limit = (around["settings"] or {}).get(SETTING.get(row.urgency), READ_WITHIN_MIN.get(row.urgency))
    return Draft(
        row,
        row.zh.format_map(said),
        row.en.format_map(said_en),
        tuple(dict.fromkeys(people)),
        around["actor_id"],
        limit if row.receipt else None,
    )


def _audiences(to: To, payload: Payload, around: Around) -> Audiences:
    """Whose people these are, here: none where the fact has nobody of the kind."""
    return PEOPLE[to.where](to, payload, around)


def _at(name: str) -> People:
    """Those with the roles at the organisation of this name."""
    return lambda to, _, around: [Audience(to.roles, around[name])] if around[name] else []


def _crew(name: str) -> People:
    """The crew on duty of the patrol of this name."""
    return lambda _, __, around: [Audience(patrol_id=around[name])] if around[name] else []


def _crews(_: To, __: Payload, around: Around) -> Audiences:
    """The crews on duty of the patrol that leads, and of those sent."""
    patrols = [around["lead_patrol_id"], *(around["sent"] or ())]
    return [Audience(patrol_id=one) for one in dict.fromkeys(patrols) if one]


def _account(name: str) -> People:
    """The account of this name, if it holds one of the roles where any are named."""
    return lambda to, _, around: [Audience(to.roles, account_id=around[name])] if around[name] else []


def _pressed(_: To, payload: Payload, around: Around) -> Audiences:
    """Whom a clock presses: the called department where it is a summons' own."""
    if around["department_id"]:
        return _audiences(CALLED, payload, around)
    return [one for to in CLOCKS.get(str(payload.get("kind")), ()) for one in _audiences(to, payload, around)]


def _holder(to: To, payload: Payload, around: Around) -> Audiences:
    """Who holds the open task: an account, a patrol, or everybody who may take it."""
    held = _account("task_account_id")(to, payload, around) or _crew("task_patrol_id")(to, payload, around)
    pool = POOLS.get(around["task_kind"], ())
    return held or (_at("centre_id")(To(to.where, pool), payload, around) if pool else [])


def _deciders(to: To, payload: Payload, around: Around) -> Audiences:
    by = next((role for role in STEP_UP if role == around["asker_role"]), None)
    if by is None:
        return []
    asked = Asked(RequestKind(around["request_kind"]), by, around["hours"] is not None, around["approved_before"])
    return _at("centre_id")(To(to.where, (decider(asked),)), payload, around)


def _rung(to: To, payload: Payload, around: Around) -> Audiences:
    known, given = {role.value: role for role in Role}, payload.get("roles")
    roles = tuple(known[name] for name in given if name in known) if isinstance(given, list) else ()
    return _at("rung_id")(To(to.where, roles), payload, around)


PEOPLE: dict[Where, People] = {
    Where.CENTRE: _at("centre_id"),
    Where.BEFORE: _at("before_id"),
    Where.PARENT: _at("parent_id"),
    Where.RUNG: _rung,
    Where.LEAD: _at("lead_department_id"),
    Where.CREWS: _crews,
    Where.CALLED: _at("department_id"),
    Where.TARGET: _at("target_id"),
    Where.PARTNER: _at("target_id"),
    Where.PRESSED: _pressed,
    Where.CREW: _crew("patrol_id"),
    Where.HOLDER: _holder,
    Where.ASKER: _account("asked_by"),
    Where.DECIDERS: _deciders,
    Where.REPORTER: _account("reporter_id"),
    Where.CALLER: _account("caller_id"),
}


def _fields(payload: Payload, around: Around, at: datetime, language: int) -> Mapping[str, str]:
    """What words may name, in Chinese (0) or English (1)."""
    ending = ("", "_en")[language]
    zone = ZoneInfo(around["time_zone"] or "UTC")
    place = payload.get("place")
    due = _instant(payload.get("reply_due_at") or payload.get("due_at")) or around["task_due_at"]
    found = {
        "number": around["number"],
        "cell": around["cell"],
        "at": _clock(at, at, zone),
        "due": _clock(due, at, zone),
        "centre": around[f"centre{ending}"],
        "before": around[f"before{ending}"],
        "patrol": around["patrol"],
        "department": around[f"department{ending}"],
        "what": _word(around["request_kind"] or payload.get("kind"), language),
        "grade": _word(payload.get("grade"), language),
        "place": place.get("code") if isinstance(place, dict) else None,
        "rule": payload.get("rule"),
        "who": payload.get(f"who{ending}"),
    }
    return {name: str(value) if isinstance(value, str | int) else UNKNOWN for name, value in found.items()}


def _word(code: Any, language: int) -> str | None:
    return WORDS.get(code, (code, code))[language] if isinstance(code, str) else None


def _clock(instant: datetime | None, at: datetime, zone: ZoneInfo) -> str | None:
    """A wall time; with its date where that is another day than the fact's."""
    if instant is None:
        return None
    local = instant.astimezone(zone)
    return local.strftime("%H:%M" if local.date() == at.astimezone(zone).date() else "%m-%d %H:%M")


def _instant(given: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(given)
    except (TypeError, ValueError):
        return None
    return found if found.tzinfo and MINYEAR + 1 < found.year < MAXYEAR - 1 else None
