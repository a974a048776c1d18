"""How a filter is spoilt by chance."""

import random

MUTATIONS = [*"(),'\"\\-^/%0.{}[]:", " AND ", " NOT ", "1e308", "null"]


def mutated(written: str, chance: random.Random) -> bytes:
    """The same with one to three pieces left out, put in, or replaced; it need not be text any more."""
    found = written.encode()
    for _ in range(chance.randint(1, 3)):
        at = chance.randint(0, len(found))
        until = min(len(found), at + chance.choice([0, 0, 1, 2, 8]))
        put = chance.choice(
            [chance.choice(MUTATIONS).encode(), bytes([chance.randrange(256)]), found[at // 2 : at], b""]
        )
        found = found[:at] + put + found[until:]
    return found
