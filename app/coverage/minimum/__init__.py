"""Minimums: how many patrols a place needs, how many are there, and voids 空档."""
