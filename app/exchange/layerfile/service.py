"""A file of features brought in: feature by feature by the use cases that are there, kept as a whole or not at all."""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from app.core.db import Session
from app.core.faults import problem_of
from app.core.problems import Unavailable
from app.exchange.layerfile import areas, beats, checkpoints
from app.exchange.layerfile.schemas import FeatureIn, ImportIn, ImportOut, Row
from app.exchange.layerfile.workflow import NEEDS, Brought, Layer, Outcome
from app.grid.geojson import Reading, moved, reading
from app.identity.service import Forbidden
from app.identity.workflow import Actor

BRING: Mapping[Layer, Callable[[Session, Actor, Brought], Awaitable[Outcome]]] = {
    Layer.AREAS: areas.bring,
    Layer.BEATS: beats.bring,
    Layer.CHECKPOINTS: checkpoints.bring,
}


async def bring(session: Session, caller: Actor, layer: Layer, body: ImportIn, *, dry_run: bool) -> ImportOut:
    """Bring features in, or only say what would come of it: the same work, which a dry run takes back.

    Raises:
        Forbidden: the caller has not the right that changing this layer needs.
        UnknownReference: it is not said which system the coordinates are in.
    """
    if (needed := NEEDS[layer]) not in caller.rights:
        raise Forbidden("Your roles do not include this.", missing_rights=[needed])
    how = reading(body.datum, body.crs)
    rows: list[Row] = []
    seen: set[Any] = set()
    async with session.begin_nested() as whole:
        for number, one in _in_order(layer, body.features):
            name = _text(one, "centre"), _text(one, "code")
            again = Outcome.REFUSED, "There is another with this code in the file."
            outcome, detail = again if name in seen else await _brought(session, caller, layer, one, how)
            rows.append(Row(number=number, code=name[1], outcome=outcome, detail=detail))
            seen.add(name)
        counts = Counter(row.outcome for row in rows)
        is_kept = not dry_run and not counts[Outcome.REFUSED]
        if not is_kept:
            await whole.rollback()
    listed = sorted((row for row in rows if row.outcome is not Outcome.SAME), key=lambda row: row.number)
    return ImportOut(layer=layer, read_as=how.label, is_kept=is_kept, counts=counts, rows=listed)


def _in_order(layer: Layer, features: Sequence[FeatureIn]) -> Iterator[tuple[int, FeatureIn]]:
    """As they stand; areas after those they stand below, as far as these come with them."""
    waiting = list(enumerate(features))
    while layer is Layer.AREAS and waiting:
        coming = {_text(one, "code") for _, one in waiting}
        ready = [(number, one) for number, one in waiting if _text(one, "parent") not in coming]
        if not ready:
            break  # a circle: the first of it will be refused
        yield from ready
        waiting = [pair for pair in waiting if pair not in ready]
    yield from waiting


def _text(one: FeatureIn, name: str) -> str | None:
    found = (one.properties or {}).get(name)
    return None if found is None else str(found)


async def _brought(
    session: Session, caller: Actor, layer: Layer, one: FeatureIn, how: Reading
) -> tuple[Outcome, str | None]:
    """What comes of one feature; what is refused leaves nothing behind."""
    try:
        async with session.begin_nested():
            outcome = await BRING[layer](session, caller, Brought(one.properties or {}, moved(one.geometry, how)))
            await session.flush()
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        return Outcome.REFUSED, f"/{'/'.join(map(str, wrong['loc']))}: {wrong['msg']}"
    except Exception as error:
        known = problem_of(error)
        if known is None or isinstance(known, Unavailable):
            raise
        return Outcome.REFUSED, str(known)
    return outcome, None
