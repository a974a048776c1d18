"""The statement that records an alarm in the transaction of the positions it came with."""

from sqlalchemy import Insert, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, insert
from sqlalchemy.dialects.postgresql import UUID as PgUUID

from app.core.db import Hot
from app.core.outbox import Event


def _alarm() -> Insert:
    values = {
        "topic": "terminal.alarm",
        "subject_id": bindparam("device_id", type_=PgUUID(as_uuid=True)),
        "scope": bindparam("scope", type_=ARRAY(PgUUID(as_uuid=True))),
        "payload": bindparam("payload", type_=JSONB),
    }
    return insert(Event).values(values)


ALARM = Hot(_alarm)
