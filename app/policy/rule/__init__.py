"""A routing rule: what it looks at, and what it does."""
