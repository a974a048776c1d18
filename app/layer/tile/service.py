"""Tiles for one caller: cut, or taken from those cut lately for the same sight."""

import time
from collections.abc import Hashable
from datetime import UTC, datetime
from math import inf
from typing import NamedTuple

from app.core.db import Database, Hot
from app.identity.workflow import Actor
from app.layer.feature.queries import Filter, judge
from app.layer.feature.service import filtered
from app.layer.feature.workflow import Asked, period
from app.layer.http import tag_of
from app.layer.queries import scope
from app.layer.tile import queries
from app.layer.tile import workflow as tiles
from app.layer.tile.shelf import LIFE_S, Cut, Shelf
from app.layer.tile.workflow import Form, Tile
from app.layer.workflow import Collection


class Order(NamedTuple):
    """A tile that is wanted. `name` stands for all that its bytes depend on beside the data: the sight of it, too.

    A digest, and not the parts themselves: what is kept under it counts by the tile, and a filter may be longer.
    """

    form: Form
    tile: Tile
    asked: Asked
    filtered: Filter | None
    name: str
    is_ground: bool

    @property
    def tag(self) -> str | None:
        """The ETag, known before the tile is cut where the ground's mark is part of its name."""
        return self.name if self.is_ground else None


async def order(
    database: Database, shelf: Shelf, actor: Actor, collection: Collection, tile: Tile, asked: Asked
) -> Order:
    """What is wanted of a collection for this caller.

    Raises:
        NotFound: the collection is not cut at this zoom.
        InvalidFilter.
    """
    asked = tiles.narrowed(collection, tile, asked)
    condition_of = checked(collection, asked)
    sight = tuple(tuple(sorted(part)) if isinstance(part, tuple) else part for part in _sight(actor, collection))
    mark = await _mark(database, shelf, collection)
    form = tiles.form(collection, tile, asked)
    name = tag_of(repr((form, tile, asked, sight, mark)).encode())
    return Order(form, tile, asked, condition_of, name, mark is not None)


def checked(collection: Collection, asked: Asked) -> Filter | None:
    """The filter, known to make sense for the collection also where nothing is looked up.

    Raises:
        InvalidFilter.
    """
    condition_of = filtered(asked)
    if condition_of is not None:
        judge(collection.id, condition_of)
    return condition_of


async def cut(database: Database, shelf: Shelf, actor: Actor, collection: Collection, wanted: Order) -> Cut:
    """The tile: of the ground as long as its mark stays, else for two seconds at most the same."""
    found = shelf.get(wanted.name)
    if found is not None:
        return found
    looked_at = period(collection, wanted.asked.interval, datetime.now(UTC))
    values = scope(actor) | {"begin": looked_at.begin, "until": looked_at.until} | tiles.values(wanted.tile)
    values |= {f"equal_{number}": value for number, (_, value) in enumerate(wanted.asked.equal)}
    form, condition_of = wanted.form, wanted.filtered
    statement = Hot(lambda: queries.tile(form, condition_of)) if condition_of else queries.hot(form)
    async with database.search_lane() if form.is_search or condition_of else database.read_lane() as lane:
        row = await statement.row(lane, **values)
    assert row is not None, "the statement gives one row"  # noqa: S101  # a programming error
    body = bytes(row["tile"] or b"")
    made = Cut(body, wanted.tag or tag_of(body))
    shelf.put(wanted.name, made, inf if wanted.is_ground else LIFE_S)
    return made


def _sight(actor: Actor, collection: Collection) -> list[Hashable]:
    """What of the caller the collection's source looks at: the ground is the same for all of the same places."""
    seen = scope(actor)
    wanted = ("duty_centres", "duty_departments") if collection.id in queries.GROUND else tuple(seen)
    return [seen[name] for name in wanted]


async def _mark(database: Database, shelf: Shelf, collection: Collection) -> str | None:
    """How the ground was at most two seconds ago, for collections that show nothing else."""
    if collection.id not in queries.GROUND:
        return None
    known = shelf.marks.get(collection.id)
    if known is not None and known[1] > time.monotonic():
        return known[0]
    asked_at = time.monotonic()
    async with database.read_lane() as lane:
        row = await queries.ground(collection.id).row(lane)
    assert row is not None, "the statement gives one row"  # noqa: S101  # a programming error
    shelf.marks[collection.id] = str(row["mark"]), asked_at + LIFE_S
    return str(row["mark"])
