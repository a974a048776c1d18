"""The coverage map: how much of the ground was visited, and how long ago."""
