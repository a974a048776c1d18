"""Escalation policies: the ladders a centre publishes."""
