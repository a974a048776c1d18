"""Batches: the commands of an offline phone, carried out in its order, each once, each with its own answer."""
