"""Signing on and off: when, from where, and by whom."""
