"""What any service of this kind needs, without one business word."""
