"""What enters and leaves about custody."""

from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.core.time import Instant
from app.incident.evidence.models import Act

Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=5, max_length=500, pattern=r"^[^\x00]*$")]


class HoldIn(BaseModel):
    """Whether a picture is kept when its time is over, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"is_held": True, "reason": "行政复议，案号 2026-117"}}
    )

    is_held: bool
    reason: Reason


class CustodyOut(BaseModel):
    """One thing that was done with the bytes of a picture."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 3,
                "act": "read_original",
                "actor": "street1.shift_leader",
                "purpose": "compared with the notice of the court",
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "details": {},
                "at": "2026-11-23T03:10:00.000Z",
            }
        }
    )

    id: int
    act: Act
    actor: Annotated[str | None, Field(description="Username; null: the service itself.")]
    purpose: str | None
    sha256: Annotated[str, Field(description="Of the bytes that this is about.")]
    details: dict[str, Any]
    at: Instant

    @classmethod
    def of(cls, row: Any) -> Self:
        """The line in a row of `queries`."""
        return cls.model_validate(row._asdict() | {"sha256": row.sha256.hex()})
