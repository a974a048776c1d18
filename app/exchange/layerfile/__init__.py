"""Features brought in from files: areas, beats, checkpoints, each by the use cases that are there for it."""
