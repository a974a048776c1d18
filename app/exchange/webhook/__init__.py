"""Webhooks: the log sent to other systems, signed, in order, to each what its place may see."""
