"""Who is competent for which category in which area."""
