"""Routing rules as a centre publishes them: sets by edition."""
