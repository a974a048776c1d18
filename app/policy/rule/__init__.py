"""A routing rule: what it looks at, what it does, and which of many decides."""
