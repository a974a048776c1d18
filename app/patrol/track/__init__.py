"""Where a patrol went: read for a purpose, by few, and every reading is on record."""
