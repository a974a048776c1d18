"""Checkpoints 巡更点: places to be visited every so often, and the visits made."""
