"""Patrol proof: which cells were looked at, which checkpoints visited, and whether enough patrols are out."""
