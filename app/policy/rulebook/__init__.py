"""Sets of routing rules made ready to be asked."""
