"""Who joins, leaves or leads a crew while its shift runs."""
