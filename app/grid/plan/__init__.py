"""Grid plans: drafted from GeoJSON, checked, published at an instant."""
