"""Which cell holds a point, and who commands there."""
