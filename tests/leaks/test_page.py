"""The page that says who sees what names every list and path that the reference answers for, and no other."""

import re
from pathlib import Path

from tests.contract.document import operations
from tests.leaks.routes import KINDS, LISTS

PAGE = (Path(__file__).parents[2] / "docs" / "visibility.md").read_text()
TABLE = {path for line in PAGE.splitlines() if line.startswith("| ") for path in re.findall(r"`(/v1/[^`]+)`", line)}


def test_the_page_has_a_row_for_everything_the_reference_answers_for() -> None:
    assert {*LISTS, *KINDS} - TABLE == set()


def test_the_page_names_no_route_that_is_gone() -> None:
    paths = {one.path for one in operations()}
    assert [known for known in TABLE if not any(path == known or path.startswith(f"{known}/") for path in paths)] == []
