"""Finds the route of a request by how its path begins, where the framework tries one expression after the other."""

from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, NoMatchFound
from starlette.types import Receive, Scope, Send

Found = tuple[APIRoute, Scope]
"""A route, and what it adds to the scope of the request."""
KEY = "lianqin.route"
"""Where a scope keeps what was found for it."""

ANY = 0
"""As many segments as there are."""


class Signposts(BaseRoute):
    """All routes by method and the first two segments of their paths, each list in the order of declaration.

    It stands before the routes it knows. What it does not find (another method, a path with a slash too many, a
    parameter among the first two segments) goes the framework's way, with the framework's answers.
    """

    def __init__(self, routes: Iterable[Any]) -> None:
        self.posts: dict[tuple[str, str, str], list[tuple[int, APIRoute]]] = {}
        for route in plain(routes):
            first, second, length = _beginning(route.path)
            if "{" in first + second:
                continue
            length = ANY if ":path}" in route.path else length
            for method in route.methods or ():
                self.posts.setdefault((method, first, second), []).append((length, route))

    def find(self, scope: Scope) -> Found | None:
        """The route of a request, if it is known here."""
        first, second, length = _beginning(scope["path"])
        for wanted, route in self.posts.get((scope["method"], first, second), ()):
            if wanted in (length, ANY):
                match, child = route.matches(scope)
                if match is Match.FULL:
                    return route, child
        return None

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """What was found when the request came in."""
        found: Found | None = scope.get(KEY)
        return (Match.FULL, found[1]) if found else (Match.NONE, {})

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request by its route."""
        await scope[KEY][0].handle(scope, receive, send)

    def url_path_for(self, name: str, /, **path_params: Any) -> NoReturn:
        """No address: the routes themselves say theirs."""
        raise NoMatchFound(name, path_params)


def _beginning(path: str) -> tuple[str, str, int]:
    """The first two segments, and how many there are."""
    segments = path.split("/")
    _, first, second, *_ = *segments, "", ""
    return first, second, len(segments)


def plain(routes: Iterable[Any]) -> Iterator[APIRoute]:
    """The routes, those of included routers too."""
    for route in routes:
        inside = getattr(route, "original_router", None)
        if inside is not None:
            yield from plain(inside.routes)
        elif isinstance(route, APIRoute):
            yield route
