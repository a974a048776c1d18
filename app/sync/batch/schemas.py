"""What a batch says and what is answered."""

from typing import Annotated, Any, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from app.command.schemas import Doubt
from app.core.time import Instant
from app.sync.batch.workflow import Result

MOST = 200
MAX_BODY_BYTES = 1024 * 1024
BIGGEST = 2**53 - 1
VERSION = 7
EXAMPLE: dict[str, Any] = {
    "op_id": "019ab2f0-0000-7000-8000-000000000031",
    "device_seq": 17,
    "type": "assignment.transition",
    "target": "019ab2f0-0000-7000-8000-000000000032",
    "observed_at": "2026-11-23T01:12:00.000Z",
    "payload": {"action": "arrive"},
}
DEVICE = "019ab2f0-0000-7000-8000-000000000033"
Seq = Annotated[int, Field(ge=1, le=BIGGEST, strict=True)]


class Operation(BaseModel):
    """One command of a phone. `payload` is the body of the same command over REST; docs/sync.md lists the types.

    `target` is the id of what it is about; of a report the id that the phone gave the incident. `base_version` is
    what a change of type, priority or address is based on; other commands do not need it.
    """

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": EXAMPLE})

    op_id: Annotated[UUID, Field(description="A UUID of version 7, made once and kept for every repeat.")]
    device_seq: Annotated[Seq, Field(description="The device's own number: 1, 2, 3, … without a gap.")]
    type: Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z_.]+$")]
    target: UUID | None = None
    base_version: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    observed_at: Annotated[Instant, Field(description="When it was done, by the device's clock.")]
    payload: dict[str, Any] = {}

    @field_validator("op_id")
    @classmethod
    def _made_by_time(cls, value: UUID) -> UUID:
        if value.version != VERSION:
            message = "is no UUID of version 7"
            raise ValueError(message)
        return value


class _Batch(BaseModel):
    model_config = ConfigDict(extra="forbid")

    device_id: Annotated[
        UUID, Field(description="Made once by the app for this account on this phone.", examples=[DEVICE])
    ]
    sent_at: Annotated[Instant, Field(description="The device's clock when this request leaves: shows its skew.")]
    oldest_seq: Annotated[
        Seq | None,
        Field(description="The first number the outbox still holds: what is missing before it is lost for good."),
    ] = None


class BatchIn(_Batch):
    """Commands of one phone, in any order; up to 200 in up to 1 MiB. Sent again until each has a final answer."""

    operations: Annotated[list[Operation], Field(max_length=MOST)]


class Envelope(_Batch):
    """A batch as it is first read: an operation that is no good does not keep the others back."""

    operations: Annotated[list[Any], Field(max_length=MOST)]


class ItemOut(BaseModel):
    """What became of one operation. All results but `retry` are final.

    `id`, `version` and `state` are of what it was about, as it was then; `problem` says why not; of a conflict
    `current` is what stands there now and `yours` what was wanted. A `duplicate` is answered as the first time.
    """

    index: Annotated[int, Field(description="Its place in the request, from 0.")]
    op_id: Annotated[UUID | None, Field(description="Null where it could not be read.")] = None
    device_seq: int | None = None
    result: Result
    id: UUID | None = None
    version: int | None = None
    state: str | None = None
    doubt: Annotated[Doubt | None, Field(description="Why its `observed_at` stops no limit.", examples=["skewed"])] = (
        None
    )
    problem: Annotated[dict[str, Any] | None, Field(examples=[None])] = None
    current: Annotated[dict[str, Any] | None, Field(examples=[None])] = None
    yours: Annotated[dict[str, Any] | None, Field(examples=[None])] = None

    def again(self, index: int) -> Self:
        """The same answer to a repeat of the operation."""
        result = Result.DUPLICATE if self.result is Result.APPLIED else self.result
        return self.model_copy(update={"index": index, "result": result})


class BatchOut(BaseModel):
    """An answer for every operation, in the order of the request. `next_seq` is the number that is waited for."""

    received_at: Instant
    next_seq: Annotated[int, Field(examples=[18])]
    items: list[ItemOut]
