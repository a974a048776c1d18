"""What is seen at a glance: read only."""
