"""A page of incidents for one caller."""

from typing import Any

from app.command.listing import queries
from app.command.listing.queries import Reach
from app.command.listing.schemas import Sort, Wanted, box, identifier, instant, near
from app.command.record.view import allowed_in_list
from app.core.db import Lane
from app.core.pages import decode, encode
from app.identity.workflow import Actor
from app.incident.queries import sight

NAME = "incidents"


async def page(lane: Lane, actor: Actor, wanted: Wanted) -> bytes:
    """The page as JSON: the database writes each incident, what the caller may do is put in here."""
    values, chosen = _filters(wanted)
    name = f"{NAME}:{wanted.sort}"
    after = decode(name, wanted.cursor, instant, identifier)
    if after:
        values |= {"after_at": after[0], "after_id": after[1]}
    statement = queries.listing(
        frozenset(chosen),
        newest=wanted.sort is Sort.NEWEST,
        after=after is not None,
        by=_reach(actor),
    )
    rows = await statement.rows(lane, limit=wanted.limit + 1, **values, **sight(actor))
    shown, more = rows[: wanted.limit], "null"
    if len(rows) > wanted.limit:
        more = f'"{encode(name, shown[-1]["reported_at"], shown[-1]["id"])}"'
    items = [
        f'{row["shown"][:-1]}, "allowed_actions": {may}}}'
        for row, may in zip(shown, allowed_in_list(shown, actor), strict=True)
    ]
    return f'{{"items": [{", ".join(items)}], "next": {more}}}'.encode()


def _reach(actor: Actor) -> Reach:
    if actor.incident_departments:
        return Reach.DEPARTMENTS
    return Reach.CENTRES if actor.incident_centres else Reach.PERSON


def _filters(wanted: Wanted) -> tuple[dict[str, Any], set[str]]:
    """The values of the statement and the names of its conditions."""
    apart = {"sort", "limit", "cursor", "open", "overdue", "unassigned", "bbox", "near"}
    given = {name: getattr(wanted, name) for name in Wanted.model_fields if name not in apart}
    values = {name: value for name, value in given.items() if value not in (None, [])}
    chosen = set(values)
    for flag, yes, no in (
        ("open", "open", "ended"),
        ("overdue", "overdue", "in_time"),
        ("unassigned", "unassigned", "assigned"),
    ):
        said = getattr(wanted, flag)
        if said is not None:
            chosen.add(yes if said else no)
    if wanted.bbox is not None:
        chosen.add("bbox")
        values |= box(wanted.bbox)._asdict()
    if wanted.near is not None:
        chosen.add("near")
        values |= {f"near_{name.removeprefix('radius_')}": value for name, value in near(wanted.near)._asdict().items()}
    return values, chosen
