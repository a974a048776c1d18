"""The gate: incidents and assignments moved by the rows of their workflow tables."""
