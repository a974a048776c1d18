"""When a worker trusts the database's clock, and when it gives work up. Pure."""

MOST_TRIES = 5
"""So often a piece of work is begun; one that never comes to its end is parked, and people are told."""
JUMP_S = 60.0
"""More than this between the database's clock and the machine's own is no drift."""
MOST_FAILURES, PAUSE_S = 20, 60.0
"""So many failures in a row are not the work's fault: the worker waits before it counts more tries."""


def jumped(offset_s: float, trusted_s: float) -> bool:
    """Whether the database's clock stands elsewhere, against the machine's steady one, than when it was trusted."""
    return abs(offset_s - trusted_s) > JUMP_S
