"""Incidents shown to an organisation that is not called: as much as both agreed on, for as long, and no further."""
