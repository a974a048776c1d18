"""Dry runs: what a set of routing rules would have changed."""
