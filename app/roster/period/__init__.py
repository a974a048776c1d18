"""Rosters: a centre's shifts of a period, made from its templates, checked, published."""
