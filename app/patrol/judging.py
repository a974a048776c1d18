"""Which fixes of a group are stored, on which duty and with which flag, and why the others are not."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from app.core.time import micros
from app.patrol.columns import Columns
from app.patrol.workflow import (
    NONE,
    QUALITIES,
    Duty,
    Instants,
    Known,
    Marks,
    Places,
    Quality,
    against,
    believed,
    duty_at,
    quality,
)

NEVER = 2**62
NOWHERE = QUALITIES.index(Quality.ZERO_ISLAND)


class Judged(NamedTuple):
    """The verdict on every fix of a group, column by column.

    `against` is a place in `workflow.REASONS`, or `NONE` where the fix is stored: on the duty at `duty` in `duties`, as
    of `observed_at`, with the flag at `quality` in `workflow.QUALITIES`. Fixes of one `shape` leave out the same and
    say the same words. `stored` are those that are written, each key once, in the order in which they are wherever they
    come, so that batches that meet wait for each other and never both; `newest` may become where a patrol is.
    """

    columns: Columns
    against: Places
    duty: Places
    observed_at: Instants
    quality: Places
    shape: Places
    duties: Sequence[Duty]
    stored: Places
    newest: Places


def judged(columns: Columns, known: Known) -> Judged:
    """The verdict on every fix.

    Each request has a now of its own, a microsecond before that of the next: of the fixes of a clock that tells no time
    one a request is stored, with whichever others the request is judged.
    """
    now = micros(known.now) - (columns.request[-1] - columns.request)
    observed_at, ahead = believed(columns.observed_at, now), columns.observed_at - now
    duties = _Duties.of(known.duties)
    duty = duties.at(observed_at, columns.caller)
    is_reached = np.array([listed is not None for listed in known.duties])[columns.caller]
    reasons = against(columns.is_on_earth, ahead, micros(known.oldest) - observed_at, is_reached, duty)
    flags = quality(columns.lon, columns.lat, columns.accuracy_m, columns.speed_mps, ahead, columns.is_mock)
    patrol = duties.patrols()[duty]
    stored = _in_order(np.flatnonzero(reasons == NONE), patrol, observed_at, columns.device)
    newest = _last(stored[flags[stored] != NOWHERE], patrol)  # what says it is nowhere moves no patrol
    shape = columns.shape() * len(QUALITIES) + flags
    stored = stored[np.argsort(shape[stored], kind="stable")]
    return Judged(columns, reasons, duty, observed_at, flags, shape, duties.listed, stored, newest)


class _Duties(NamedTuple):
    """The duties of all callers, and for each caller a column of the places of its own among them."""

    listed: Sequence[Duty]
    own: Places
    begins_at: Instants
    ends_at: Instants

    @classmethod
    def of(cls, duties: Sequence[Sequence[Duty] | None]) -> Self:
        listed = [duty for own in duties for duty in own or ()]
        caller = [at for at, own in enumerate(duties) for _ in own or ()]
        row = [at for own in duties for at in range(len(own or ()))]
        shape = max(row, default=0) + 1, len(duties)
        own = np.full(shape, NONE, np.intp)
        begins_at, ends_at = np.full(shape, NEVER, np.int64), np.full(shape, -NEVER, np.int64)
        own[row, caller] = np.arange(len(listed))
        begins_at[row, caller] = [micros(duty.begins_at) for duty in listed]
        ends_at[row, caller] = [micros(duty.ends_at) for duty in listed]
        return cls(listed, own, begins_at, ends_at)

    def at(self, observed_at: Instants, caller: Places) -> Places:
        """The places of the duties that fixes belong to."""
        chosen = duty_at(observed_at, self.begins_at[:, caller], self.ends_at[:, caller])
        return np.where(chosen == NONE, NONE, self.own[chosen, caller])

    def patrols(self) -> Places:
        """The place of each duty's patrol in the order of patrols; the last one is of no duty."""
        places = {patrol: place for place, patrol in enumerate(sorted({duty.patrol_id for duty in self.listed}))}
        return np.array([*(places[duty.patrol_id] for duty in self.listed), NONE], np.intp)


def _in_order(fixes: Places, patrol: Places, observed_at: Instants, device: Places) -> Places:
    """Fixes in the order of their key; of those with the same key the first."""
    fixes = fixes[np.lexsort((device[fixes], observed_at[fixes], patrol[fixes]))]
    is_first = np.ones(len(fixes), np.bool_)
    is_first[1:] = _differ(patrol[fixes]) | _differ(observed_at[fixes]) | _differ(device[fixes])
    return fixes[is_first]


def _last(fixes: Places, patrol: Places) -> Places:
    """The last fix of each patrol, of fixes in order."""
    is_last = np.ones(len(fixes), np.bool_)
    is_last[:-1] = _differ(patrol[fixes])
    return fixes[is_last]


def _differ(column: NDArray[Any]) -> Marks:
    """Whether each value is another one than that before it, from the second on."""
    found: Marks = column[1:] != column[:-1]
    return found
