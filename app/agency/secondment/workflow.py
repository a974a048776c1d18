"""How far a secondment is on a day."""

from datetime import date
from enum import StrEnum


class SecondmentState(StrEnum):
    """Planned, lasting, over as planned, or ended early."""

    PLANNED = "planned"
    CURRENT = "current"
    OVER = "over"
    ENDED_EARLY = "ended_early"


def state_on(today: date, starts_on: date, ends_on: date, ended_on: date | None) -> SecondmentState:
    """The state on a day; one that is to end early lasts until the day it does."""
    if ended_on is not None and ended_on <= today:
        return SecondmentState.ENDED_EARLY
    if today < starts_on:
        return SecondmentState.PLANNED
    return SecondmentState.OVER if ends_on < today else SecondmentState.CURRENT
