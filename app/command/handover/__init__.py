"""交接班: what one crew leaves open, and how the next one takes it up."""
