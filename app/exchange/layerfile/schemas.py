"""What enters and leaves about an import."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.geo import Datum
from app.exchange.layerfile.workflow import Layer, Outcome

MAX_FEATURES = 5000
EXAMPLE: dict[str, Any] = {
    "datum": "wgs84",
    "features": [
        {
            "type": "Feature",
            "properties": {
                "centre": "320111004000",
                "code": "CP-01",
                "name": "文德路地铁站一号口",
                "name_en": "Wende Road metro, exit 1",
                "radius_m": 30,
                "every_s": 7200,
            },
            "geometry": {"type": "Point", "coordinates": [118.625, 32.055]},
        }
    ],
}


class FeatureIn(BaseModel):
    """A GeoJSON feature."""

    type: Literal["Feature"] = "Feature"
    properties: dict[str, Any] | None = None
    geometry: dict[str, Any] | None = None


class ImportIn(BaseModel):
    """A GeoJSON FeatureCollection and how to read it: `datum`, `crs` or both say the system, which is never guessed."""

    model_config = ConfigDict(extra="ignore", json_schema_extra={"example": EXAMPLE})

    type: Literal["FeatureCollection"] = "FeatureCollection"
    datum: Datum | None = None
    crs: dict[str, Any] | str | None = None
    features: Annotated[list[FeatureIn], Field(min_length=1, max_length=MAX_FEATURES)]


class Row(BaseModel):
    """What came of a feature; `number` counts from 0, as they stand in the file."""

    number: Annotated[int, Field(examples=[0])]
    code: Annotated[str | None, Field(examples=["CP-01"])]
    outcome: Outcome
    detail: Annotated[str | None, Field(examples=["/every_s: Input should be greater than or equal to 300"])] = None

    def told(self) -> str:
        """The row as a line for a terminal."""
        return f"{self.number}  {self.outcome}  {self.code or ''}{'' if self.detail is None else f'  {self.detail}'}"


class ImportOut(BaseModel):
    """What came, or would come, of an import. Nothing of it is kept where a feature is refused, or in a dry run.

    Features that are as they were are counted, and not listed.
    """

    layer: Layer
    read_as: Annotated[str, Field(examples=["CRS84"])]
    is_kept: bool
    counts: Annotated[dict[Outcome, int], Field(examples=[{"new": 1, "same": 39}])]
    rows: list[Row]

    @property
    def is_good(self) -> bool:
        """Whether nothing was refused."""
        return not self.counts.get(Outcome.REFUSED)

    def told(self) -> str:
        """The sum of it as a line for a terminal."""
        counted = ", ".join(f"{number} {outcome}" for outcome, number in sorted(self.counts.items()))
        return f"read as {self.read_as}: {counted}.{'' if self.is_kept else ' Nothing is kept.'}"
