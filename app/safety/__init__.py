"""The safety of those who go out: calls for help, and asking whether all is well."""
