"""Webhooks as people set them up: what a place sends where, with which secret."""
