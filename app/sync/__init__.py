"""The mobile contract: what a phone takes along, what has changed since, and what was done on it without a network."""
