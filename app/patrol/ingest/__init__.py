"""Positions from the apps people have: each one's format read, each one's rules of reply kept."""
