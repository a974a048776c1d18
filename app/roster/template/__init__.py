"""Shift templates: what a centre works again and again."""
