"""What enters and leaves about devices."""

from dataclasses import dataclass
from typing import Annotated, Self
from uuid import UUID

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.core.geo import Datum
from app.core.time import Instant
from app.identity.schemas import Code
from app.patrol.device.workflow import App, terminal_number
from app.roster.schemas import Name


class DeviceIn(BaseModel):
    """A new device of a centre: `code` is the identifier the app sends, for a vehicle terminal its number.

    It is bound to a patrol (a vehicle's terminal) or to an officer (a phone), by code or number: to one of the two.
    `datum` is what the device gives its positions in; a phone gives `wgs84`.
    """

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"code": "phone-17", "app": "owntracks", "centre": "320111004000", "officer": "GA-0001"}
        },
    )

    id: UUID | None = None
    code: Code
    app: App
    label: Name | None = None
    centre: Code
    patrol: Code | None = None
    officer: Code | None = None
    datum: Datum = Datum.WGS84

    @model_validator(mode="after")
    def _is_bound_once(self) -> Self:
        if (self.patrol is None) == (self.officer is None):
            message = "is bound to a patrol or to an officer"
            raise ValueError(message)
        if self.app is App.JT808:
            number = terminal_number(self.code)
            if number is None or self.patrol is None:
                message = "of app jt808 has a code of at most 20 digits and is bound to a patrol"
                raise ValueError(message)
            self.code = number
        return self


class DevicePatch(BaseModel):
    """What of a device may change; leaving a field out leaves it as it is. A new patrol or officer replaces either."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"is_active": False}})

    label: Name | None = None
    patrol: Code | None = None
    officer: Code | None = None
    datum: Datum | None = None
    is_active: bool | None = None

    @model_validator(mode="after")
    def _is_bound_once(self) -> Self:
        if self.patrol is not None and self.officer is not None:
            message = "is bound to a patrol or to an officer"
            raise ValueError(message)
        return self


@dataclass(frozen=True, slots=True)
class DeviceFilter:
    """Which devices are asked for; a field left out asks for all."""

    centre: Annotated[Code | None, Query(description="Of this centre and those below it.")] = None
    app: Annotated[App | None, Query(description="That run this app.")] = None
    is_active: Annotated[bool | None, Query(description="In use, or taken out of use.")] = None


class Quarantined(BaseModel):
    """How many fixes were not kept for a reason, and when the last one came."""

    model_config = ConfigDict(from_attributes=True)

    reason: str
    fixes: int
    last_at: Instant


class DeviceOut(BaseModel):
    """A device without its key. `last_seen_at` is kept to the minute; `quarantined` says what was not kept and why."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    code: str
    app: App
    label: str | None
    centre: str
    patrol: str | None
    officer: str | None
    datum: Datum
    is_active: bool
    key_made_at: Instant
    key_used_at: Instant | None
    key_revoked_at: Instant | None
    last_seen_at: Instant | None
    quarantined: list[Quarantined] = []


class Setting(BaseModel):
    """Something to enter or open on the device: in which program, where, and what."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "program": "Overland",
                "where": "open this link on the phone",
                "value": "overland://setup?url=…",
            }
        }
    )

    program: str
    where: str
    value: str


class DeviceMade(DeviceOut):
    """A device with its new key and what to enter on it, both shown this once; a repeat is answered without them."""

    key: str
    settings: Annotated[list[Setting], Field(description="Ready to enter, copy or show as a QR code.")]

    def without_secret(self) -> Self:
        """The same as it is stored for repeats."""
        return self.model_copy(update={"key": "", "settings": []})
