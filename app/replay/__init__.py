"""A recorded stream of incidents sent through the API as if it happened again: a client that knows only HTTP."""
