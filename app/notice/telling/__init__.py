"""From the log to notices: each fact once, to whoever holds the role at that instant."""
