"""Layers for GIS clients by the OGC API standards: read only, and scoped by the same rules as the rest of the API."""
