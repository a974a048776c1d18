"""stub"""

from typing import Any, NamedTuple

from app.layer.filter.workflow import Kind


class Queryable(NamedTuple):
    kind: Kind
    column: Any


def condition(tree: Any, queryables: Any, to_wgs84: Any = None) -> Any:
    raise NotImplementedError
