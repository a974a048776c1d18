"""Features by OGC API - Features: pages of a collection, and one of it."""
