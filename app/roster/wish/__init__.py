"""Wishes: what officers would rather do, and rather not, on a draft roster and at any time."""
