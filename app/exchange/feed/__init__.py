"""Feeds: tickets of a hotline or of the police become incidents, each once, and are answered for."""
