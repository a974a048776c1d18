"""Trying a set of routing rules on past incidents: what would have gone elsewhere. Nothing is ever written."""

from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from app.catalogue.calendar.service import calendar_of
from app.catalogue.workflow import WorkCalendar
from app.core.db import Session
from app.core.problems import Conflict, NotFound
from app.identity.queries import now as instant
from app.identity.workflow import Actor
from app.policy.alarm import queries as alarms
from app.policy.check.service import world
from app.policy.check.workflow import broken, examine
from app.policy.dry_run import queries
from app.policy.dry_run.schemas import Chosen, DryRun, DryRunIn, ExampleTried, LeadsTried, MoveTried, RuleTried
from app.policy.dry_run.workflow import EXAMPLES, MOVES, Past, Tally, effect
from app.policy.routing import queries as sets
from app.policy.rule.workflow import RoutingRule
from app.policy.rulebook.workflow import Choice, Matter, Rulebook, SetInForce, choose, moment


class DryRunGoingOn(Conflict):
    """A dry run of yours is going on; its answer comes first."""


class Place(NamedTuple):
    """What is asked of an incident at one centre: the sets in force, those that would be, and the clock it is by."""

    now: list[SetInForce]
    then: list[SetInForce]
    calendar: WorkCalendar


async def dry_run(session: Session, caller: Actor, set_id: UUID, asked: DryRunIn) -> DryRun:
    """Try a set on past incidents beside the rules in force.

    Raises:
        NotFound: there is no such set that the caller sees.
        DryRunGoingOn: the caller's last one has not ended.
    """
    found = await sets.one(session, caller, set_id)
    if found is None:
        raise NotFound
    if not await queries.take_turn(session, caller):
        raise DryRunGoingOn
    rules = [RoutingRule.model_validate(rule) for rule in found.rules]
    places = await _places(session, found, rules)
    until = asked.until or await instant(session)
    # One more than is counted says whether there are more.
    wanted = queries.Wanted(list(places), asked.from_, until, asked.limit + 1, _look_at_words(places))
    tally = Tally(found.centre, found.edition, [rule.code for rule in rules], asked.limit)
    known = _Known(session)
    async for chunk in queries.incidents(session, caller, wanted):
        await known.learn(chunk)
        for row in chunk:
            place = places[row.home_centre_id]
            matter = known.matter(row, place.calendar)
            tally.add(known.shown(row), choose(place.now, matter), choose(place.then, matter))
    return _told(found, asked, until, tally)


def _look_at_words(places: dict[UUID, Place]) -> bool:
    asked = (one for place in places.values() for one in (*place.now, *place.then))
    return any(rule.when.words for one in asked for rule in one.book.rules)


async def _places(session: Session, found: Any, rules: list[RoutingRule]) -> dict[UUID, Place]:
    """The centres that the set would hold at, each with what is asked there."""
    centres = await queries.centres(session, found.centre_id)
    rows = await queries.in_force(session, {id for centre in centres for id in centre.lineage})
    gone = await alarms.broken(session, [row.id for row in rows])
    held = {row.centre_id: _ready(row, gone.get(row.id, frozenset())) for row in rows}
    faults = broken(examine(rules, await world(session, found.centre_id, rules)))
    tried = SetInForce(Rulebook(rules), faults, found.centre, found.edition)
    return {
        centre.id: Place(
            _chain(centre.lineage, held.get),
            _chain(centre.lineage, (held | {found.centre_id: tried}).get),
            calendar_of(centre.calendar),
        )
        for centre in centres
    }


def _ready(row: Any, gone: Collection[str]) -> SetInForce:
    book = Rulebook([RoutingRule.model_validate(rule) for rule in row.rules])
    return SetInForce(book, frozenset(gone), row.code, row.edition)


def _chain(lineage: Sequence[UUID], held: Callable[[UUID], SetInForce | None]) -> list[SetInForce]:
    """The sets of a centre and those above it, the nearest first."""
    return [one for id in reversed(lineage) if (one := held(id)) is not None]


class _Known:
    """What is known of the places and categories of past incidents, read as it comes up."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.categories: dict[UUID, tuple[str, str]] = {}
        self.cells: dict[UUID, tuple[str, frozenset[str]]] = {}
        self.departments: dict[UUID, str] = {}

    async def learn(self, chunk: Sequence[Any]) -> None:
        """Read what these incidents name and no one before them did."""
        for known, column, read in (
            (self.categories, "category_id", queries.categories),
            (self.cells, "cell_id", queries.cells),
            (self.departments, "lead_department_id", queries.organisations),
        ):
            new = {getattr(row, column) for row in chunk} - known.keys() - {None}
            if new:
                known.update(await read(self.session, new))  # type: ignore[arg-type]  # each reads its own kind

    def matter(self, row: Any, calendar: WorkCalendar) -> Matter:
        """An incident as rules look at it."""
        category, domain = self.categories.get(row.category_id, (None, None))
        cell, areas = self.cells[row.cell_id]
        minute, working = moment(calendar, row.reported_at)
        return Matter(category, domain, cell, areas, row.source, row.priority, minute, working, row.text.casefold())

    def shown(self, row: Any) -> Past:
        """An incident as it is shown."""
        category, _ = self.categories.get(row.category_id, (None, None))
        return Past(row.number, row.reported_at, category, self.departments.get(row.lead_department_id))


def _told(found: Any, asked: DryRunIn, until: Any, tally: Tally) -> DryRun:
    frequent = tally.moves.most_common(MOVES)
    return DryRun(
        set_id=found.id,
        edition=found.edition,
        from_at=asked.from_,
        until=until,
        incidents=tally.incidents,
        truncated=tally.truncated,
        changed=tally.changed,
        unmatched=tally.unmatched,
        skipped=tally.skipped,
        effects=dict(tally.effects),
        rules=[RuleTried(rule=code, matched=n, changed=tally.changed_by[code]) for code, n in tally.matched.items()],
        never_matched=[code for code, n in tally.matched.items() if not n],
        leads=LeadsTried(led=tally.led, as_now=tally.led_as_now, as_then=tally.led_as_then),
        moves=[
            MoveTried(now=_chosen(tally.examples[move].now), then=_chosen(tally.examples[move].then), incidents=n)
            for move, n in frequent
        ],
        examples=[
            ExampleTried(**example.past._asdict(), now=_chosen(example.now), then=_chosen(example.then))
            for example in (tally.examples[move] for move, _ in frequent[:EXAMPLES])
        ],
    )


def _chosen(choice: Choice) -> Chosen:
    rule = None if choice.rule is None else choice.rule.code
    return Chosen(rule=rule, centre=choice.centre, edition=choice.edition, then=effect(choice))
