"""Reading a batch: what each operation says, and what is wrong with it before anybody is asked to carry it out."""

import hashlib
from datetime import datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

import orjson
from pydantic import BaseModel, TypeAdapter, ValidationError

from app.command.schemas import Observed
from app.core.faults import of_validation
from app.core.once import Once
from app.core.problems import Conflict, InvalidRequest, Problem, TooLarge, Unprocessable
from app.identity.service import Forbidden
from app.identity.workflow import Actor
from app.sync.batch.operations import BY_TYPE, Kind
from app.sync.batch.schemas import MAX_BODY_BYTES, Envelope, Operation, Seq
from app.sync.batch.workflow import Asked, is_far_ahead


class UnknownOperation(Unprocessable):
    """There is no such type of operation."""

    members: ClassVar[dict[str, Any]] = {"types": ["incident.report", "incident.note"]}


class ObservedAhead(Unprocessable):
    """The operation says that it was done more than a day from now: the device's clock is broken."""


class OpReused(Unprocessable):
    """The op_id was used before for something else, or on another device."""


class SequencePassed(Conflict):
    """The device's number was decided or given up before, and this operation has no receipt under it."""

    members: ClassVar[dict[str, Any]] = {"next_seq": 18}


class NotYetItsTurn(Conflict):
    """An operation with a smaller number comes first; send this one again with it."""

    members: ClassVar[dict[str, Any]] = {"next_seq": 18}


class DependsOnRejected(Conflict):
    """The incident was never filed: the operation that reports it was refused."""

    members: ClassVar[dict[str, Any]] = {"op_id": "019ab2f0-0000-7000-8000-000000000031"}


class Read:
    """One operation of a request, in whatever state it came; `fault` is what keeps it from being looked at."""

    def __init__(self, index: int, raw: Any) -> None:
        self.index, self.raw = index, raw
        self.op_id = _part(raw, "op_id", UUID)
        self.device_seq = _part(raw, "device_seq", Seq)
        self.fault: Problem | None = None
        self.said: Operation | None = None
        try:
            self.said = Operation.model_validate(raw)
        except ValidationError as error:
            self.fault = _misshapen(error, "operations", index)

    @property
    def kind(self) -> Kind | None:
        """The row of its type."""
        return BY_TYPE.get(self.said.type) if self.said else None

    @property
    def asked(self) -> Asked:
        """What it asks for, as far as the meaning of a refusal depends on it."""
        if self.said is None:
            return Asked("unreadable")
        action = self.said.payload.get("action")
        return Asked(self.said.type, action if isinstance(action, str) else None)

    @property
    def note(self) -> str | None:
        """What the officer wrote beside it."""
        found = self.said.payload.get("note") if self.said else None
        return found if isinstance(found, str) else None

    def digest(self, device_id: UUID) -> bytes:
        """What makes it the same operation when it comes again: its device and everything it says."""
        return hashlib.sha256(device_id.bytes + orjson.dumps(self.raw, option=orjson.OPT_SORT_KEYS)).digest()

    def once(self, actor: Actor, device_id: UUID) -> Once:
        """The op_id as the key under which a use case keeps its answer: over REST it is the same key."""
        return Once(actor.account_id, str(self.op_id), self.digest(device_id))

    def observed(self, skew: timedelta, now: datetime) -> Observed:
        """When it was done, by the device's clock."""
        return Observed(self.said.observed_at if self.said else now, skew)

    def checked(self, actor: Actor, now: datetime) -> tuple[Kind, BaseModel]:
        """Its row and its payload, if the caller may do such a thing and the payload has the shape of the route's body.

        Raises:
            Problem: what stands against it.
        """
        if self.fault is not None or self.said is None:
            raise self.fault or InvalidRequest
        kind = self.kind
        if kind is None:
            raise UnknownOperation(f"There is no type {self.said.type}.", types=sorted(BY_TYPE))
        if kind.right not in actor.rights:
            raise Forbidden("Your roles do not include this.", missing_rights=[kind.right])
        if is_far_ahead(self.said.observed_at, now):
            raise ObservedAhead
        if kind.has_target and self.said.target is None:
            raise InvalidRequest(f"/operations/{self.index}/target: {kind.name} needs one")
        try:
            return kind, kind.body.model_validate(self.said.payload)
        except ValidationError as error:
            raise _misshapen(error, "operations", self.index, "payload") from None


def read(body: bytes) -> tuple[Envelope, list[Read]]:
    """The batch in a request.

    Raises:
        InvalidRequest: it is none. What is wrong with one operation alone stands in its answer.
        TooLarge: it is longer than 1 MiB.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(max_bytes=MAX_BODY_BYTES)
    try:
        envelope = Envelope.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"The body is not JSON: {error}.") from None
    except ValidationError as error:
        raise _misshapen(error) from None
    return envelope, [Read(index, raw) for index, raw in enumerate(envelope.operations)]


def _misshapen(error: ValidationError, *below: str | int) -> InvalidRequest:
    return of_validation({"loc": ("body", *below, *one["loc"]), "msg": one["msg"]} for one in error.errors())


def _part(raw: Any, name: str, kind: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_python(raw.get(name)) if isinstance(raw, dict) else None
    except ValidationError:
        return None
