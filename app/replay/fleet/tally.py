"""What came of a fleet's rows: each is stored, there already, refused, not sent or failed."""

from app.replay.tally import Tally


class FleetTally(Tally):
    """The counts of one run; a position reaches no status, so that the outcomes alone must add up."""

    @property
    def is_accounted(self) -> bool:
        """Whether every row read came to exactly one outcome."""
        return self.outcomes.total() == self.read
