"""The fixes of a request, read from its bytes.

A batch may hold thousands of fixes. One that is well formed is read and checked at once, in C; any other is looked at
closely, fix by fix, and what is wrong with each is said. Both ways come to the same: `schemas.Fix` is what is promised.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import MAXYEAR, UTC, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any, NamedTuple, Self

import orjson
from msgspec import Meta, MsgspecError, Struct
from msgspec.json import Decoder
from pydantic import TypeAdapter, ValidationError

from app.core.geo import Datum
from app.core.problems import InvalidRequest, TooLarge
from app.identity.schemas import Code
from app.patrol.schemas import (
    FULL_CIRCLE_DEG,
    FULL_PERCENT,
    MAX_ACCURACY_M,
    MAX_FIXES,
    MAX_NAME,
    MAX_SPEED_MPS,
    DeviceId,
    Fix,
    FixNotKept,
)
from app.patrol.workflow import NotKept

MAX_BODY_BYTES = 4 * 1024 * 1024
FIRST_S, END_S = datetime(2, 1, 1, tzinfo=UTC).timestamp(), datetime(MAXYEAR, 1, 1, tzinfo=UTC).timestamp()
"""The instants that `core.time.Instant` lets through, in seconds since 1970."""


class Place(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """A position given as a list, in degrees; a third number is not used."""

    lon: float
    lat: float
    height: float = 0.0


class Seen(Struct, forbid_unknown_fields=True, gc=False):
    """A fix in the datum it was given in; what reads as one is a `schemas.Fix` too, but for names and years.

    The collector of garbage looks at neither: there are thousands, and none can stand in a circle.
    """

    observed_at: Annotated[datetime, Meta(tz=True)]
    location: Place
    device_id: Annotated[str, Meta(min_length=1, max_length=MAX_NAME)] | None = None
    patrol: Annotated[str, Meta(max_length=MAX_NAME)] | None = None
    datum: Datum = Datum.WGS84
    accuracy_m: Annotated[float, Meta(ge=0, le=MAX_ACCURACY_M)] | None = None
    speed_mps: Annotated[float, Meta(ge=0, le=MAX_SPEED_MPS)] | None = None
    heading_deg: Annotated[float, Meta(ge=0, le=FULL_CIRCLE_DEG)] | None = None
    battery: Annotated[float, Meta(ge=0, le=FULL_PERCENT)] | None = None
    is_mock: bool = False

    @classmethod
    def of(cls, fix: Fix) -> Self:
        """A fix that has been looked at closely."""
        return cls(**{**dict(fix), "location": Place(*fix.location)})


class _Body(Struct, forbid_unknown_fields=True):
    positions: Annotated[list[Seen], Meta(min_length=1, max_length=MAX_FIXES)]


_OBSERVED_AT, _DEVICE_ID, _PATROL = map(attrgetter, ("observed_at", "device_id", "patrol"))


class Batch(NamedTuple):
    """The fixes of a request that can be thought about, and those that cannot.

    `places` are the places of the fixes in the request, from 0; `instants` when each was observed, in seconds since
    1970; `device_ids` and `patrols` the names that occur among them.
    """

    fixes: Sequence[Seen]
    places: Sequence[int]
    refused: Sequence[FixNotKept]
    instants: Sequence[float]
    device_ids: frozenset[str | None]
    patrols: frozenset[str | None]

    @classmethod
    def of(cls, fixes: Iterable[Fix]) -> Self:
        """Fixes that are well formed."""
        return cls._of([Seen.of(fix) for fix in fixes])

    @classmethod
    def read(cls, body: bytes) -> Self:
        """The fixes of a request.

        Raises:
            InvalidRequest: the body is not a list of 1 to 5,000 fixes.
            TooLarge: it is longer than any such list.
        """
        if len(body) > MAX_BODY_BYTES:
            raise TooLarge(max_bytes=MAX_BODY_BYTES)
        return cls._at_once(body) or cls._closely(body)

    @classmethod
    def _at_once(cls, body: bytes) -> Self | None:
        if b"\\" in body and _ESCAPED in body:
            return None
        try:
            batch = cls._of(_BODY.decode(_cut(body)).positions)
        except (MsgspecError, UnicodeDecodeError):
            return None
        is_usual = (
            min(batch.instants) >= FIRST_S
            and max(batch.instants) < END_S
            and all(map(_is_device, batch.device_ids))
            and all(map(_is_code, batch.patrols))
        )
        return batch if is_usual else None

    @classmethod
    def _closely(cls, body: bytes) -> Self:
        looked_at = [_fix(place, given) for place, given in enumerate(_listed(body))]
        places = [place for place, one in enumerate(looked_at) if isinstance(one, Seen)]
        refused = [one for one in looked_at if isinstance(one, FixNotKept)]
        return cls._of([one for one in looked_at if isinstance(one, Seen)], places, refused)

    @classmethod
    def _of(
        cls, fixes: Sequence[Seen], places: Sequence[int] | None = None, refused: Sequence[FixNotKept] = ()
    ) -> Self:
        # In seconds a float holds microseconds exactly until the year 2106; whatever claims to be later is not kept.
        instants = list(map(datetime.timestamp, map(_OBSERVED_AT, fixes)))
        names = frozenset(map(_DEVICE_ID, fixes)), frozenset(map(_PATROL, fixes))
        return cls(fixes, range(len(fixes)) if places is None else places, refused, instants, *names)


_BODY = Decoder(_Body)
_TOO_FINE = re.compile(rb"\.\d{7,}[Zz+-]")
_ESCAPED = b"\\u00"
"""Plain letters and digits written as escapes: no program does that, and instants would hide behind it."""
_INSTANT = re.compile(rb'("observed_at"\s*:\s*"[^"\\.]*\.\d{6})\d+')


def _cut(body: bytes) -> bytes:
    """The body with instants cut to microseconds: the close look cuts them, reading at once would round."""
    return _INSTANT.sub(rb"\1", body) if _TOO_FINE.search(body) else body


@lru_cache(maxsize=10_000)
def _is_device(name: str | None) -> bool:
    return name is None or _is(_DEVICE, name)


@lru_cache(maxsize=10_000)
def _is_code(code: str | None) -> bool:
    return code is None or _is(_CODE, code)


_DEVICE, _CODE = TypeAdapter[str](DeviceId), TypeAdapter[str](Code)


def _is(kind: TypeAdapter[str], word: str) -> bool:
    try:
        kind.validate_python(word)
    except ValidationError:
        return False
    return True


def _listed(body: bytes) -> list[Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not JSON: {error}.") from None
    fixes = given.get("positions") if isinstance(given, dict) and len(given) == 1 else None
    if not isinstance(fixes, list) or not 1 <= len(fixes) <= MAX_FIXES:
        raise InvalidRequest(f'The body is {{"positions": […]}} with 1 to {MAX_FIXES:,} fixes and nothing else.')
    return fixes


def _fix(place: int, given: Any) -> Seen | FixNotKept:
    try:
        return Seen.of(Fix.model_validate(given))
    except ValidationError as error:
        wrong = error.errors()[0]
        where = "/".join(str(part) for part in wrong["loc"])
        return FixNotKept(index=place, reason=NotKept.MALFORMED, detail=f"{where}: {wrong['msg']}".lstrip(": "))
