"""Every statement of batches: a device's place, an operation's turn, its receipt; on a lane or in a session."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast
from uuid import UUID as Id

import orjson
from sqlalchemy import (
    BigInteger,
    DateTime,
    Executable,
    LargeBinary,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import UUID as PgUUID
from sqlalchemy.dialects.postgresql import insert as upsert

from app.core.db import Hot, Lane, Session
from app.sync.batch.models import SyncDevice, SyncReceipt
from app.sync.batch.reading import Read
from app.sync.batch.schemas import ItemOut
from app.sync.batch.workflow import Result

UUID = PgUUID(as_uuid=True)
D, R = SyncDevice, SyncReceipt
Way = Lane | Session
"""A connection in a transaction, in either of its two forms. No parameter is called like a column of `sync_device`: a
session would take it for a value to set."""


def _mine() -> Any:
    return and_(D.account_id == bindparam("owner", type_=UUID), D.id == bindparam("device_id", type_=UUID))


def _place() -> Executable:
    """How far a device is, null where it was never heard: read without waiting for who works on it."""
    now = select(func.now().label("now")).subquery()
    return select(D.last_seq, now.c.now).select_from(now.outerjoin(D, _mine()))


def _moved_on() -> Executable:
    """A device that is heard for the first time, or gives up what comes before `skip_to` and is not there yet."""
    skip = bindparam("skip_to", type_=BigInteger)
    values = {"account_id": bindparam("owner", type_=UUID), "id": bindparam("device_id", type_=UUID)}
    put = upsert(D).values(values | {"last_seq": skip})
    moved = {"last_seq": func.greatest(D.last_seq, skip), "seen_at": func.now()}
    kept = put.on_conflict_do_update(index_elements=["account_id", "id"], set_=moved)
    return kept.returning(D.last_seq, func.now().label("now"))


def _turn() -> Executable:
    """Hold the device: how far it is, and the receipt of this operation if there is one.

    Nobody waits for it: copies of one batch would take every connection. Who comes second tries again.
    """
    same = and_(R.account_id == D.account_id, R.op_id == bindparam("op_id", type_=UUID))
    columns: tuple[Any, ...] = (D.last_seq, func.now().label("now"), R.digest, R.answer)
    return select(*columns).outerjoin(R, same).where(_mine()).with_for_update(of=D, nowait=True)


RECEIPT: dict[str, Any] = {
    "op_id": UUID, "device_id": UUID, "device_seq": BigInteger, "digest": LargeBinary, "type": Text,
    "target": UUID, "result": Text, "answer": JSONB, "observed_at": DateTime(timezone=True),
}  # fmt: skip


def _settled() -> Executable:
    """Write the receipt and move the device on."""
    moved = update(D).where(_mine()).values(last_seq=bindparam("device_seq", type_=BigInteger), seen_at=func.now())
    values: dict[str, Any] = {name: bindparam(name, type_=kind) for name, kind in RECEIPT.items()}
    values["account_id"] = bindparam("owner", type_=UUID)
    return select(literal_column("1")).add_cte(moved.cte("moved"), insert(R).values(values).cte("kept"))


def _rejected_report() -> Executable:
    """The operation by which this account reported an incident with this id in vain."""
    reported = (R.type == literal_column("'incident.report'"), R.target == bindparam("target", type_=UUID))
    refused = R.result.in_([literal_column(f"'{one}'") for one in (Result.REJECTED.value, Result.CONFLICT.value)])
    return select(R.op_id).where(R.account_id == bindparam("owner", type_=UUID), *reported, refused).limit(1)


PLACE, MOVED_ON, TURN = Hot(_place), Hot(_moved_on), Hot(_turn)
SETTLED, REJECTED_REPORT = Hot(_settled), Hot(_rejected_report)


class Begun(NamedTuple):
    """The number a device's last decided operation had, and the instant."""

    last_seq: int
    now: datetime


class Held(NamedTuple):
    """A device held until commit: how far it is, and the receipt of the operation that is looked at."""

    last_seq: int
    now: datetime
    digest: bytes | None
    answer: dict[str, Any] | None


async def begin(way: Way, account_id: Id, device_id: Id, skip_to: int) -> Begun:
    """How far a device is: as far as `skip_to`, at least from now on."""
    row = await _run(way, PLACE, owner=account_id, device_id=device_id)
    if row is None or row["last_seq"] is None or row["last_seq"] < skip_to:
        row = await _run(way, MOVED_ON, owner=account_id, device_id=device_id, skip_to=skip_to)
    assert row is not None  # noqa: S101  # the statement gives one row
    return Begun(row["last_seq"], row["now"])


async def hold(way: Way, account_id: Id, device_id: Id, op: Read) -> Held:
    """Hold the device. One that moved on just now comes with a receipt read before that: it is read again."""
    row = await _held(way, owner=account_id, device_id=device_id, op_id=op.op_id)
    if row["answer"] is None and (op.device_seq or 0) <= row["last_seq"]:
        row = await _held(way, owner=account_id, device_id=device_id, op_id=op.op_id)
    answer = row["answer"]
    parsed = orjson.loads(answer) if isinstance(answer, str) else answer
    return Held(row["last_seq"], row["now"], row["digest"] and bytes(row["digest"]), parsed)


async def _held(way: Way, **key: Id | None) -> Mapping[str, Any]:
    row = await _run(way, TURN, **key)
    assert row is not None  # noqa: S101  # `begin` comes first
    return row


async def settle(way: Way, account_id: Id, device_id: Id, op: Read, item: ItemOut) -> None:
    """Write the receipt of an operation, and move its device on."""
    await _run(
        way,
        SETTLED,
        owner=account_id,
        device_id=device_id,
        op_id=op.op_id,
        device_seq=op.device_seq,
        digest=op.digest(device_id),
        type=op.asked.type,
        target=op.said and op.said.target,
        result=item.result.value,
        answer=item.model_dump(mode="json", exclude_none=True),
        observed_at=op.said and op.said.observed_at,
    )


async def rejected_report(way: Way, account_id: Id, target: Id) -> Id | None:
    """The operation by which this account reported an incident with this id in vain."""
    row = await _run(way, REJECTED_REPORT, owner=account_id, target=target)
    return None if row is None else row["op_id"]


async def _run(way: Way, statement: Hot, **values: Any) -> Mapping[str, Any] | None:
    """The first row of a statement, on whichever kind of connection the use case needs."""
    if isinstance(way, Session):
        row: Any = (await way.execute(statement.plain, values)).mappings().first()
        return cast("Mapping[str, Any] | None", row)
    plain = {name: orjson.dumps(value).decode() if isinstance(value, dict) else value for name, value in values.items()}
    return await statement.row(way, **plain)


async def forget(session: Session, keep: timedelta, batch: int) -> int:
    """Delete the oldest receipts that are past their time; says how many. The devices' places stay."""
    old = select(R.account_id, R.op_id).where(R.received_at < func.now() - keep).order_by(R.received_at).limit(batch)
    gone = await session.execute(delete(R).where(tuple_(R.account_id, R.op_id).in_(old)).returning(R.op_id))
    return len(gone.all())
