"""Coordinate systems that layers are read in."""
