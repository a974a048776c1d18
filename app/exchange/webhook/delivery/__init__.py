"""What became of deliveries, as people see it, and how they have them sent again."""
