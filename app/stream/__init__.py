"""The live view: server-sent events out of the log."""
