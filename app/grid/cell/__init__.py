"""Cells of the plans: looked up and listed."""
