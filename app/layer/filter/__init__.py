"""CQL2 filters: what a client asks for, as a condition of a statement."""
