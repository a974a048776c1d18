"""Every route that shows something is measured against the reference, or named with the reason why not."""

from tests.contract.document import Operation, operations
from tests.leaks.routes import ELSEWHERE, KINDS, LISTS, NARROWER


def _kind(path: str) -> str | None:
    return next((known for known in KINDS if path == known or path.startswith(f"{known}/")), None)


def _covered(operation: Operation) -> bool:
    return operation.path in LISTS or operation.path in ELSEWHERE or _kind(operation.path) is not None


def test_every_route_that_shows_something_is_covered() -> None:
    assert [str(one) for one in operations() if one.method == "get" and not _covered(one)] == []


def test_every_path_to_one_thing_is_of_a_kind_whatever_the_method() -> None:
    open_to_all = ("/v1/areas/", "/v1/grid-plans/")
    known = [one for one in operations() if "{" in one.path and not one.path.startswith(open_to_all)]
    assert [str(one) for one in known if _kind(one.path) is None and one.path not in ELSEWHERE] == []


def test_no_row_is_of_a_route_that_is_gone() -> None:
    paths = {one.path for one in operations()}
    assert {*LISTS, *ELSEWHERE, *NARROWER} - paths == set()
    assert {kind for kind in KINDS if not any(path == kind or path.startswith(f"{kind}/") for path in paths)} == set()
