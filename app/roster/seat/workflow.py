"""Whether an officer may fill an open seat of a shift."""

from app.roster.check.facts import Planned, Sitter
from app.roster.workflow import filled, mix_of


def open_mix(shift: Planned) -> dict[str, int]:
    """How many more people of each department a shift wants; only those it still wants."""
    seated = mix_of(shift.wanted, [sitter.departments for sitter in shift.crew])
    return {code: wanted - seated[code] for code, wanted in shift.wanted.mix.items() if wanted > seated[code]}


def may_fill(shift: Planned, officer: Sitter) -> bool:
    """Whether a seat of the officer's department is open, and those left over can still bring the skills wanted."""
    if filled(shift.wanted, officer.departments) not in open_mix(shift):
        return False
    lacking = set(shift.skills_missing) - officer.skills
    return not lacking or shift.seats_left > 1
