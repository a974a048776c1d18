"""Layers as files: the whole selection that a caller may see, finished before its first byte leaves."""
