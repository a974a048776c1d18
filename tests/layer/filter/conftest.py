"""What tests of filters stand on."""

from collections.abc import Iterator

import pytest

from tests.layer.filter.table import Table, opened


@pytest.fixture(scope="session")
def kinds_table(database: str) -> Iterator[Table]:
    """The table with everything in it by which one may filter."""
    with opened(database) as table:
        yield table
