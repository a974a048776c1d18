"""报到单: what a called department, and the centres, do with its part."""
