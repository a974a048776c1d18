"""What the schemas of every capability share."""

from pydantic import BaseModel, ConfigDict


class Strict(BaseModel):
    """Nothing is in an answer that is not described."""

    model_config = ConfigDict(extra="forbid")
