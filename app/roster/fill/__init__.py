"""Filling a roster: a solver proposes who sits on which shift, as a job with progress, and a person applies it."""
