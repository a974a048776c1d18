"""Open311 GeoReport v2: citizens' apps report, and see how far their own report is."""
