"""Pages of incidents: filtered, sorted, cut to what the caller may see, and built as JSON by the database."""
