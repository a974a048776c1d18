"""The way in: an incident reported at a place becomes a record at the centre that commands there."""
