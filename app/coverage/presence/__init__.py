"""Presence: tracks snapped to cells, hour by hour."""
