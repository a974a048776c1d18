"""What is said outside of how far a report is: public notes, else an end in plain words."""

from collections.abc import Sequence

from app.catalogue.schemas import Language
from app.incident.workflow import Status

ENDED: dict[Status, tuple[str, str]] = {
    Status.CLOSED: ("已办结。", "Done."),
    Status.REJECTED: ("不予受理。", "Not taken up."),
    Status.VOIDED: ("已作废。", "Cancelled."),
}
"""What is said of an end of which the centre has said nothing itself, in zh and en."""


def notes_of(public: Sequence[str], status: Status, language: Language) -> str | None:
    """What is said outside about how far a request is: the public notes, else the end in plain words."""
    if public:
        return "\n".join(public)
    said = ENDED.get(status)
    return None if said is None else said[language == "en"]
