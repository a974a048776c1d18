"""What enters and leaves about sets of routing rules."""

from typing import Annotated

from pydantic import Field

from app.policy.check.schemas import FindingOut
from app.policy.rule.workflow import Rules
from app.policy.schemas import EditionIn, EditionOut, EditionPatch


class SetIn(EditionIn):
    """A draft of a centre's next set of routing rules."""

    rules: Rules


class SetPatch(EditionPatch):
    """What of a draft may change; rules given replace all it has."""

    rules: Rules | None = None


class SetOut(EditionOut):
    """A set of routing rules in short."""

    rule_count: Annotated[int, Field(description="How many rules it has.", examples=[12])]


class SetDetail(SetOut):
    """分流规则: where incidents of a centre and below it go. `report` is what was found when it was published."""

    rules: Rules
    report: Annotated[list[FindingOut] | None, Field(examples=[None])]
