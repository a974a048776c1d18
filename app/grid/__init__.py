"""The ground: areas, versioned grid plans and their cells, beats; which cell holds a point."""
