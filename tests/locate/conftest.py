"""The same town as in the tests of the ground."""

from tests.grid.conftest import ground, town

__all__ = ["ground", "town"]
