"""Who reported: a contact that is read for a purpose, and every reading is on record."""
