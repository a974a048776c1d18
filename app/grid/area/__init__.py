"""The area tree: district, street, community, to any depth."""
