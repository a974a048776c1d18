"""The documents and features of layers as pages for people."""
