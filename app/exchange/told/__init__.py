"""What is told outside of how far a report is, in whatever language of others it is asked for."""
