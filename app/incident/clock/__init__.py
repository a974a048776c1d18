"""时限: what happened to an incident's clocks, and why each is due when it is due."""
