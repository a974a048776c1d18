"""Changing what an incident says: its category, priority, place, words."""
