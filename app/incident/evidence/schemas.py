"""What enters and leaves about pictures of incidents."""

import hashlib
from typing import Annotated, Any, Self
from uuid import UUID

import orjson
from fastapi import UploadFile
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from app.core.geo import Datum, LonLat, Point, to_wgs84
from app.core.problems import TooLarge
from app.core.time import Instant
from app.incident.evidence.models import EvidenceKind

MAX_BYTES = 10 * 1024 * 1024
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000, pattern=r"^[^\x00]*$")]


class Said(BaseModel):
    """What is said about a picture, whichever way its bytes come."""

    model_config = ConfigDict(extra="forbid")

    kind: EvidenceKind
    id: UUID | None = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    datum: Datum = Datum.WGS84
    observed_at: Instant | None = None
    note: Note | None = None

    @model_validator(mode="after")
    def _whole_position(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            message = "lon and lat come together"
            raise ValueError(message)
        return self

    @property
    def place(self) -> LonLat | None:
        """Where the picture is said to be taken, in WGS 84."""
        if self.lon is None or self.lat is None:
            return None
        return to_wgs84(LonLat(self.lon, self.lat), self.datum)


class EvidenceIn(Said):
    """A picture as a form: JPEG, PNG or WebP, up to 10 MB and 50 million pixels, with what is said about it."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"file": "(the bytes)", "kind": "after", "lon": 118.625, "lat": 32.055}}
    )

    file: UploadFile

    async def said(self) -> bytes:
        """All that this request says, the same however the form was written: what its key belongs to.

        Raises:
            TooLarge: before the file is read.
        """
        if (self.file.size or 0) > MAX_BYTES:
            raise TooLarge(f"A picture may have {MAX_BYTES:,} bytes.", max_bytes=MAX_BYTES)
        digest = hashlib.sha256(await self.file.read()).hexdigest()
        await self.file.seek(0)
        fields = self.model_dump(mode="json", exclude={"file"})
        return orjson.dumps(fields | {"file": digest}, option=orjson.OPT_SORT_KEYS)


class Claim(BaseModel):
    """What the camera wrote into the file, and how far that is from what was said. Anybody can write such metadata."""

    exif_at: Instant | None
    exif_location: Point | None
    claim_distance_m: float | None
    claim_skew_s: Annotated[float | None, Field(description="`observed_at` minus `exif_at`.")]


class EvidenceOut(BaseModel):
    """A picture. `sha256` is of the file as it came, `content_sha256` of what is served, freed of its metadata."""

    model_config = ConfigDict(from_attributes=True)

    id: UUID
    version: int
    created_at: Instant
    updated_at: Instant
    incident_id: UUID
    kind: EvidenceKind
    media_type: str
    size_bytes: Annotated[int, Field(description="Of what is served.")]
    sha256: str
    content_sha256: str
    content: Annotated[str, Field(description="Where the bytes are.")]
    location: Point | None
    observed_at: Instant | None
    actor: Annotated[str, Field(description="Username.")]
    note: str | None
    claim: Claim | None
    is_held: Annotated[bool, Field(description="It is not deleted when its time is over.")]
    removed_at: Annotated[Instant | None, Field(description="Since when its bytes are not shown any more.")]

    @classmethod
    def of(cls, row: Any) -> Self:
        """The picture in a row of `queries`."""
        shown = {name: getattr(row, name) for name in cls.model_fields if name not in _DERIVED}
        return cls(
            **shown,
            sha256=row.sha256.hex(),
            content_sha256=row.content_sha256.hex(),
            content=f"/v1/evidence/{row.id}/content",
            location=None if row.lon is None else Point(coordinates=(row.lon, row.lat)),
        )


_DERIVED = frozenset({"sha256", "content_sha256", "content", "location"})
