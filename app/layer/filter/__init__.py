"""Filters of layers: CQL2 from a stranger's text to a condition that the database can only answer."""
